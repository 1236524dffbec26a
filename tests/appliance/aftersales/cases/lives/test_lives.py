"""Random lives of an order: all that may befall it, in any order, on a real database.

Cases, quotes, special refunds, executor, events and reconciliation together, against the order system that passes the
contract test. What must hold is looked at after every step (``reckoning.py``).
"""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar, cast
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from appliance.aftersales.cases.life import OPENS, TRANSITIONS, Stand, stand_of
from appliance.aftersales.cases.model import QuoteNotStanding, UnitsTaken
from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseRequest,
    CaseStatus,
    Customer,
    Line,
    Order,
    OrderCase,
    OrderStatus,
    Spec,
)
from appliance.aftersales.orders.port import OrderSystemRefused
from appliance.aftersales.policy.model import Ask, AskedLine, Evidence
from appliance.aftersales.special.model import Proposal, SpecialReason, Wanted
from appliance.channels.intranet.ports import OrderEvent
from appliance.db import Database
from appliance.errors import Conflict, Forbidden, OrderSystemUnavailable
from appliance.ids import ConversationId, CustomerId, LineId, OperationId, OrderId, uuid7
from models.commands import Flow, Reason
from tests.appliance.aftersales.cases.lives import reckoning
from tests.appliance.aftersales.cases.lives.street import QUOTE_STANDS, Agreed, Street
from tests.appliance.aftersales.cases.world import NOW

T = TypeVar("T")

FEW, MANY = 30, 200
STEPS = 30
FLOWS = (
    Flow.RETURN_REFUND,
    Flow.REFUND_ONLY,
    Flow.CANCEL_ORDER,
    Flow.EXCHANGE,
    Flow.RESEND,
    Flow.REPAIR,
    Flow.PRICE_PROTECTION,
)
REASONS = (Reason.QUALITY, Reason.DAMAGED, Reason.MISSING_ITEM, Reason.SIZE, Reason.CHANGED_MIND, Reason.NOT_RECEIVED)
ENDS = {Stand.FINISHED: CaseStatus.FINISHED, Stand.WITHDRAWN: CaseStatus.WITHDRAWN, Stand.REJECTED: CaseStatus.REJECTED}
LAST = (Stand.REFUNDED, Stand.RESHIPPED)
BEFORE = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
LINES = st.lists(st.tuples(st.sampled_from([1, 999, 5000, 19900]), st.integers(1, 3)), min_size=1, max_size=2)
QUANTITIES = st.lists(st.integers(0, 3), min_size=2, max_size=2).filter(any)


class Life(RuleBasedStateMachine):
    def __init__(self, db: Database, runner: asyncio.Runner) -> None:
        super().__init__()
        self._db, self._runner = db, runner
        self.quotes: list[Agreed] = []
        self.proposals: list[Proposal] = []
        self.events: list[OrderEvent] = []
        self.is_raced = False

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    @initialize(
        lines=LINES,
        coupon=st.sampled_from([0, 1, 700, 5000]),
        freight=st.sampled_from([0, 1200]),
        status=st.sampled_from([*BEFORE, OrderStatus.DELIVERED, OrderStatus.DELIVERED]),
        is_idempotent=st.booleans(),
    )
    def buy(
        self, lines: list[tuple[int, int]], coupon: int, freight: int, status: OrderStatus, *, is_idempotent: bool
    ) -> None:
        customer = Customer(customer_id=CustomerId(f"U{uuid4()}"), name="林小满", phone="13900000001")
        order = bought(customer.customer_id, lines, coupon, freight, status)
        self.street = Street(self._db, customer, order, is_idempotent=is_idempotent)

    @rule(
        first=st.integers(0, len(FLOWS) - 1),
        quantities=QUANTITIES,
        reason=st.sampled_from(REASONS),
        evidence=st.sampled_from([Evidence.YES, Evidence.YES, Evidence.NONE]),
        cheaper=st.sampled_from([1, 500]),
        goes_on=st.booleans(),
    )
    def ask(
        self, first: int, quantities: list[int], reason: Reason, evidence: Evidence, cheaper: int, *, goes_on: bool
    ) -> None:
        """For one thing, and where policy has no quote for it for the next, as customers do."""
        order = self.do(self.street.look())
        for flow in FLOWS[first:] + FLOWS[:first]:
            asked = Ask(
                flow=flow,
                order=order,
                customer=self.street.customer,
                now=self.street.clock.now(),
                lines=units(order, quantities),
                reason=Reason.PRICE_DROP if flow is Flow.PRICE_PROTECTION else reason,
                evidence=evidence,
                current=tuple(today(line, cheaper) for line in order.lines),
            )
            if agreed := self.do(self.street.quote(asked)):
                self.quotes.append(agreed)
                if goes_on:
                    self.said_yes(agreed)
                return

    @precondition(lambda self: self.quotes)
    @rule(place=st.integers(0, 30), is_again=st.booleans())
    def say_yes(self, place: int, *, is_again: bool) -> None:
        """To the quote of now, or to an old one; perhaps once more, as from a second device."""
        agreed = self.quotes[place % len(self.quotes)]
        made = [self.said_yes(agreed) for _ in range(2 if is_again else 1)]
        assert sum(each is not None for each in made) <= 1

    @precondition(lambda self: self.quotes)
    @rule(place=st.integers(0, 30))
    def say_yes_too_late(self, place: int) -> None:
        """Once a quote's time is over nothing is agreed to by it, whatever the order has become."""
        agreed = self.quotes[place % len(self.quotes)]
        self.street.clock.at = max(self.street.clock.at, agreed.ask.now + QUOTE_STANDS)
        assert self.said_yes(agreed) is None

    def said_yes(self, agreed: Agreed) -> OperationId | None:
        try:
            return self.do(self.street.say_yes(agreed))
        except (QuoteNotStanding, UnitsTaken, OrderSystemUnavailable):
            return None

    @precondition(lambda self: len(self.quotes) > 1)
    @rule()
    def say_yes_at_once(self) -> None:
        """On two devices in the same moment, to two quotes."""

        async def both() -> None:
            said = [self.street.say_yes(agreed) for agreed in self.quotes[-2:]]
            for each in await asyncio.gather(*said, return_exceptions=True):
                expected = (QuoteNotStanding, UnitsTaken, OrderSystemUnavailable)
                if isinstance(each, BaseException) and not isinstance(each, expected):
                    raise each

        self.do(both())

    @rule(lost=st.sampled_from([0, 0, 1, 2]), workers=st.integers(1, 2))
    def work(self, lost: int, workers: int) -> None:
        """The answers of the next writes get lost."""
        self.street.shop.lose_answers(lost)
        self.carry_out(workers)
        self.street.shop.lose_answers(0)

    def carry_out(self, workers: int = 1) -> None:
        async def all_due() -> None:
            await asyncio.gather(*(self.street.executor().run_due() for _ in range(workers)))

        self.do(all_due())

    @rule()
    def die_while_sending(self) -> None:
        """Killed with a write under way: its lease runs out, and what was being sent is unknown."""
        statement = (
            "UPDATE operation SET state = 'sent', sends = sends + 1, lease_token = lease_token + 1 "
            "WHERE state = 'accepted' RETURNING request"
        )
        self.do(self.street.rows(statement))

    @rule(is_down=st.booleans())
    def switch(self, *, is_down: bool) -> None:
        self.street.shop.is_down = is_down

    @rule(minutes=st.sampled_from([0.02, 1, 6, 20, 60 * 24]))
    def wait(self, minutes: float) -> None:
        self.street.clock.move(timedelta(minutes=minutes))

    @rule()
    def move_order(self) -> None:
        """Paid, shipped, delivered."""
        order, now = self.do(self.street.look()), self.street.clock.now()
        match order.status:
            case OrderStatus.PAID:
                order = msgspec.structs.replace(order, status=OrderStatus.SHIPPED, shipped_at=now)
            case OrderStatus.SHIPPED:
                order = msgspec.structs.replace(order, status=OrderStatus.DELIVERED, delivered_at=now)
        self.street.shop.load(orders=[order])

    @rule(place=st.integers(0, 9), step=st.integers(0, 9), times=st.integers(0, 2))
    def move_case(self, place: int, step: int, times: int) -> None:
        """Goods received, inspection passed, money paid, withdrawn, rejected: as the table of lives has it."""
        order = self.do(self.street.look())
        moves = [(case, each.after) for case in order.cases for each in TRANSITIONS if each.before is stands(case)]
        if not moves:
            return
        case, after = moves[(place * 10 + step) % len(moves)]
        moved = tuple(moved_to(each, after) if each is case else each for each in order.cases)
        self.street.shop.load(orders=[msgspec.structs.replace(order, cases=moved)])
        self.push(times)

    def push(self, times: int) -> None:
        """An event that comes never, once or twice."""
        body = {"order_id": str(self.street.order_id)}
        event = OrderEvent(event_id=str(uuid4()), type="", received_at=self.street.clock.now(), body=body)
        self.events.append(event)
        self.hear(event, times)

    @precondition(lambda self: self.events)
    @rule(place=st.integers(0, 30))
    def push_late(self, place: int) -> None:
        """An event of long ago comes again."""
        self.hear(self.events[place % len(self.events)], 1)

    def hear(self, event: OrderEvent, times: int) -> None:
        for _ in range(times):
            try:
                self.do(self.street.events.apply(self.street.shop_id, event))
            except OrderSystemUnavailable:
                assert self.street.shop.is_down

    @rule(quantities=QUANTITIES, share=st.integers(0, 100))
    def somebody_refunds(self, quantities: list[int], share: int) -> None:
        """Somebody in the shop makes a case of his own, past the appliance."""
        order = self.do(self.street.look())
        lines = tuple(CaseLine(line_id=each.line_id, quantity=each.quantity) for each in units(order, quantities))
        goods = sum(each.quantity * line.unit_price_fen for each in lines if (line := order.line(each.line_id)))
        request = CaseRequest(
            operation_id=OperationId(uuid4()),
            kind=CaseKind.REFUND_ONLY,
            order_id=order.order_id,
            customer_id=order.customer_id,
            lines=lines,
            refund_fen=goods * share // 100,
        )
        try:
            self.do(self.street.shop.execute(request))
        except (OrderSystemRefused, OrderSystemUnavailable):
            return
        self.street.strangers.add(request.operation_id)
        self.is_raced = self.is_raced or self.is_under_way()

    def is_under_way(self) -> bool:
        """A yes was said that the order system does not show yet."""
        return any(case.operation_state not in ("succeeded", "refused") for case in self.do(self.street.own_cases()))

    @rule(
        flow=st.sampled_from([Flow.REFUND_ONLY, Flow.RETURN_REFUND, Flow.CANCEL_ORDER]),
        quantities=QUANTITIES,
        amount=st.none() | st.integers(1, 20000),
    )
    def propose(self, flow: Flow, quantities: list[int], amount: int | None) -> None:
        lines = units(self.do(self.street.look()), quantities)
        wanted = Wanted(
            conversation_id=ConversationId(uuid7()),
            order_id=self.street.order_id,
            flow=flow,
            lines=lines,
            special_reason=SpecialReason.GOODWILL,
            amount_fen=amount,
        )
        try:
            self.proposals.append(self.do(self.street.special.propose(self.street.proposer, wanted, "")))
        except (Conflict, Forbidden, OrderSystemUnavailable):
            return

    @precondition(lambda self: self.proposals)
    @rule(place=st.integers(0, 9))
    def approve(self, place: int) -> None:
        """A standing one, or one that was decided or has fallen long ago."""
        proposal = self.proposals[place % len(self.proposals)]
        try:
            self.do(self.street.special.approve(self.street.approver, proposal.proposal_id, proposal.quote_hash))
        except (Conflict, Forbidden, OrderSystemUnavailable):
            return

    @precondition(lambda self: self.proposals)
    @rule(place=st.integers(0, 9), by_proposer=st.booleans())
    def turn_down(self, place: int, *, by_proposer: bool) -> None:
        """Rejected, or taken back by who proposed it: nothing comes of it any more."""
        special, proposal = self.street.special, self.proposals[place % len(self.proposals)]
        who, turn = (self.street.proposer, special.withdraw) if by_proposer else (self.street.approver, special.reject)
        try:
            self.do(turn(who, proposal.proposal_id))
        except Conflict:
            return  # it was decided before
        with pytest.raises((Conflict, OrderSystemUnavailable)):
            self.do(special.approve(self.street.approver, proposal.proposal_id, proposal.quote_hash))

    @precondition(lambda self: self.proposals)
    @rule()
    def let_proposals_expire(self) -> None:
        self.street.clock.move(timedelta(hours=48))
        self.do(self.street.special.expire())
        for proposal in self.proposals:
            with pytest.raises((Conflict, OrderSystemUnavailable)):
                self.do(self.street.special.approve(self.street.approver, proposal.proposal_id, proposal.quote_hash))

    @rule()
    def reconcile(self) -> None:
        report = self.do(self.street.reconcile())
        assert report.differences == ()

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "street"):
            self.do(reckoning.check(self.street, is_raced=self.is_raced))

    def teardown(self) -> None:
        """Once the order system answers, everything comes to its end, and both sides say the same."""
        if not hasattr(self, "street"):
            return
        self.street.shop.is_down = False
        while any(case.operation_state in UNSETTLED for case in self.do(self.street.own_cases())):
            self.street.clock.move(timedelta(minutes=1))
            self.carry_out()
        self.street.clock.move(timedelta(minutes=1))
        self.reconcile()


UNSETTLED = ("accepted", "sent", "unknown")


def bought(customer: CustomerId, lines: list[tuple[int, int]], coupon: int, freight: int, status: OrderStatus) -> Order:
    gross = sum(price * quantity for price, quantity in lines)
    steps = BEFORE.index(status) + 1
    times: dict[str, Any] = dict.fromkeys(("paid_at", "shipped_at", "delivered_at")[:steps], NOW)
    return Order(
        order_id=OrderId(f"O{uuid4()}"),
        customer_id=customer,
        status=status,
        lines=tuple(
            Line(
                line_id=LineId(f"L{place}"),
                sku=f"SKU-{place}",
                title="跑鞋",
                category="shoes",
                quantity=quantity,
                unit_price_fen=price,
            )
            for place, (price, quantity) in enumerate(lines)
        ),
        coupon_fen=min(coupon, gross),
        freight_fen=freight,
        created_at=NOW,
        **times,
    )


def units(order: Order, quantities: list[int]) -> tuple[AskedLine, ...]:
    """Of the first line at least one."""
    wanted = zip(order.lines, quantities, strict=False)
    asked = tuple(
        AskedLine(line_id=line.line_id, quantity=min(quantity, line.quantity)) for line, quantity in wanted if quantity
    )
    return asked or (AskedLine(line_id=order.lines[0].line_id, quantity=1),)


def today(line: Line, cheaper: int) -> Spec:
    return Spec(sku=line.sku, product=line.sku, spec="", price_fen=max(0, line.unit_price_fen - cheaper), stock=99)


def stands(case: OrderCase) -> Stand:
    return stand_of(case.status, case.stage or OPENS.get(case.kind))


def moved_to(case: OrderCase, stand: Stand) -> OrderCase:
    if stand in ENDS:
        return msgspec.structs.replace(case, status=ENDS[stand])
    status = CaseStatus.FINISHED if stand in LAST else CaseStatus.OPEN
    return msgspec.structs.replace(case, status=status, stage=stand.value)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def streets(database_url: str, runner: asyncio.Runner) -> Iterator[Database]:
    database = runner.run(Database.open(database_url, size=5, name="lives"))
    yield database
    runner.run(database.close())


def live(streets: Database, runner: asyncio.Runner, lives: int) -> None:
    sizes = settings(
        max_examples=lives,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=lives <= MANY,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    make = cast(type[RuleBasedStateMachine], lambda: Life(streets, runner))
    run_state_machine_as_test(make, settings=sizes)


def test_some_lives(streets: Database, runner: asyncio.Runner) -> None:
    live(streets, runner, FEW)


@pytest.mark.slow
def test_many_lives(streets: Database, runner: asyncio.Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """Two hundred, and with the profile of full size as many as that has."""
    lives = max(MANY, settings().max_examples)
    with capfd.disabled():
        sys.stdout.write(f"\nlives: {lives}")
    live(streets, runner, lives)
