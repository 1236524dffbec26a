"""What customers come with: orders, cases and requests, drawn by chance until every rule and every circumstance is met.

Nobody writes down here what is decided: that is what policy says, and all who ask it must be told the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseStatus,
    Customer,
    Level,
    Line,
    Order,
    OrderCase,
    OrderStatus,
    Spec,
)
from appliance.aftersales.policy.decide import UNIT_FLOWS, evaluate
from appliance.aftersales.policy.model import Ask, AskedLine, Decision, Evidence
from appliance.aftersales.policy.pack import PolicyPack
from appliance.ids import CustomerId, LineId, OrderId
from models.commands import Flow, Reason

NOW = datetime.fromisoformat("2026-06-10T15:00:00+08:00")
LAMP, KETTLE = LineId("L1"), LineId("L2")
RECEIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
STEPS = {"unpaid": 0, "paid": 1, "shipped": 2, "delivered": 3, "completed": 3, "cancelled": 1}
DAYS = (0, 1, 2, 7, 8, 11, 15, 16, 30, 31, 365, 366)
TAGS = ((), ("fresh",), ("custom_made",), ("underwear_opened", "no_seven_day_confirmed"), ("clearance",))
CHOOSES = frozenset({Flow.EXCHANGE, Flow.CHANGE_SPEC})
"""Flows that ask which spec it is to be."""
READS_REASON = frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.EXCHANGE, Flow.RESEND})
WHOLE = frozenset(Flow) - UNIT_FLOWS | {Flow.CANCEL_ORDER}
"""Flows in which nobody is asked for a line."""
EARLIER = (CaseKind.EXCHANGE, CaseKind.RETURN_REFUND, CaseKind.PRICE_PROTECTION)
OTHER_SPEC = "黑色"
DRAWS = 6000


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """One customer with one order and one wish."""

    number: int
    flow: Flow
    reason: Reason
    status: OrderStatus
    days: int
    """Since the last thing that happened to the order."""
    category: str
    tags: tuple[str, ...]
    price_fen: int
    cheaper_fen: int
    """So much less does the lamp cost today."""
    dearer_fen: int
    """So much more does the other spec cost than was paid."""
    stock: int
    quantity: int
    wanted: int
    has_kettle: bool
    coupon_fen: int
    freight_fen: int
    has_insurance: bool
    level: Level
    refunds_90d: int
    earlier: CaseKind | None
    """One unit stands in a finished case of this kind."""
    has_photo: bool

    @property
    def customer(self) -> Customer:
        return Customer(
            customer_id=CustomerId(f"P{self.number:04}"),
            name="尚晓川",
            phone="14611223344",
            level=self.level,
            refunds_90d=self.refunds_90d,
        )

    @property
    def order(self) -> Order:
        steps = ("paid_at", "shipped_at", "delivered_at")[: STEPS[self.status]]
        last = NOW - timedelta(days=self.days, minutes=30)
        ago = {name: timedelta(days=len(steps) - 1 - place) for place, name in enumerate(steps)}
        times: dict[str, Any] = {name: last - each for name, each in ago.items()}
        return Order(
            order_id=OrderId(f"5570000{self.number:07}"),
            customer_id=self.customer.customer_id,
            status=self.status,
            lines=self._lines(),
            created_at=(times.get("paid_at") or last) - timedelta(minutes=5),
            freight_fen=self.freight_fen,
            freight_insurance=self.has_insurance,
            coupon_fen=self.coupon_fen,
            cases=self._cases(),
            **times,
        )

    @property
    def specs(self) -> tuple[Spec, ...]:
        product, today = self.customer.customer_id, self.price_fen - self.cheaper_fen
        other = self.price_fen + self.dearer_fen
        return (
            Spec(sku=f"{product}-WHT", product=product, spec="白色", price_fen=today, stock=self.stock),
            Spec(sku=f"{product}-BLK", product=product, spec=OTHER_SPEC, price_fen=other, stock=self.stock),
        )

    def ask(
        self,
        flow: Flow,
        lines: tuple[AskedLine, ...],
        reason: Reason | None,
        evidence: Evidence,
        *,
        has_chosen: bool = True,
    ) -> Ask:
        """As policy is asked by somebody who has all of it before him. ``has_chosen``: the other spec."""
        own = {line.sku for line in self.order.lines if not lines or line.line_id in {each.line_id for each in lines}}
        priced = flow in CHOOSES | {Flow.RESEND, Flow.PRICE_PROTECTION}
        return Ask(
            flow=flow,
            order=self.order,
            customer=self.customer,
            now=NOW,
            lines=lines,
            reason=reason,
            evidence=evidence,
            target=self.specs[1] if flow in CHOOSES and has_chosen else None,
            current=self.specs if priced and self.specs[0].sku in own else (),
        )

    def _lines(self) -> tuple[Line, ...]:
        lamp = Line(
            line_id=LAMP,
            sku=self.specs[0].sku,
            title="台灯 护眼款 白色",
            category=self.category,
            quantity=self.quantity,
            unit_price_fen=self.price_fen,
            tags=self.tags,
        )
        kettle = Line(
            line_id=KETTLE,
            sku=f"{self.customer.customer_id}-KET",
            title="烧水壶 两升",
            category="home",
            quantity=1,
            unit_price_fen=9_900,
        )
        return (lamp, kettle) if self.has_kettle else (lamp,)

    def _cases(self) -> tuple[OrderCase, ...]:
        if self.earlier is None:
            return ()
        return (
            OrderCase(
                case_id=f"CS{self.number:04}",
                kind=self.earlier,
                status=CaseStatus.FINISHED,
                lines=(CaseLine(line_id=LAMP, quantity=1),),
                refund_fen=0 if self.earlier is CaseKind.EXCHANGE else 1_000,
                created_at=NOW - timedelta(hours=2),
                finished_at=NOW - timedelta(hours=1),
            ),
        )


def drawn(dice: Random, number: int, flows: tuple[Flow, ...]) -> Situation:
    """Of the likely and the unlikely alike."""
    status = dice.choice((*OrderStatus, *RECEIVED, OrderStatus.DELIVERED))
    quantity = dice.choice((1, 2, 3))
    has_earlier = (
        status in RECEIVED and quantity != 2 and dice.random() < 0.2
    )  # of two one is left, and nobody is asked
    return Situation(
        number=number,
        flow=dice.choice(flows),
        reason=dice.choice(tuple(Reason)),
        status=status,
        days=dice.choice(DAYS),
        category=dice.choice(("electronics", "home", "shoes", "food")),
        tags=dice.choice(TAGS),
        price_fen=dice.choice((3_999, 20_000, 99_901, 600_000)),
        cheaper_fen=dice.choice((0, 300)),
        dearer_fen=dice.choice((0, 0, 100)),
        stock=dice.choice((0, 9, 9)),
        quantity=quantity,
        wanted=dice.randint(1, quantity),
        has_kettle=dice.random() < 0.4,
        coupon_fen=dice.choice((0, 601)),
        freight_fen=dice.choice((0, 1_200)),
        has_insurance=dice.random() < 0.3,
        level=dice.choice((Level.NORMAL, Level.GOLD)),
        refunds_90d=dice.choice((0, 0, 0, 5)),
        earlier=dice.choice(EARLIER) if has_earlier else None,
        has_photo=dice.random() < 0.75,
    )


def said_of(pack: PolicyPack, situation: Situation) -> Decision:
    """In the end: after a redirection, and once a photo was asked for."""
    evidence = Evidence.YES if situation.has_photo else Evidence.NONE
    lines = () if situation.flow in WHOLE else (AskedLine(line_id=LAMP, quantity=situation.wanted),)
    reason = situation.reason if situation.flow in READS_REASON else None
    decision = evaluate(pack, situation.ask(situation.flow, lines, reason, evidence)).decision
    if decision.redirect is None:
        return decision
    return evaluate(pack, situation.ask(decision.redirect, lines, reason, evidence)).decision


def circumstances(situation: Situation, decision: Decision) -> Iterator[tuple[object, ...]]:
    """What one situation shows; a set of them is wide enough when nothing new is shown by another."""
    yield ("rule", situation.flow, decision.rule, decision.verdict, decision.refusal)
    if situation.flow in READS_REASON:
        yield ("reason", situation.flow, situation.reason)
    if situation.status in RECEIVED:
        yield ("window", situation.days, situation.level)
        yield ("goods", situation.category, situation.tags)
        yield ("earlier", situation.earlier)
    if decision.kind is not None:
        part = situation.wanted < situation.quantity or situation.has_kettle
        yield ("money", part, bool(situation.coupon_fen), bool(situation.freight_fen))


def wide_enough(pack: PolicyPack, flows: tuple[Flow, ...], seed: int) -> list[Situation]:
    """Few that show together all that any of many shows."""
    dice = Random(seed)  # noqa: S311 (what customers come with)
    drawn_ones = [drawn(dice, number, flows) for number in range(DRAWS)]
    shown = {each.number: set(circumstances(each, said_of(pack, each))) for each in drawn_ones}
    missing, kept = set[tuple[object, ...]]().union(*shown.values()), []
    while missing:
        best = max(drawn_ones, key=lambda each: len(shown[each.number] & missing))
        missing -= shown[best.number]
        kept.append(best)
    return kept
