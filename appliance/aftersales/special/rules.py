"""What may be proposed and approved, and its quote. Pure: the order, its cases and what was spent are handed in."""

from collections.abc import Callable, Mapping

import msgspec

from appliance.aftersales.orders.model import CaseKind, FreightPayer, OrderStatus
from appliance.aftersales.policy.model import Ask, AskedLine, Decision, Quote, Ruling, Verdict
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.quote import earlier_refunds_fen, make_quote, paid_fen, seal
from appliance.aftersales.policy.units import LineUnits, units_of
from appliance.aftersales.special.model import (
    FLOWS,
    Allowance,
    LimitExceeded,
    Limits,
    NothingPaid,
    NotSpecial,
    Spent,
    Wanted,
)
from appliance.errors import InvalidInput
from appliance.money import share
from models.commands import Flow
from security.access.permissions import Permission, Role, permissions_of

RULE = "SR"
"""The rule of a quote that people answer for."""


def quoted(pack: PolicyPack, ask: Ask, ruling: Ruling, wanted: Wanted, mask: Callable[[str], str]) -> Quote:
    """What people may agree to, whatever policy's ``ruling`` is: never more than was paid and not yet refunded."""
    if wanted.flow not in FLOWS or ask.order.status is OrderStatus.UNPAID:
        raise NotSpecial("a special refund is of a paid order: refund_only, return_refund or cancel_order")
    if ask.order.status is OrderStatus.CANCELLED or ask.order.paid_at is None:
        raise NothingPaid("the order is cancelled, or no payment of it is known: there is nothing to pay back")
    lines, units = _lines(wanted), units_of(ask.order, ask.own_cases, ask.held)
    _check_units(wanted, lines, units)
    if wanted.flow is Flow.CANCEL_ORDER:
        if ask.order.status is not OrderStatus.PAID:
            raise NotSpecial("what has been shipped is not cancelled any more: propose refund_only or return_refund")
        _check_whole(wanted, lines, units)
    if ruling.decision.verdict is Verdict.APPROVE and wanted.amount_fen is None:
        raise NotSpecial("policy approves this by itself: let the customer ask for it")
    quote = _reduced(make_quote(pack.terms, ask, lines, _approval(wanted), units), wanted.amount_fen)
    if quote.total_fen <= 0 or quote.total_fen + earlier_refunds_fen(ask) > paid_fen(ask.order):
        raise NotSpecial("that is more than was paid for this order and not yet refunded")
    titled = (msgspec.structs.replace(line, title=mask(line.title)) for line in quote.lines)
    return seal(msgspec.structs.replace(quote, lines=tuple(titled)))


def _lines(wanted: Wanted) -> tuple[AskedLine, ...]:
    if not wanted.lines or len({line.line_id for line in wanted.lines}) != len(wanted.lines):
        raise InvalidInput("name each line once, and at least one")
    return wanted.lines


def _check_units(wanted: Wanted, lines: tuple[AskedLine, ...], units: Mapping[str, LineUnits]) -> None:
    for line in lines:
        known = units.get(line.line_id)
        if known is None:
            raise InvalidInput(f"the order has no line {line.line_id!r}")
        if not 1 <= line.quantity <= known.free(wanted.flow):
            raise NotSpecial(f"of line {line.line_id!r} there are {known.free(wanted.flow)} units in no other case")


def _check_whole(wanted: Wanted, lines: tuple[AskedLine, ...], units: Mapping[str, LineUnits]) -> None:
    """The order system cancels what is left of an order, and pays back all of that."""
    asked: dict[str, int] = {line.line_id: line.quantity for line in lines}
    free = {line_id: known.free(wanted.flow) for line_id, known in units.items()}
    if wanted.amount_fen is not None or asked != {line_id: quantity for line_id, quantity in free.items() if quantity}:
        raise NotSpecial("an order is cancelled whole and paid back in full: propose refund_only for less")


def _approval(wanted: Wanted) -> Decision:
    """Only what the making of a quote reads; the decision that is kept is policy's own."""
    return Decision(
        flow=wanted.flow,
        order_id=wanted.order_id,
        verdict=Verdict.APPROVE,
        rule=RULE,
        kind=CaseKind(wanted.flow.value),
        freight_payer=FreightPayer.MERCHANT if wanted.flow.value == CaseKind.RETURN_REFUND else FreightPayer.NONE,
    )


def _reduced(quote: Quote, amount_fen: int | None) -> Quote:
    """Less than the whole, shared over its lines; the order's freight is not part of it then.

    Where nothing is sent back, that is goodwill: the customer keeps the goods, and may still send them back later.
    """
    if amount_fen is None:
        return quote
    if amount_fen > quote.goods_fen:
        raise NotSpecial(f"for these units at most {quote.goods_fen} fen were paid")
    is_goodwill = quote.kind is CaseKind.REFUND_ONLY and amount_fen < quote.goods_fen
    kind = CaseKind.GOODWILL if is_goodwill else quote.kind
    shares = share(amount_fen, [line.refund_fen for line in quote.lines])
    lines = tuple(msgspec.structs.replace(line, refund_fen=fen) for line, fen in zip(quote.lines, shares, strict=True))
    return msgspec.structs.replace(
        quote, kind=kind, lines=lines, goods_fen=amount_fen, freight_fen=0, total_fen=amount_fen
    )


def allowance(limits: Limits, roles: frozenset[Role], spent: Spent) -> Allowance:
    """What the checks below would let pass."""
    order_fen = max(0, limits.order_fen - spent.of_order_fen)
    day_fen = max(0, limits.approver_day_fen - spent.approved_today_fen)
    proposals_left = max(0, limits.proposals_per_day - spent.proposals_today)
    customer_left = max(0, limits.customer_refunds - spent.of_customer)
    may = permissions_of(roles)
    may_propose = Permission.CASE_PROPOSE in may and proposals_left > 0 and customer_left > 0
    may_approve = Permission.CASE_APPROVE in may and customer_left > 0
    return Allowance(
        propose_fen=min(_propose_fen(limits, roles), order_fen) if may_propose else 0,
        proposals_left=proposals_left,
        approve_fen=min(limits.approver_fen, day_fen, order_fen) if may_approve else 0,
        approve_day_fen=day_fen,
        order_fen=order_fen,
        customer_left=customer_left,
    )


def _propose_fen(limits: Limits, roles: frozenset[Role]) -> int:
    return limits.supervisor_propose_fen if Role.SUPERVISOR in roles else limits.agent_propose_fen


def check_proposal(limits: Limits, roles: frozenset[Role], total_fen: int, spent: Spent) -> None:
    most = _propose_fen(limits, roles)
    if total_fen > most:
        raise LimitExceeded(f"you may propose at most {most} fen at a time")
    if spent.proposals_today >= limits.proposals_per_day:
        raise LimitExceeded(f"you have proposed {spent.proposals_today} in 24 hours, and no more may be")
    _check_both(limits, total_fen, spent)


def check_approval(limits: Limits, total_fen: int, spent: Spent) -> None:
    if total_fen > limits.approver_fen:
        raise LimitExceeded(f"you may approve at most {limits.approver_fen} fen at a time")
    if spent.approved_today_fen + total_fen > limits.approver_day_fen:
        raise LimitExceeded(f"you may approve at most {limits.approver_day_fen} fen in 24 hours")
    _check_both(limits, total_fen, spent)


def _check_both(limits: Limits, total_fen: int, spent: Spent) -> None:
    if spent.of_order_fen + total_fen > limits.order_fen:
        raise LimitExceeded(f"special refunds of one order may come to {limits.order_fen} fen at most")
    if spent.of_customer >= limits.customer_refunds:
        raise LimitExceeded(f"this customer had {spent.of_customer} special refunds in 30 days, and no more may be")
