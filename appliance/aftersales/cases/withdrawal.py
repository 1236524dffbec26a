"""Pure rules of a case that its customer takes back: which may still go, which has come too far, what is written."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from appliance.aftersales.cases.life import OPENS, Stand, stand_of
from appliance.aftersales.orders.model import CaseKind, FreightPayer, Order, OrderCase
from appliance.aftersales.policy.model import Ask, Decision, Quote, QuoteLine, Ruling, Verdict
from appliance.aftersales.policy.quote import seal

CASE: Final = "withdrawn_case"
"""The detail of a quote that names the case: what the customer says yes to."""
KIND: Final = "withdrawn_kind"
RULE: Final = "WD1"
TOO_LATE: Final = "WD2"
PEOPLES: Final = "WD3"
OWN_RULES: Final = frozenset({RULE, TOO_LATE, PEOPLES})
"""Of no table: a dry run of another policy says nothing of them."""


class Standing(StrEnum):
    """Whether a case can be taken back, or why not."""

    FREE = "free"
    SENT = "sent"
    """The goods are on their way back, or nobody knows where: a person looks."""
    RECEIVED = "received"
    REFUNDED = "refunded"
    RESHIPPED = "reshipped"
    ORDER_CANCELLED = "order_cancelled"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


FREE_AT: Final[Mapping[CaseKind, Stand]] = {
    CaseKind.RETURN_REFUND: Stand.AWAITING_PARCEL,
    CaseKind.EXCHANGE: Stand.AWAITING_PARCEL,
    CaseKind.REPAIR: Stand.AWAITING_PARCEL,
    CaseKind.REFUND_ONLY: Stand.REFUNDING,
    CaseKind.PRICE_PROTECTION: Stand.REFUNDING,
    CaseKind.RESEND: Stand.OPEN,
}
"""Where nothing has happened yet that could not be undone: no goods came, none went out, no money was paid."""
_TOO_FAR: Final = {
    Stand.INSPECTING: Standing.RECEIVED,
    Stand.REFUNDING: Standing.RECEIVED,
    Stand.REFUNDED: Standing.REFUNDED,
    Stand.RESHIPPED: Standing.RESHIPPED,
    Stand.WITHDRAWN: Standing.WITHDRAWN,
    Stand.REJECTED: Standing.ENDED,
    Stand.FINISHED: Standing.ENDED,
}
_CHOSEN_FIRST: Final = (Standing.FREE, Standing.SENT)


def standing(case: OrderCase) -> Standing:
    """A stage that is not told is the one with which such a case begins."""
    stand = stand_of(case.status, case.stage or OPENS.get(case.kind, Stand.OPEN))
    if stand is Stand.WITHDRAWN:
        return Standing.WITHDRAWN
    if case.kind is CaseKind.CANCEL_ORDER:
        return Standing.ORDER_CANCELLED
    if stand is FREE_AT.get(case.kind):
        return Standing.SENT if case.tracking_no else Standing.FREE
    return _TOO_FAR.get(stand, Standing.SENT)


def taken_back_first(order: Order) -> tuple[OrderCase, ...]:
    """Cases that words about taking one back can mean: those that can go, else those for people, else all."""
    cases = [case for case in order.cases if case.kind in FREE_AT or case.kind is CaseKind.CANCEL_ORDER]
    for wanted in _CHOSEN_FIRST:
        if fitting := tuple(case for case in cases if standing(case) is wanted):
            return fitting
    return tuple(cases)


def best(order: Order) -> Standing | None:
    """Of the case that is meant first; None where the order has none."""
    cases = taken_back_first(order)
    return standing(cases[-1]) if cases else None


def ruling(ask: Ask, details: Mapping[str, str], policy: str) -> Ruling:
    """No money moves and no unit is held, so no table decides: a case goes while nothing has come of it yet."""
    case = next((each for each in ask.order.cases if each.case_id == details[CASE]), None)
    verdict, rule = _judged(case)
    is_free = case is not None and verdict is Verdict.APPROVE
    made = Decision(
        flow=ask.flow,
        order_id=ask.order.order_id,
        verdict=verdict,
        rule=rule,
        kind=CaseKind.WITHDRAW_CASE if is_free else None,
        policy=policy,
    )
    return Ruling(decision=made, quote=_quote(ask, case) if case is not None and is_free else None)


def _judged(case: OrderCase | None) -> tuple[Verdict, str]:
    found = standing(case) if case else Standing.SENT
    if found is Standing.FREE:
        return Verdict.APPROVE, RULE
    if found is Standing.SENT:
        return Verdict.HAND_OFF, PEOPLES
    return Verdict.REFUSE, TOO_LATE


def _quote(ask: Ask, case: OrderCase) -> Quote:
    return seal(
        Quote(
            flow=ask.flow,
            kind=CaseKind.WITHDRAW_CASE,
            order_id=ask.order.order_id,
            lines=tuple(_lines(ask.order, case)),
            goods_fen=0,
            freight_fen=0,
            total_fen=0,
            freight_payer=FreightPayer.NONE,
            arrival="none",
            details={CASE: case.case_id, KIND: case.kind.value},
        )
    )


def _lines(order: Order, case: OrderCase) -> list[QuoteLine]:
    return [
        QuoteLine(
            line_id=units.line_id,
            title=line.title if line else units.line_id,
            quantity=units.quantity,
            gross_fen=0,
            coupon_fen=0,
            refund_fen=0,
        )
        for units in case.lines
        for line in [order.line(units.line_id)]
    ]
