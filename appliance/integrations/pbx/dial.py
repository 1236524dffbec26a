"""What a switchboard is told of every call that it is to make, whichever way it is asked."""

import re
from typing import Final

import msgspec

from appliance.outbound.model import Dial
from appliance.outbound.ports import NotPlaced

TOKEN: Final = "APPLIANCE_OUTBOUND"  # noqa: S105 - the name of a variable
NUMBER: Final = "APPLIANCE_NUMBER"
RING: Final = "APPLIANCE_RING"
UNTIL: Final = "APPLIANCE_UNTIL"
_NUMBER: Final = re.compile(r"[0-9*#]{3,24}")
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_SPARE_S: Final = 5
"""The dialplan's own time of ringing ends first, so that it can say how."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """By the settings."""

    dial_context: str
    answered: str
    """``context,extension``"""
    caller_number: str
    prefix: str
    ring_s: int

    @property
    def wait_s(self) -> int:
        return self.ring_s + _SPARE_S

    def channel(self, dial: Dial) -> str:
        """A channel of the dialplan, whose one side rings the customer and whose other is the appliance's."""
        return f"Local/{self.prefix}{dial.number}@{self.dial_context}/n"

    def variables(self, dial: Dial) -> dict[str, str]:
        """With two underscores: channels that are made for this one have them too."""
        return {
            f"__{TOKEN}": dial.token,
            f"__{NUMBER}": dial.number,
            f"__{RING}": str(self.ring_s),
            f"__{UNTIL}": str(int(dial.until.timestamp())),
        }

    @property
    def place(self) -> tuple[str, str]:
        context, _, extension = self.answered.partition(",")
        return context, extension


def check(dial: Dial) -> None:
    """Nothing but digits gets into a dialplan. NotPlaced otherwise."""
    if not _NUMBER.fullmatch(dial.number) or not _TOKEN.fullmatch(dial.token):
        raise NotPlaced("a number or a token of strange characters is not dialled")
