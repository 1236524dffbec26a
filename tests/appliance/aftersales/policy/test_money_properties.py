"""Money, whatever the order: never more than was paid, never twice, and the parts make the whole to the last fen."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.aftersales.orders.model import CaseStatus, Order, Spec
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, Evidence, Quote, Verdict
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.quote import paid_fen
from models.commands import Reason

REASONS = st.sampled_from([Reason.QUALITY, Reason.WRONG_ITEM, Reason.SIZE, Reason.CHANGED_MIND, None])

AT = datetime(2026, 11, 2, tzinfo=UTC)

few = settings(max_examples=120, deadline=None)


@st.composite
def goods(draw: st.DrawFn) -> dict[str, Any]:
    """Lines, coupon and freight of an order below the limit that hands off."""
    lines = draw(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 6)), min_size=1, max_size=4))
    gross = sum(price * quantity for price, quantity in lines)
    return {
        "lines": lines,
        "coupon_fen": draw(st.integers(0, gross)),
        "freight_fen": draw(st.integers(0, 2000)),
    }


def order_of(build: SimpleNamespace, drawn: dict[str, Any], **given: Any) -> Order:
    lines = [
        build.line(f"L{place}", price=price, quantity=quantity)
        for place, (price, quantity) in enumerate(drawn["lines"])
    ]
    order: Order = build.order(*lines, coupon_fen=drawn["coupon_fen"], freight_fen=drawn["freight_fen"], **given)
    return order


def recorded(build: SimpleNamespace, order: Order, quote: Quote) -> Order:
    """The order with the case that this quote became."""
    lines = [(line.line_id, line.quantity) for line in quote.lines]
    case = build.case(quote.kind.value, *lines, refund_fen=quote.total_fen)
    return msgspec.structs.replace(order, cases=(*order.cases, case))


def approved(pack: PolicyPack, ask: Ask) -> Quote:
    ruling = evaluate(pack, ask)
    assert ruling.quote is not None, ruling.decision
    return ruling.quote


@pytest.mark.control("K11")
@given(drawn=goods(), data=st.data())
@few
def test_parts_add_up_to_the_whole_in_any_order(
    pack: PolicyPack, build: SimpleNamespace, drawn: dict[str, Any], data: st.DataObject
) -> None:
    order = order_of(build, drawn)
    known: dict[str, Any] = {"reason": Reason.QUALITY, "evidence": Evidence.YES}
    whole = approved(pack, build.ask("return_refund", order, **known)).total_fen
    units = [line.line_id for line in order.lines for _ in range(line.quantity)]
    parts = 0
    for line_id in data.draw(st.permutations(units)):
        quote = approved(pack, build.ask("return_refund", order, lines=build.asked((line_id, 1)), **known))
        parts += quote.total_fen
        order = recorded(build, order, quote)
    assert parts == whole == paid_fen(order)
    again = evaluate(pack, build.ask("return_refund", order, **known))
    assert (again.decision.rule, again.quote) == ("G2", None)


@pytest.mark.control("K11")
@given(drawn=goods(), data=st.data())
@few
def test_no_history_of_cases_pays_back_more_than_was_paid(
    pack: PolicyPack, build: SimpleNamespace, drawn: dict[str, Any], data: st.DataObject
) -> None:
    order = order_of(build, drawn)
    refunded = 0
    for _ in range(data.draw(st.integers(1, 8))):
        flow = data.draw(st.sampled_from(["return_refund", "refund_only", "price_protection", "exchange"]))
        line = data.draw(st.sampled_from(order.lines))
        today = Spec(
            sku=line.sku, product="p", spec="s", price_fen=data.draw(st.integers(0, line.unit_price_fen)), stock=None
        )
        ask = build.ask(
            flow,
            order,
            lines=build.asked((line.line_id, data.draw(st.integers(1, line.quantity + 1)))),
            reason=data.draw(REASONS),
            evidence=Evidence.YES,
            current=(today,) if flow == "price_protection" else (),
        )
        quote = evaluate(pack, ask).quote
        if quote is not None:
            refunded += quote.total_fen
            assert quote.total_fen >= 0
            assert all(each.refund_fen >= 0 for each in quote.lines)
            order = recorded(build, order, quote)
    assert refunded <= paid_fen(order)


@given(drawn=goods(), data=st.data())
@few
def test_a_protected_order_pays_back_what_was_paid_in_all(
    pack: PolicyPack, build: SimpleNamespace, drawn: dict[str, Any], data: st.DataObject
) -> None:
    """Without a coupon, price protection and the refund after it make the price together."""
    order = order_of(build, drawn | {"coupon_fen": 0})
    line = data.draw(st.sampled_from(order.lines))
    today = Spec(sku=line.sku, product="p", spec="s", price_fen=data.draw(st.integers(0, line.unit_price_fen - 1)))
    units = build.asked((line.line_id, data.draw(st.integers(1, line.quantity))))
    protection = approved(pack, build.ask("price_protection", order, lines=units, current=(today,)))
    order = recorded(build, order, protection)
    refund = approved(pack, build.ask("return_refund", order, reason=Reason.QUALITY, evidence=Evidence.YES))
    assert protection.total_fen + refund.total_fen == paid_fen(order)


@given(drawn=goods(), reason=REASONS, data=st.data())
@few
def test_a_refused_line_contributes_nothing(
    pack: PolicyPack, build: SimpleNamespace, drawn: dict[str, Any], reason: Reason | None, data: st.DataObject
) -> None:
    order = order_of(build, drawn)
    exempt = data.draw(st.sets(st.sampled_from([line.line_id for line in order.lines])))
    lines = tuple(
        msgspec.structs.replace(line, tags=("custom_made",) if line.line_id in exempt else ()) for line in order.lines
    )
    ask = build.ask("return_refund", msgspec.structs.replace(order, lines=lines), reason=reason, evidence=Evidence.YES)
    ruling = evaluate(pack, ask)
    quoted = {line.line_id for line in ruling.quote.lines} if ruling.quote else set()
    assert quoted == {line.line_id for line in ruling.decision.lines if line.verdict is Verdict.APPROVE}
    if ruling.quote:
        quote = ruling.quote
        assert quote.goods_fen == sum(line.refund_fen for line in quote.lines)
        assert quote.total_fen == quote.goods_fen + quote.freight_fen
        for line in quote.lines:
            assert line.refund_fen == line.gross_fen - line.coupon_fen - line.protected_fen


@given(drawn=goods(), days=st.integers(0, 400), reason=REASONS, evidence=st.sampled_from(Evidence))
@few
def test_only_an_approval_has_a_quote_and_only_a_refusal_a_code(
    pack: PolicyPack,
    build: SimpleNamespace,
    drawn: dict[str, Any],
    days: int,
    reason: Reason | None,
    evidence: Evidence,
) -> None:
    order = order_of(build, drawn, days=days)
    ruling = evaluate(pack, build.ask("return_refund", order, reason=reason, evidence=evidence))
    assert (ruling.quote is not None) == (ruling.decision.verdict is Verdict.APPROVE)
    assert (ruling.decision.refusal is not None) == (ruling.decision.verdict is Verdict.REFUSE)


@pytest.mark.parametrize("level", ["normal", "silver", "gold"])
def test_a_higher_level_is_never_worse_off(pack: PolicyPack, build: SimpleNamespace, level: str) -> None:
    rank = [Verdict.REFUSE, Verdict.HAND_OFF, Verdict.APPROVE]
    for days in range(40):
        for reason in (Reason.SIZE, Reason.QUALITY):
            found = [
                evaluate(
                    pack,
                    build.ask(
                        "return_refund",
                        build.order(days=days),
                        reason=reason,
                        evidence=Evidence.YES,
                        customer=build.customer(level=each),
                    ),
                ).decision.verdict
                for each in ("normal", level)
            ]
            assert rank.index(found[0]) <= rank.index(found[1])


@pytest.mark.parametrize("falls_after", [0, 1], ids=["before the second is made", "after the second is made"])
def test_a_withdrawn_refund_leaves_no_line_to_pay_back_other_than_its_price(
    pack: PolicyPack, build: SimpleNamespace, falls_after: int
) -> None:
    """The first unit was protected; its return is withdrawn, and both units are returned in the end."""
    protection = build.case("price_protection", ("L1", 1), refund_fen=500)

    def returned(day: int, *cases: Any) -> Any:
        order = build.order(build.line("L1", quantity=2), build.line("L2"), cases=(protection, *cases))
        known: dict[str, Any] = {"reason": Reason.QUALITY, "evidence": Evidence.YES}
        quote = approved(pack, build.ask("return_refund", order, lines=build.asked(("L1", 1)), **known))
        made = build.case("return_refund", ("L1", 1), refund_fen=quote.total_fen)
        return msgspec.structs.replace(made, created_at=AT + timedelta(days=day))

    first = returned(0)
    gone = msgspec.structs.replace(first, status=CaseStatus.WITHDRAWN, finished_at=AT + timedelta(days=1 + falls_after))
    second = returned(2 - falls_after, first if falls_after else gone)
    again = returned(3, gone, second)
    assert [first.refund_fen, protection.refund_fen + second.refund_fen + again.refund_fen] == [9500, 20000]


def test_a_fallen_refund_whose_end_is_not_told_counts_as_never_made(pack: PolicyPack, build: SimpleNamespace) -> None:
    protection = build.case("price_protection", ("L1", 1), refund_fen=500)
    gone = build.case("return_refund", ("L1", 1), status="withdrawn", refund_fen=9500)
    order = build.order(build.line("L1", quantity=2), cases=(protection, gone))
    known: dict[str, Any] = {"reason": Reason.QUALITY, "evidence": Evidence.YES}
    assert approved(pack, build.ask("return_refund", order, lines=build.asked(("L1", 2)), **known)).total_fen == 19500
