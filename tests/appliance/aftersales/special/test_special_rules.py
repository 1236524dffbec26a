"""Quotes of special refunds by property, walks of proposals and approvals by state machine, limits by table."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, Customer, Order, OrderCase, OrderStatus
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, AskedLine, Quote
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.quote import paid_fen, seal
from appliance.aftersales.special import rules
from appliance.aftersales.special.model import (
    LimitExceeded,
    Limits,
    NothingPaid,
    NotSpecial,
    SpecialReason,
    Spent,
    Wanted,
)
from appliance.ids import ConversationId, CustomerId, LineId, uuid7
from models.commands import Flow
from security.access.permissions import Role
from tests.appliance.aftersales.cases.world import order as an_order

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 8, 1, tzinfo=UTC)
PACK = default_pack()
UNITS = 5
ONE = LineId("L1")


class Refunds(RuleBasedStateMachine):
    """Proposals are quoted, and some approved, in any order: what is paid back never exceeds what was paid."""

    @initialize(coupon=st.integers(0, 39900), freight=st.integers(0, 2000))
    def begin(self, coupon: int, freight: int) -> None:
        times = {"created_at": LONG_AGO, "paid_at": LONG_AGO, "shipped_at": LONG_AGO, "delivered_at": LONG_AGO}
        self.order = an_order(UNITS, coupon_fen=coupon, freight_fen=freight, **times)
        self.cases: list[OrderCase] = []
        self.quotes: list[tuple[int, Wanted, Quote]] = []

    @rule(
        quantity=st.integers(1, UNITS),
        amount=st.none() | st.integers(1, 50_000),
        flow=st.sampled_from([Flow.REFUND_ONLY, Flow.RETURN_REFUND, Flow.CANCEL_ORDER]),
    )
    def propose(self, quantity: int, amount: int | None, flow: Flow) -> None:
        wanted = Wanted(
            conversation_id=ConversationId(uuid7()),
            order_id=self.order.order_id,
            flow=flow,
            lines=(AskedLine(line_id=ONE, quantity=quantity),),
            special_reason=SpecialReason.GOODWILL,
            amount_fen=amount,
        )
        quote = self.quoted(wanted)
        if quote is not None:
            assert sum(line.refund_fen for line in quote.lines) + quote.freight_fen == quote.total_fen > 0
            assert amount is None or quote.total_fen == amount
            assert seal(quote).hash == quote.hash
            self.quotes.append((len(self.cases), wanted, quote))

    @rule(place=st.integers(0, 30))
    def approve(self, place: int) -> None:
        if not self.quotes:
            return
        basis, wanted, quote = self.quotes.pop(place % len(self.quotes))
        again = self.quoted(wanted)
        if basis != len(self.cases) or again is None or again.hash != quote.hash:
            return  # void
        self.cases.append(
            OrderCase(
                case_id=f"F{len(self.cases)}",
                kind=quote.kind,
                status=CaseStatus.OPEN,
                lines=tuple(CaseLine(line_id=line.line_id, quantity=line.quantity) for line in quote.lines),
                refund_fen=quote.total_fen,
            )
        )

    def quoted(self, wanted: Wanted) -> Quote | None:
        customer = Customer(customer_id=CustomerId("U1001"), name="", phone="")
        ask = Ask(
            flow=wanted.flow,
            order=self.order,
            customer=customer,
            now=NOW,
            lines=wanted.lines,
            own_cases=tuple(self.cases),
        )
        try:
            return rules.quoted(PACK, ask, evaluate(PACK, ask), wanted, lambda words: words)
        except NotSpecial:
            return None

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        refunded = sum(case.refund_fen for case in self.cases)
        kept = paid_fen(self.order) - refunded
        assert kept >= 0
        taken = [case for case in self.cases if case.kind is not CaseKind.GOODWILL]
        assert sum(line.quantity for case in taken for line in case.lines) <= UNITS


TestRefunds = Refunds.TestCase
TestRefunds.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)

CANCELLED = OrderStatus.CANCELLED
CUSTOMER = Customer(customer_id=CustomerId("U1001"), name="", phone="")


def quoted(order: Order, flow: Flow, *lines: tuple[str, int], amount_fen: int | None = None) -> Quote:
    asked = tuple(AskedLine(line_id=LineId(line_id), quantity=quantity) for line_id, quantity in lines)
    wanted = Wanted(
        conversation_id=ConversationId(uuid7()),
        order_id=order.order_id,
        flow=flow,
        lines=asked,
        special_reason=SpecialReason.GOODWILL,
        amount_fen=amount_fen,
    )
    ask = Ask(flow=flow, order=order, customer=CUSTOMER, now=NOW, lines=asked)
    return rules.quoted(PACK, ask, evaluate(PACK, ask), wanted, lambda words: words)


@pytest.mark.parametrize(
    "given", [{"status": CANCELLED, "paid_at": None}, {"status": CANCELLED, "paid_at": LONG_AGO}, {"paid_at": None}]
)
def test_nothing_is_paid_back_of_an_order_that_is_cancelled_or_was_never_paid(given: dict[str, Any]) -> None:
    with pytest.raises(NothingPaid):
        quoted(an_order(1, delivered_at=LONG_AGO, **given), Flow.REFUND_ONLY, ("L1", 1))


def test_an_order_is_cancelled_whole_and_paid_back_in_full() -> None:
    taken = OrderCase(
        case_id="F1",
        kind=CaseKind.REFUND_ONLY,
        status=CaseStatus.OPEN,
        lines=(CaseLine(line_id=ONE, quantity=1),),
        refund_fen=39900,
    )
    order = an_order(3, paid_at=LONG_AGO, status=OrderStatus.PAID, cases=(taken,))
    assert quoted(order, Flow.CANCEL_ORDER, ("L1", 2)).total_fen == 79800
    for quantity, amount_fen in ((1, None), (2, 79800), (2, 1)):
        with pytest.raises(NotSpecial, match="cancelled whole"):
            quoted(order, Flow.CANCEL_ORDER, ("L1", quantity), amount_fen=amount_fen)


@pytest.mark.parametrize("status", [OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED])
def test_what_has_been_shipped_is_not_cancelled(status: OrderStatus) -> None:
    order = an_order(1, paid_at=LONG_AGO, shipped_at=LONG_AGO, status=status)
    with pytest.raises(NotSpecial, match="shipped"):
        quoted(order, Flow.CANCEL_ORDER, ("L1", 1))


def test_a_part_for_goods_that_are_kept_is_goodwill_and_everything_else_takes_its_units() -> None:
    order = an_order(2, paid_at=LONG_AGO, delivered_at=LONG_AGO)
    asked = ("L1", 1)
    assert quoted(order, Flow.REFUND_ONLY, asked, amount_fen=1).kind is CaseKind.GOODWILL
    assert quoted(order, Flow.REFUND_ONLY, asked, amount_fen=39900).kind is CaseKind.REFUND_ONLY
    assert quoted(order, Flow.REFUND_ONLY, asked).kind is CaseKind.REFUND_ONLY
    assert quoted(order, Flow.RETURN_REFUND, asked, amount_fen=1).kind is CaseKind.RETURN_REFUND


LIMITS = Limits(
    agent_propose_fen=100,
    supervisor_propose_fen=200,
    approver_fen=150,
    approver_day_fen=300,
    order_fen=250,
    proposals_per_day=2,
    customer_refunds=1,
)
NOTHING = Spent(proposals_today=0, approved_today_fen=0, of_order_fen=0, of_customer=0)


@pytest.mark.parametrize(
    ("role", "total", "spent", "fits"),
    [
        (Role.AGENT, 100, {}, True),
        (Role.AGENT, 101, {}, False),
        (Role.SUPERVISOR, 200, {}, True),
        (Role.SUPERVISOR, 201, {}, False),
        (Role.AGENT, 1, {"proposals_today": 2}, False),
        (Role.AGENT, 50, {"of_order_fen": 200}, True),
        (Role.AGENT, 51, {"of_order_fen": 200}, False),
        (Role.AGENT, 1, {"of_customer": 1}, False),
        (Role.APPROVER, 150, {}, True),
        (Role.APPROVER, 151, {}, False),
        (Role.APPROVER, 100, {"approved_today_fen": 200}, True),
        (Role.APPROVER, 101, {"approved_today_fen": 200}, False),
        (Role.APPROVER, 51, {"of_order_fen": 200}, False),
        (Role.APPROVER, 1, {"of_customer": 1}, False),
    ],
)
def test_limits_hold_to_the_fen(role: Role, total: int, spent: dict[str, Any], fits: bool) -> None:
    counted = msgspec.structs.replace(NOTHING, **spent)

    def check() -> None:
        if role is Role.APPROVER:
            rules.check_approval(LIMITS, total, counted)
        else:
            rules.check_proposal(LIMITS, frozenset({role}), total, counted)

    if fits:
        check()
    else:
        with pytest.raises(LimitExceeded):
            check()
