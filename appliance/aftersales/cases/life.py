"""The life of a case after the customer's yes: one table of transitions, drawn into docs/cases.md from this code.

The order system moves its cases. The appliance keeps what it says, whatever it says, and tells the customer of what
goes forward. A stage that is not in this table is kept and not spoken of.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from appliance.aftersales.orders.model import CaseKind, CaseStatus, Record

REFUND_WITHIN: Final = timedelta(days=7)
"""The law's: after the goods have come back (网络购买商品七日无理由退货暂行办法 article 13, 消费者权益保护法
article 25).
"""


class Stand(StrEnum):
    """Where a case stands: its stage where that tells, else its status."""

    AWAITING_PARCEL = "awaiting_parcel"
    INSPECTING = "inspecting"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    RESHIPPED = "reshipped"
    OPEN = "open"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Event(StrEnum):
    """What moves a case: a word of the order system."""

    GOODS_RECEIVED = "goods_received"
    INSPECTION_PASSED = "inspection_passed"
    MONEY_PAID = "money_paid"
    GOODS_SENT = "goods_sent"
    CLOSED = "closed"
    CUSTOMER_WITHDREW = "customer_withdrew"
    MERCHANT_REJECTED = "merchant_rejected"


class Transition(Record, frozen=True):
    before: Stand
    event: Event
    after: Stand


SENT_BACK: Final = (Transition(before=Stand.AWAITING_PARCEL, event=Event.GOODS_RECEIVED, after=Stand.INSPECTING),)
PAID_BACK: Final = (
    Transition(before=Stand.INSPECTING, event=Event.INSPECTION_PASSED, after=Stand.REFUNDING),
    Transition(before=Stand.REFUNDING, event=Event.MONEY_PAID, after=Stand.REFUNDED),
)
SENT_OUT: Final = (
    Transition(before=Stand.INSPECTING, event=Event.GOODS_SENT, after=Stand.RESHIPPED),
    Transition(before=Stand.OPEN, event=Event.GOODS_SENT, after=Stand.RESHIPPED),
)
_UNDER_WAY: Final = (Stand.AWAITING_PARCEL, Stand.INSPECTING, Stand.REFUNDING, Stand.OPEN)
ENDED_EARLY: Final = tuple(
    Transition(before=before, event=event, after=after)
    for before in _UNDER_WAY
    for event, after in (
        (Event.CLOSED, Stand.FINISHED),
        (Event.CUSTOMER_WITHDREW, Stand.WITHDRAWN),
        (Event.MERCHANT_REJECTED, Stand.REJECTED),
    )
)
TRANSITIONS: Final = (*SENT_BACK, *PAID_BACK, *SENT_OUT, *ENDED_EARLY)

OPENS: Final[Mapping[CaseKind, Stand]] = {
    CaseKind.RETURN_REFUND: Stand.AWAITING_PARCEL,
    CaseKind.EXCHANGE: Stand.AWAITING_PARCEL,
    CaseKind.REPAIR: Stand.AWAITING_PARCEL,
    CaseKind.REFUND_ONLY: Stand.REFUNDING,
    CaseKind.CANCEL_ORDER: Stand.REFUNDING,
    CaseKind.PRICE_PROTECTION: Stand.REFUNDING,
    CaseKind.GOODWILL: Stand.REFUNDING,
}
"""Where a case stands right after it was made, which its receipt says already. Of the other kinds: ``open``."""

TOLD: Final = frozenset(
    {
        Stand.INSPECTING,
        Stand.REFUNDING,
        Stand.REFUNDED,
        Stand.RESHIPPED,
        Stand.FINISHED,
        Stand.WITHDRAWN,
        Stand.REJECTED,
    }
)
"""What the customer is told of when it is reached (``progress.*`` of the replies)."""
_LAST_STAGES: Final = frozenset({Stand.REFUNDED, Stand.RESHIPPED})
_BY_STATUS: Final = {CaseStatus.WITHDRAWN: Stand.WITHDRAWN, CaseStatus.REJECTED: Stand.REJECTED}


def stand_of(status: CaseStatus, stage: str | None) -> Stand:
    """A case that was rejected stands there, whatever stage it had come to."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    known = Stand(stage) if stage in set(Stand) else Stand.OPEN
    if status is CaseStatus.FINISHED:
        return known if known in _LAST_STAGES else Stand.FINISHED
    return known


def goes_back(kind: CaseKind, before: Stand, after: Stand) -> bool:
    """Whether a word tells of something that lies behind the case. What nobody knows lies nowhere."""
    if Stand.OPEN in (before, after) and kind in OPENS:
        return False
    return before is not after and after not in _ahead_of(before)


@cache
def _ahead_of(stand: Stand) -> frozenset[Stand]:
    """Order systems tell where a case stands when they are asked, so steps may be missed."""
    following = {each.after for each in TRANSITIONS if each.before is stand}
    return frozenset(following).union(*(_ahead_of(each) for each in following))
