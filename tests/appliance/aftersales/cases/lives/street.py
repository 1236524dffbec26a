# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""One order with all that works on it: policy, quotes, cases, executor, events, people and reconciliation."""

from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import OwnCases, StandingCase
from appliance.aftersales.cases.own_word import OwnWord
from appliance.aftersales.cases.reconciliation import Reconciliation, Report
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.events import EventRules
from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, CaseRequest, Customer, Order
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, Evidence, Quote, Ruling
from appliance.aftersales.policy.pack import PolicyPack, default_pack
from appliance.aftersales.special.model import Limits as SpecialLimits
from appliance.aftersales.special.model import Wanted
from appliance.aftersales.special.ports import Talk
from appliance.aftersales.special.service import SpecialRefunds
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import FixedClock
from appliance.db import Connection, Database
from appliance.ids import ConversationId, OperationId, ShopId, SubjectId, uuid7
from appliance.joints.order_events import OrderEventRouter
from appliance.joints.shop_systems import ShopSystems
from security.access.model import Factor, Principal, Rights
from security.access.permissions import CLEARANCE, Role
from tests.appliance.aftersales.cases.world import NOW, World
from tests.appliance.aftersales.work.terms import work_orders

PACK = default_pack()
LIMITS = Limits()
QUOTE_STANDS = timedelta(minutes=15)


class CountedShop(FakeOrderSystem):
    """Counts what it was told to do; where it is not idempotent, a repeat would be a second write."""

    def __init__(self, clock: FixedClock, *, is_idempotent: bool) -> None:
        super().__init__(clock)
        self.is_idempotent = is_idempotent
        self.performed: Counter[OperationId] = Counter()

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        is_repeat = request.operation_id in self._done
        if is_repeat and not self.is_idempotent and not self.is_down:
            self.performed[request.operation_id] += 1
        return await super().execute(request)

    def _write(self, request: CaseRequest) -> CaseReceipt:
        receipt = super()._write(request)
        self.performed[request.operation_id] += 1
        return receipt


class Systems:
    """``cases.port.OrderSystems``, and what an event's way in asks of a shop."""

    def __init__(self, shop: CountedShop) -> None:
        self._shop = shop

    def of(self, shop: ShopId) -> CountedShop:
        return self._shop

    def repeats_safely(self, shop: ShopId, kind: CaseKind) -> bool:
        return self._shop.is_idempotent

    def is_by_hand(self, shop: ShopId, kind: CaseKind) -> bool:
        return False

    async def context(self, shop: ShopId) -> SimpleNamespace:
        return SimpleNamespace(orders=self._shop)

    async def connector(self, shop: ShopId) -> SimpleNamespace:
        return SimpleNamespace(events=EventRules(order_id=("order_id",)))


class Agreed(msgspec.Struct, frozen=True):
    """A quote that was shown, and what it was asked for with."""

    ask: Ask
    quote: Quote
    conversation_id: ConversationId


class Ruled(msgspec.Struct, frozen=True):
    ask: Ask
    basis: int
    pack: PolicyPack
    ruling: Ruling


class Question:
    def __init__(self, street: "Street", ask: Ask) -> None:
        self._street, self._ask = street, ask
        self.order: Order = ask.order
        self.at: datetime = ask.now

    async def ruled(self, conn: Connection) -> Ruled:
        own = await self._street.own(conn, self.order)
        ask = msgspec.structs.replace(self._ask, own_cases=own.cases)
        return Ruled(ask=ask, basis=own.version, pack=PACK, ruling=evaluate(PACK, ask))


class Clear:
    """Keys that seal nothing: what is proposed is not what is looked at here."""

    def seal(self, *what: Any) -> bytes:
        return bytes(what[-1])


class Street:
    def __init__(self, db: Database, customer: Customer, order: Order, *, is_idempotent: bool) -> None:
        self.db, self.clock, self.customer = db, FixedClock(NOW), customer
        self.shop = CountedShop(self.clock, is_idempotent=is_idempotent)
        self.shop.load([customer], [order])
        self.shop_id = ShopId(f"shop-{uuid4()}")
        self.bought, self.strangers = order, set[OperationId]()
        self.order_id, self.subject_id = order.order_id, SubjectId(uuid7())
        self.world, self.systems = World(self.clock), Systems(self.shop)
        self.work: WorkOrders = work_orders(self.world, self.clock)
        self.cases = CaseService(audit=self.world, delivery=self.world, clock=self.clock, work=self.work)
        self.settlements = Settlements(
            db=db, audit=self.world, delivery=self.world, disclosure=self.world, clock=self.clock, work=self.work
        )
        own_word = OwnWord(db, self.settlements, self.clock)
        self.events = OrderEventRouter(db, self.cases, cast(ShopSystems, self.systems), own_word)
        self.special = self._special()
        self.proposer, self.approver = person(Role.SUPERVISOR, self.shop_id), person(Role.APPROVER, self.shop_id)

    def executor(self) -> Executor:
        execution = Execution(
            db=self.db,
            systems=self.systems,
            audit=self.world,
            delivery=self.world,
            disclosure=self.world,
            clock=self.clock,
            limits=LIMITS,
            work=self.work,
        )
        return Executor(db=self.db, execution=execution, clock=self.clock, limits=LIMITS)

    async def own(self, conn: Connection, order: Order) -> OwnCases:
        return await self.cases.own_cases(conn, shop=self.shop_id, order=order)

    async def quote(self, ask: Ask) -> Agreed | None:
        """A turn that decides and shows its quote, in a conversation of its own."""
        here = ConversationId(uuid7())
        async with self.db.transaction(self.shop_id) as conn:
            own = await self.own(conn, ask.order)
            ask = msgspec.structs.replace(ask, own_cases=own.cases)
            ruling = evaluate(PACK, ask)
            await self.cases.record_ruling(
                conn,
                shop=self.shop_id,
                conversation_id=here,
                ruling=ruling,
                basis=own.version,
                business_at=ask.now,
                valid_until=ask.now + QUOTE_STANDS,
                ask=ask,
            )
        return None if ruling.quote is None else Agreed(ask, ruling.quote, here)

    async def say_yes(self, agreed: Agreed) -> OperationId | None:
        """As the turn of a yes: order read anew, decided anew, accepted only where the very same quote comes out."""
        order, now = await self.shop.order(self.order_id), self.clock.now()
        async with self.db.transaction(self.shop_id) as conn:
            own = await self.own(conn, order)
            ruling = evaluate(PACK, msgspec.structs.replace(agreed.ask, order=order, own_cases=own.cases, now=now))
            if ruling.quote is None or ruling.quote.hash != agreed.quote.hash:
                return None
            operation = await self.cases.accept(
                conn,
                shop=self.shop_id,
                conversation_id=agreed.conversation_id,
                subject_id=self.subject_id,
                customer_id=self.customer.customer_id,
                quote=agreed.quote,
                order=order,
                confirmation=f"{agreed.conversation_id}/2",
                business_at=now,
            )
        return operation.operation_id

    async def reconcile(self) -> Report:
        return await Reconciliation(
            db=self.db,
            systems=self.systems,
            audit=self.world,
            settlements=self.settlements,
            cases=self.cases,
            clock=self.clock,
            work=self.work,
        ).reconcile(self.shop_id)

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.db.transaction(self.shop_id) as conn:
            return await (await conn.execute(statement.encode(), values)).fetchall()

    async def look(self) -> Order:
        """The order as the order system has it, down or not."""
        return self.shop._orders[self.order_id]

    async def own_cases(self) -> list[StandingCase]:
        async with self.db.transaction(self.shop_id) as conn:
            return await self.cases.cases_of_order(conn, shop=self.shop_id, order_id=self.order_id)

    def _special(self) -> SpecialRefunds:
        return SpecialRefunds(
            db=self.db,
            cases=self.cases,
            talks=self,
            policy=self,
            pictures=self,
            keys=self,
            mask=lambda words: words,
            audit=self.world,
            clock=self.clock,
            limits=SpecialLimits(customer_refunds=9),
        )

    async def talk(self, conn: Connection, conversation_id: ConversationId) -> Talk:
        return Talk(shop_id=self.shop_id, subject_id=self.subject_id, customer_id=self.customer.customer_id)

    async def put(self, wanted: Wanted) -> Question:
        order = await self.shop.order(wanted.order_id)
        ask = Ask(
            flow=wanted.flow,
            order=order,
            customer=self.customer,
            now=self.clock.now(),
            lines=wanted.lines,
            reason=wanted.reason,
            evidence=Evidence.NONE,
        )
        return Question(self, ask)

    async def is_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, evidence_id: UUID) -> bool:
        return True

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> Any:
        return Clear()


def person(role: Role, shop: ShopId) -> Principal:
    rights = Rights(roles=frozenset({role}), shops=frozenset({shop}), label=CLEARANCE[role])
    return Principal(staff_id=uuid4(), session_id=uuid4(), rights=rights, factor=Factor.TOTP)
