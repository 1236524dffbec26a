"""What the bot waits for and knows, as it bears on what an answer holds: a phone number, or a number that is none.

Pure. The slots are those of the flow files; what is not here says nothing.
"""

from typing import Final, NamedTuple

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


class _Order(msgspec.Struct):
    order_id: str
    tracking_no: str | None = None


class _Known(msgspec.Struct):
    """The fields of ``dialogue.state.State`` that are needed here."""

    awaiting: str | None = None
    orders: tuple[_Order, ...] = ()


class Prior(NamedTuple):
    expected: frozenset[str]
    own: frozenset[str]
    """Numbers of his own orders and parcels."""


_decoder: Final = msgspec.json.Decoder(_Known)


def of(state: bytes, shown: str = "") -> Prior:
    """``state``: as its JSON; ``shown``: the words that the customer saw last."""
    known = _decoder.decode(state)
    own = [number for order in known.orders for number in (order.order_id, order.tracking_no) if number]
    expected = _EXPECTED.get(known.awaiting or "", _NOTHING) | secrets_asked_for(shown)
    return Prior(expected, frozenset(own))
