# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""One shop, one order, an order system with scripted faults, and a conversation that writes down what it is told."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import Notice, Operation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import (
    CaseKind,
    CaseReceipt,
    CaseRequest,
    CaseStatus,
    Customer,
    FreightPayer,
    Line,
    Order,
    OrderStatus,
    Spec,
)
from appliance.aftersales.orders.port import CannotFind, CannotWrite, OrderSystemRefused, OutcomeUnknown
from appliance.aftersales.policy.model import Decision, Quote, QuoteLine, Ruling, Verdict
from appliance.aftersales.policy.quote import seal
from appliance.clock import FixedClock
from appliance.db import Connection, Database
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import ConversationId, CustomerId, LineId, OperationId, OrderId, ShopId, SubjectId, uuid7
from models.commands import Flow, Reason
from security.audit.append import append
from security.audit.record import AuditEvent, to_event
from security.errors import AuditUnavailable

SHOP = ShopId("shop-1")
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ORDER_ID = OrderId("20261110123456")


class Crash(BaseException):
    """The process dies here."""


class ScriptedSystem:
    """Writes once per key where ``is_idempotent``, else at every call; meets each call with the next fault."""

    def __init__(self) -> None:
        self.is_idempotent = True
        self.faults: list[str] = []
        self.find_faults: list[str] = []
        self.is_open = asyncio.Event()
        """Calls wait for it."""
        self.is_open.set()
        self.is_called = asyncio.Event()
        self.receipts: dict[OperationId, CaseReceipt] = {}
        self.writes: Counter[OperationId] = Counter()
        self.requests: list[CaseRequest] = []
        self.case_status = CaseStatus.OPEN
        self.refund_fen: int | None = None
        self.raw: dict[str, Any] | None = None
        self.return_address: str | None = None
        self.shown: Order | None = None
        self.cannot_find = False
        self.unreadable: set[OrderId] = set()

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        fault = self.faults.pop(0) if self.faults else "none"
        self.requests.append(request)
        self.is_called.set()
        await self.is_open.wait()
        match fault:
            case "unavailable":
                raise OrderSystemUnavailable("no connection")
            case "lost_request":
                raise OutcomeUnknown("timeout, not written")
            case "cannot":
                raise CannotWrite("done by hand here")
            case "refused":
                raise OrderSystemRefused("no", "stock_frozen")
            case "crash_before":
                raise Crash
        receipt = self._write(request)
        match fault:
            case "lost_answer":
                raise OutcomeUnknown("timeout, written")
            case "crash_after":
                raise Crash
            case "written_and_refused":
                raise OrderSystemRefused("there is such a case", "duplicate")
            case "broken":
                raise ValueError("an adapter with a bug")
        return receipt

    def _write(self, request: CaseRequest) -> CaseReceipt:
        key = request.operation_id
        if not (self.is_idempotent and key in self.receipts):
            self.writes[key] += 1
            self.receipts[key] = CaseReceipt(
                case_id=f"AS{len(self.receipts) + 1}",
                operation_id=key,
                kind=request.kind,
                status=self.case_status,
                refund_fen=request.refund_fen if self.refund_fen is None else self.refund_fen,
                created_at=NOW,
                return_address=self.return_address,
                raw=self.raw or {"case": f"AS{len(self.receipts) + 1}", "address": request.address},
            )
        return self.receipts[key]

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        if self.cannot_find:
            raise CannotFind("no such read")
        if self.find_faults and self.find_faults.pop(0) == "unavailable":
            raise OrderSystemUnavailable("no connection")
        return self.receipts.get(operation_id)

    async def customer(self, customer_id: CustomerId) -> Customer:
        raise NotFound("not kept here")

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        return ()

    async def order(self, order_id: OrderId) -> Order:
        if order_id in self.unreadable:
            raise OrderSystemUnavailable("order.status: no such word")
        return self.shown or order()

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        return ()

    async def aclose(self) -> None:
        pass


class World:
    """Everything that cases need of others, kept in memory."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.system = ScriptedSystem()
        self.by_hand: set[CaseKind] = set()
        self.unsealable = False
        self.notices: list[tuple[ConversationId, Notice]] = []
        self.expected = 1
        self.told_all = asyncio.Event()
        """Set once ``expected`` ends of operations were told."""
        self.gone: set[ConversationId] = set()
        self.vault: dict[str, str] = {}
        self.crashes: list[str] = []

    def of(self, shop: ShopId) -> ScriptedSystem:
        return self.system

    def repeats_safely(self, shop: ShopId, kind: CaseKind) -> bool:
        return self.system.is_idempotent

    def is_by_hand(self, shop: ShopId, kind: CaseKind) -> bool:
        return kind in self.by_hand

    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        self._crash("append")
        await append(conn, events)

    async def wait_sealed(self, ids: Sequence[UUID]) -> None:
        self._crash("wait_sealed")
        if self.unsealable:
            raise AuditUnavailable("not sealed in time")

    async def deliver(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, notice: Notice) -> None:
        self._crash("deliver")
        if conversation_id in self.gone:
            raise NotFound("no such conversation")
        self.notices.append((conversation_id, notice))
        if len([kind for kind in self.told() if kind != "delayed"]) == self.expected:
            self.told_all.set()

    async def reveal(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        operation_id: OperationId,
        values: Mapping[str, str],
    ) -> Mapping[str, str]:
        self._crash("reveal")
        if any(value not in self.vault for value in values.values()):
            raise NotFound("erased")
        return {field: self.vault[value] for field, value in values.items()}

    def mask(self, words: str) -> str:
        return words.replace("13800138000", "⟨手机⟩")

    def told(self) -> list[str]:
        return [notice.kind.value for _, notice in self.notices]

    def _crash(self, point: str) -> None:
        if self.crashes and self.crashes[0] == point:
            self.crashes.pop(0)
            raise Crash


async def record(
    db: Database,
    service: CaseService,
    quote: Quote,
    conversation_id: ConversationId,
    read: Order,
    valid_until: datetime = NOW + timedelta(minutes=15),
) -> None:
    async with db.transaction(SHOP) as conn:
        own = await service.own_cases(conn, shop=SHOP, order=read)
        await service.record_ruling(
            conn,
            shop=SHOP,
            conversation_id=conversation_id,
            ruling=Ruling(decision=decision(quote), quote=quote),
            basis=own.version,
            business_at=NOW,
            valid_until=valid_until,
        )


async def accept(
    db: Database, service: CaseService, quote: Quote, conversation_id: ConversationId, read: Order
) -> Operation:
    async with db.transaction(SHOP) as conn:
        return await accept_within(conn, service, quote, conversation_id, read)


async def accept_within(
    conn: Connection, service: CaseService, quote: Quote, conversation_id: ConversationId, read: Order
) -> Operation:
    return await service.accept(
        conn,
        shop=SHOP,
        conversation_id=conversation_id,
        subject_id=SubjectId(uuid7()),
        customer_id=CustomerId("U1001"),
        quote=quote,
        order=read,
        confirmation="7",
        business_at=NOW,
    )


def order(quantity: int = 3, **changes: Any) -> Order:
    plain = Order(
        order_id=ORDER_ID,
        customer_id=CustomerId("U1001"),
        status=OrderStatus.DELIVERED,
        lines=(
            Line(
                line_id=LineId("L1"),
                sku="SHOE",
                title="跑鞋",
                category="shoes",
                quantity=quantity,
                unit_price_fen=39900,
            ),
        ),
    )
    return msgspec.structs.replace(plain, **changes)


def return_of(quantity: int, kind: CaseKind = CaseKind.RETURN_REFUND, **changes: Any) -> Quote:
    line = QuoteLine(
        line_id=LineId("L1"),
        title="跑鞋",
        quantity=quantity,
        gross_fen=39900 * quantity,
        coupon_fen=0,
        refund_fen=39900 * quantity,
    )
    plain = Quote(
        flow=Flow.RETURN_REFUND if kind in (CaseKind.RETURN_PARCEL, CaseKind.WITHDRAW_CASE) else Flow(kind.value),
        kind=kind,
        order_id=ORDER_ID,
        lines=(line,),
        goods_fen=line.refund_fen,
        freight_fen=0,
        total_fen=line.refund_fen,
        freight_payer=FreightPayer.MERCHANT,
        arrival="after_inspection",
        reason=Reason.QUALITY,
    )
    return seal(msgspec.structs.replace(plain, **changes))


def decision(quote: Quote) -> Decision:
    return Decision(
        flow=quote.flow,
        order_id=quote.order_id,
        verdict=Verdict.APPROVE,
        rule="R5",
        kind=quote.kind,
        facts={"days": 3},
        trace={"order": {"table": "return_refund", "row": "r5", "law": "消费者权益保护法", "read": {"days": 3}}},
        policy="cn-retail/1/abc",
    )


async def audited(db: Database, operation: Operation) -> list[AuditEvent]:
    """What was said to the audit log about an operation, in order."""
    async with db.system() as conn:
        statement = "SELECT event FROM audit_pending WHERE event ->> 'req' = %s ORDER BY position"
        found = await (await conn.execute(statement, (str(operation.operation_id),))).fetchall()
    return [to_event(event) for (event,) in found]


async def states(db: Database) -> list[str]:
    async with db.transaction(SHOP) as conn:
        found = await (await conn.execute("SELECT state FROM operation ORDER BY operation_id")).fetchall()
    return [state for (state,) in found]


async def count(db: Database, table: str) -> int:
    statements = {
        "case_unit": "SELECT count(*) FROM case_unit",
        "work_order": "SELECT count(*) FROM work_order",
        "operation": "SELECT count(*) FROM operation",
    }
    async with db.transaction(SHOP) as conn:
        found = await (await conn.execute(statements[table])).fetchone()
    assert found is not None
    number: int = found[0]
    return number
