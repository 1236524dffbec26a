"""What came of asking the shops' order systems, kept by each process in a file of its own, for whoever looks.

The files lie beside the metrics (``supervisor.figures``): a new run begins with none.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from appliance.clock import Clock
from appliance.ids import ShopId
from appliance.installation.model import Contact

PULSE_S: Final = 3.0
"""After so long a process writes down what is new."""
_FILES: Final = "contacts.*.json"

Contacts = Mapping[ShopId, Contact]
_decoder = msgspec.json.Decoder(dict[ShopId, Contact])


class ContactBook:
    """Of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[ShopId, Contact] = {}
        self._is_written = True

    def answered(self, shop: ShopId) -> None:
        self._note(shop, answered_at=self._clock.now(), failures_in_row=0, rests_until=None)

    def failed(self, shop: ShopId, code: str) -> None:
        before = self._known.get(shop, Contact())
        in_row = before.failures_in_row + 1
        self._note(shop, failed_at=self._clock.now(), failure=code, failures_in_row=in_row)

    def rests(self, shop: ShopId, for_s: float) -> None:
        """It is left alone so long, by this process."""
        self._note(shop, rests_until=self._clock.now() + timedelta(seconds=for_s))

    @property
    def known(self) -> Contacts:
        return self._known

    async def keep(self, folder: Path, process: str) -> None:
        """Until it is cancelled."""
        while True:
            await self.write(folder, process)
            await asyncio.sleep(PULSE_S)

    async def write(self, folder: Path, process: str) -> None:
        """What is new, if anything is."""
        if not self._is_written:
            self._is_written = True
            await asyncio.to_thread(_write, folder / f"contacts.{process}.json", dict(self._known))

    def _note(self, shop: ShopId, **changes: object) -> None:
        self._known[shop] = msgspec.structs.replace(self._known.get(shop, Contact()), **changes)
        self._is_written = False


def read(folder: Path, own: Contacts) -> Contacts:
    """Of all processes, this one's as it is now. A file that is being replaced is read whole."""
    summed = dict(own)
    for path in folder.glob(_FILES):
        for shop, contact in _decoder.decode(path.read_bytes()).items():
            summed[shop] = merged(summed[shop], contact) if shop in summed else contact
    return summed


def merged(one: Contact, other: Contact) -> Contact:
    """The later word counts: who was answered after another's failures shows that they are over."""
    failed = max((one, other), key=lambda each: each.failed_at.timestamp() if each.failed_at else 0.0)
    answers = [each.answered_at for each in (one, other) if each.answered_at]
    answered_at = max(answers, default=None)
    is_over = answered_at is not None and failed.failed_at is not None and answered_at > failed.failed_at
    in_row = 0 if is_over else max(one.failures_in_row, other.failures_in_row)
    rests = [each.rests_until for each in (one, other) if each.rests_until and not is_over]
    return Contact(
        answered_at=answered_at,
        failed_at=failed.failed_at,
        failure=failed.failure,
        failures_in_row=in_row,
        rests_until=max(rests, default=None),
    )


def _write(path: Path, known: Contacts) -> None:
    scratch = path.with_suffix(".new")
    scratch.write_bytes(msgspec.json.encode(known))
    scratch.rename(path)
