"""What is found, and which orders suit which request."""

import msgspec

from models.commands import Flow

RECEIVED = frozenset({"delivered", "completed"})
OPEN = frozenset({"unpaid", "paid"})
SUITABLE: dict[Flow, frozenset[str]] = {
    Flow.RETURN_REFUND: RECEIVED,
    Flow.EXCHANGE: RECEIVED,
    Flow.REPAIR: RECEIVED,
    Flow.RESEND: RECEIVED,
    Flow.REFUND_ONLY: RECEIVED | {"shipped"},
    Flow.CANCEL_ORDER: OPEN,
    Flow.CHANGE_ADDRESS: OPEN,
    Flow.CHANGE_SPEC: OPEN,
    Flow.URGE_SHIPMENT: frozenset({"paid"}),
    Flow.TRACK_PARCEL: frozenset({"shipped"}),
    Flow.ORDER_STATUS: OPEN | {"shipped"},
    Flow.PRICE_PROTECTION: RECEIVED | {"paid", "shipped"},
    Flow.INVOICE: RECEIVED,
    Flow.REFUND_PROGRESS: RECEIVED | {"cancelled"},
}
LINE_FLOWS = frozenset(
    {
        Flow.RETURN_REFUND,
        Flow.REFUND_ONLY,
        Flow.EXCHANGE,
        Flow.RESEND,
        Flow.REPAIR,
        Flow.PRICE_PROTECTION,
        Flow.CHANGE_SPEC,
    }
)


class Resolved(msgspec.Struct, frozen=True):
    order: str | None = None
    lines: tuple[str, ...] = ()
    named: bool = False
    """The words name goods, not only an order."""
    sure: float = 1.0
