"""What must be true after every step of a life, whatever befell it."""

from collections import Counter
from typing import Any

from appliance.aftersales.cases.model import CaseState, StandingCase
from appliance.aftersales.cases.receipt import problems, receipt_document
from appliance.aftersales.cases.rules import FALLEN, GOODS, freed_cases, scope_of
from appliance.aftersales.orders.model import CaseKind, CaseStatus, Order
from appliance.aftersales.policy.quote import paid_fen
from appliance.aftersales.policy.units import standing
from appliance.ids import LineId
from appliance.money import share
from tests.appliance.aftersales.cases.lives.street import Street

HELD = """
SELECT u.line_id, count(*) FROM case_unit u WHERE u.scope = 'goods' AND u.order_id = %s GROUP BY u.line_id
"""
HELD_BY = "SELECT line_id, count(*) FROM case_unit WHERE case_id = %s GROUP BY line_id"
SAID = "SELECT event ->> 'outcome', id FROM audit_pending WHERE shop_id = %s AND event ->> 'req' = %s ORDER BY position"


async def check(street: Street, *, is_raced: bool) -> None:
    """``is_raced``: somebody in the shop made a case of his own while ours were under way."""
    order = await street.look()
    own = await street.own_cases()
    _order_system_is_whole(street, order)
    _written_once(street, own)
    if not is_raced:
        _nothing_is_promised_twice(order, own)
    await _lines(street, order, own)
    await _units(street, order, own)
    for case in own:
        await _case(street, case)
    _told_once(street)


def _order_system_is_whole(street: Street, order: Order) -> None:
    """Paid = kept + refunded, and each unit in one case."""
    refunded = sum(case.refund_fen for case in standing(order.cases))
    kept = paid_fen(street.bought) - refunded
    assert 0 <= kept <= paid_fen(street.bought), (kept, order)
    units = _units_in(order)
    assert all(units[line.line_id] <= line.quantity for line in order.lines), (units, order)


def _units_in(order: Order) -> Counter[LineId]:
    return Counter(
        {
            line.line_id: sum(
                part.quantity
                for case in standing(order.cases)
                if scope_of(case.kind) == GOODS
                and not (case.kind is CaseKind.REPAIR and case.status is CaseStatus.FINISHED)
                for part in case.lines
                if part.line_id == line.line_id
            )
            for line in order.lines
        }
    )


def _written_once(street: Street, own: list[StandingCase]) -> None:
    known = {case.operation_id for case in own}
    assert set(street.shop.performed) <= known | street.strangers
    assert set(street.shop.performed.values()) <= {1}, street.shop.performed
    for case in own:
        is_written = street.shop.performed[case.operation_id] == 1
        assert case.operation_state != "succeeded" or is_written, case
        assert case.operation_state != "refused" or not is_written, case


def _has_fallen(order: Order, case: StandingCase) -> bool:
    """By our own word, or by the order system's, which we may not have heard."""
    ended = {each.operation_id for each in order.cases} - {each.operation_id for each in standing(order.cases)}
    return case.state in FALLEN or str(case.operation_id) in ended


def _nothing_is_promised_twice(order: Order, own: list[StandingCase]) -> None:
    """What we have agreed to counts from the yes on, long before the order system shows it."""
    ours = {str(case.operation_id) for case in own}
    others = sum(case.refund_fen for case in standing(order.cases) if case.operation_id not in ours)
    agreed = sum(case.refund_fen for case in own if not _has_fallen(order, case))
    assert others + agreed <= paid_fen(order), (order, own)


async def _lines(street: Street, order: Order, own: list[StandingCase]) -> None:
    """No line pays back more than its share of what was paid: refunds and price protection together.

    Price protection does not count coupons (policy, row P2), so it alone may pay more for a unit than was paid for it.
    Of several lines, what it paid counts by their prices: an order system tells one sum.
    """
    if street.strangers:
        return  # what the shop's own people paid back is known by order only
    prices = {line.line_id: line.unit_price_fen for line in order.lines}
    gross = [line.unit_price_fen * line.quantity for line in order.lines]
    coupons = share(order.coupon_fen, gross)
    paid = {line.line_id: whole - coupon for line, whole, coupon in zip(order.lines, gross, coupons, strict=True)}
    least_per_unit = {line.line_id: paid[line.line_id] // line.quantity for line in order.lines}
    back: Counter[str] = Counter()
    beyond: Counter[str] = Counter()
    """What price protection paid of the coupons."""
    for case in own:
        if _has_fallen(order, case):
            continue
        lines = await _quoted_lines(street, case)
        if case.kind is CaseKind.PRICE_PROTECTION:
            weights = [prices[line["line_id"]] * line["quantity"] for line in lines]
            for line, fen in zip(lines, share(case.refund_fen, weights), strict=True):
                back[line["line_id"]] += fen
                beyond[line["line_id"]] += max(0, fen - line["quantity"] * least_per_unit[line["line_id"]])
        else:
            back.update({line["line_id"]: line["refund_fen"] for line in lines})
    for line_id, fen in paid.items():
        assert back[line_id] <= fen + beyond[line_id], (line_id, back, fen, beyond)


async def _quoted_lines(street: Street, case: StandingCase) -> list[dict[str, Any]]:
    statement = "SELECT body FROM quote q JOIN after_sales_case c USING (shop_id, quote_id) WHERE c.case_id = %s"
    [(body,)] = await street.rows(statement, case.case_id)
    assert sum(line["refund_fen"] for line in body["lines"]) + body["freight_fen"] == case.refund_fen
    lines: list[dict[str, Any]] = body["lines"]
    return lines


async def _units(street: Street, order: Order, own: list[StandingCase]) -> None:
    """At most one open case holds a unit, ours and theirs together; each of ours holds what it was agreed for."""
    held = dict(await street.rows(HELD, order.order_id))
    assert all(held.get(line.line_id, 0) <= line.quantity for line in order.lines), held
    over = freed_cases(order)
    freed = {each.operation_id for each in order.cases if each.case_id in over}
    for case in own:
        holds = dict(await street.rows(HELD_BY, case.case_id))
        is_free = case.state in FALLEN or (case.kind is CaseKind.REPAIR and case.state is CaseState.FINISHED)
        agreed = {} if is_free else {str(line.line_id): line.quantity for line in case.lines}
        assert holds == agreed or (not holds and str(case.operation_id) in freed), (case, holds)


async def _case(street: Street, case: StandingCase) -> None:
    """Decision, quote, confirmation, receipt and audit record of everything that was agreed to."""
    document = await receipt_document(street.db, street.shop_id, case.operation_id)
    assert document.decision_id is not None
    assert document.confirmation
    assert problems(document) == []
    async with street.db.system() as conn:
        found: list[Any] = await (await conn.execute(SAID, (street.shop_id, str(case.operation_id)))).fetchall()
    said = [outcome for outcome, _ in found]
    assert said[0] == "pending"
    assert found[0][1] == document.intent
    is_ended = case.operation_state in ("succeeded", "refused", "handed_over")
    assert (len(said) >= 2) == is_ended or len(said) > 2, (case, said)
    if document.outcome is not None:
        assert document.outcome in {audit_id for _, audit_id in found}


def _told_once(street: Street) -> None:
    ends = Counter(notice.operation_id for _, notice in street.world.notices if notice.kind in ("succeeded", "refused"))
    assert set(ends.values()) <= {1}, ends
