"""What the bot waits for, as it bears on what an answer holds: a phone number, or a number that is none.

Pure. The slots are those of the flow files; what is not here says nothing.
"""

from typing import Final

import msgspec

from security.pii.asked import ONLY_OTHERS, secrets_asked_for
from security.pii.model import PiiType

_NOTHING: Final = frozenset[str]()
_EXPECTED: Final[dict[str, frozenset[str]]] = {
    "phone": frozenset({PiiType.PHONE, PiiType.LANDLINE}),
    "callback_time": frozenset({PiiType.PHONE}),
    "address": frozenset({PiiType.ADDRESS, PiiType.NAME, PiiType.PHONE}),
    "invoice_title": frozenset({PiiType.NAME}),
    "tax_id": frozenset({PiiType.USCC}),
    "order": ONLY_OTHERS,
    "verify": ONLY_OTHERS,
    "return_tracking_no": ONLY_OTHERS,
}


class _Awaiting(msgspec.Struct):
    """The one field of ``dialogue.state.State`` that is needed here."""

    awaiting: str | None = None


_decoder: Final = msgspec.json.Decoder(_Awaiting)


def expected(state: bytes, shown: str = "") -> frozenset[str]:
    """``state``: as its JSON; ``shown``: the words that the customer saw last."""
    awaiting = _decoder.decode(state).awaiting
    return _EXPECTED.get(awaiting or "", _NOTHING) | secrets_asked_for(shown)
