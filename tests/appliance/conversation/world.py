# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""Conversations with a real database, keys, masking, policy and cases; order systems in memory and words by script."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.model import CaseKind, Customer, Order
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.policy.pack import default_pack
from appliance.clock import Clock, FixedClock
from appliance.config import ConversationSettings
from appliance.conversation import inbound, store
from appliance.conversation.delivery import NoticeDelivery
from appliance.conversation.hearing import Listening
from appliance.conversation.model import Channel, Choice, CustomerMessage, Image, Text, TraceEvent
from appliance.conversation.performer import Parts
from appliance.conversation.ports import ShopContext
from appliance.conversation.service import Conversations
from appliance.conversation.sweep import Sweep
from appliance.conversation.turns import Turns
from appliance.conversation.watchers import Watchers
from appliance.conversation.workshop import Workshop
from appliance.db import Connection, Database
from appliance.dialogue.render import Persona
from appliance.errors import NotFound
from appliance.ids import ConversationId, CustomerId, OrderId, ShopId, uuid7
from appliance.joints.masking import PersonalData
from appliance.understanding.model import Understood
from models.commands import Command, Context, Nothing, SetSlot
from security.audit.append import append
from security.audit.record import AuditEvent
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.pii.analyzer import Analyzer
from security.pii.vault import Vault
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import (
    CUSTOMER,
    DELIVERED,
    FLOWS,
    KNOWLEDGE,
    PAID,
    RENDERER,
    plain_orders,
)

SHOP, OTHER_SHOP = ShopId("shop-1"), ShopId("shop-2")
PHONE = "13800138000"
REGION, HOUSE = "浙江省杭州市余杭区", "良睦路12号2单元1402室"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ANALYZER = Analyzer()

SCRIPT: dict[str, tuple[Command, ...]] = {
    "我要退鞋子，尺码不合适": (
        say.start("return_refund"),
        say.order(DELIVERED),
        say.line("L1"),
        say.because("size"),
    ),
    "鞋子开胶了我要退": (say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("quality")),
    "我要退货": (say.start("return_refund"),),
    "我的订单到哪了": (say.start("order_status"),),
    "鞋子的退款到哪了": (say.start("refund_progress"), say.order(DELIVERED)),
    "查一下保温杯那单": (say.start("order_status"), say.order(PAID)),
    "保温杯不要了": (say.start("cancel_order"), say.order(PAID)),
    "顺便把保温杯那单取消": (say.YES, say.start("cancel_order"), say.order(PAID)),
    "好的，不过运费谁出？": (say.YES, say.ask("不过运费谁出")),
    "换成短袖": (say.correct("line", "L2"), say.put("quantity", 1)),
    "运费谁出": (say.ask("运费谁出"),),
    "确认": (say.YES,),
    "不用了": (say.NO,),
    "算了": (say.CANCEL,),
    "没有照片": (say.NO,),
    "再说一遍": (say.REPEAT,),
    "转人工": (say.person(),),
    "你好": (say.CHITCHAT,),
    "我想留言": (say.start("leave_message"),),
    "明天下午三点": (say.put("callback_time", "2026-11-22T15:00:00+08:00"),),
    "鞋子那单开发票": (say.start("invoice"), say.order(DELIVERED)),
    "抬头青禾科技有限公司": (say.put("invoice_title", "青禾科技有限公司"),),
    "我的券": (say.start("coupon_query"),),
    "继续": (say.RESUME,),
    "保温杯改成紫色": (say.start("change_spec"), say.order(PAID), say.put("spec", "紫色")),
    "改成墨黑": (say.put("spec", "墨黑"),),
    "鞋子寄回去了，顺丰SF1234567890999": (
        say.start("return_refund"),
        say.put("return_tracking_no", "SF1234567890999"),
        say.put("carrier", "顺丰"),
    ),
    "我不退了，撤销申请": (say.CANCEL,),
    "催一下保温杯": (say.start("urge_shipment"), say.order(PAID)),
    "改一下保温杯的地址": (say.start("change_address"), say.order(PAID)),
    "什么垃圾店，气死我了": (say.person("emotion"),),
    "我要打12315，找律师告你们": (say.person("risk_words"),),
    "说清楚点": (say.clarify("return_refund", "cancel_order"),),
}
TAX_ID = re.compile(r"⟨税号\d+⟩")
UNFINISHED = "…"
"""Ends words that wait for more."""


class ScriptedUnderstanding:
    """Words mean what the script says, line by line; an order number or an address by itself is one."""

    reads_history = False

    async def understand(self, text: str, context: Context) -> Understood:
        return self.at_once(text, context)

    def at_once(self, text: str, context: Context) -> Understood:
        commands = [command for line in text.split("\n") for command in self._line(line)]
        known = [command for command in commands if not isinstance(command, Nothing)]
        return Understood(commands=tuple(known or commands), confidence=1.0, source="script")

    def _line(self, line: str) -> tuple[Command, ...]:
        line = line.rstrip(UNFINISHED)
        if line.startswith("order "):
            return (say.order(line.removeprefix("order ")),)
        if placeholder := TAX_ID.search(line):
            return (say.put("tax_id", placeholder[0]),)
        if line.startswith("⟨地址"):
            return (say.put("address", line),)
        return SCRIPT.get(line, (Nothing(),))

    def is_complete(self, understood: Understood, context: Context) -> bool:
        return not all(isinstance(command, Nothing | SetSlot) for command in understood.commands)


class GatedOrders(FakeOrderSystem):
    """Reads can be made to wait, or to fail, once."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.is_asked = asyncio.Event()
        self.failures: list[BaseException] = []

    async def order(self, order_id: OrderId) -> Order:
        self.is_asked.set()
        await self.is_open.wait()
        if self.failures:
            raise self.failures.pop(0)
        return await super().order(order_id)

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        self.is_asked.set()
        await self.is_open.wait()
        if self.failures:
            raise self.failures.pop(0)
        return await super().orders_of(customer_id)


class Systems:
    """Two shops, each with an order system of its own; the joints of conversations and cases."""

    def __init__(self, clock: Clock) -> None:
        self.by_shop = {SHOP: GatedOrders(clock), OTHER_SHOP: GatedOrders(clock)}
        customer = Customer(customer_id=CUSTOMER, name="张伟", phone=PHONE)
        self.by_shop[SHOP].load([customer], plain_orders())

    def of(self, shop: ShopId) -> OrderSystem:
        return self.by_shop[shop]

    def repeats_safely(self, shop: ShopId, kind: CaseKind) -> bool:
        return True

    def is_by_hand(self, shop: ShopId, kind: CaseKind) -> bool:
        return kind in self.by_shop[shop].cannot

    async def context(self, shop: ShopId) -> ShopContext:
        if shop not in self.by_shop:
            raise NotFound("no such shop")
        return ShopContext(persona=Persona(), orders=self.by_shop[shop], policies=(default_pack(),))


class Contexts:
    def __init__(self, systems: Systems) -> None:
        self.of = systems.context


class Trail:
    """The audit log, whose seals nobody has to wait for."""

    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        await append(conn, events)

    async def wait_sealed(self, ids: Sequence[UUID]) -> None:
        """Sealed already."""


class Process:
    """One process of the appliance: several may share a database."""

    def __init__(self, world: "World") -> None:
        clock = world.clock
        ring = KeyRing(world.root, Suite.AES_256_GCM, clock)
        personal = PersonalData(ANALYZER, Vault(clock, uuid7), ring)
        trail, delivery = Trail(), NoticeDelivery(ring, clock)
        cases = CaseService(audit=trail, delivery=delivery, clock=clock, work=work_orders(trail, clock))
        parts = Parts(db=world.db, cases=cases, masking=personal, renderer=RENDERER, knowledge=KNOWLEDGE)
        self.ring = ring
        self.cases = cases
        self.delivery = delivery
        self.watchers = Watchers()
        self.workshop = Workshop(
            parts,
            flows=FLOWS,
            listening=Listening(ScriptedUnderstanding()),
            shops=Contexts(world.systems),
            keys=ring,
            audit=trail,
            watchers=self.watchers,
            clock=clock,
            settings=world.settings,
        )
        self.turns = Turns(self.workshop)
        self.conversations = Conversations(self.workshop, self.turns, self.watchers)
        limits = Limits()
        execution = Execution(
            db=world.db,
            systems=world.systems,
            audit=trail,
            delivery=delivery,
            disclosure=personal,
            clock=clock,
            limits=limits,
            work=work_orders(trail, clock),
        )
        self.executor = Executor(db=world.db, execution=execution, clock=clock, limits=limits)


class World:
    def __init__(self, db: Database, tmp_path: Path, clock: Clock | None = None, **settings: Any) -> None:
        self.db = db
        self.fixed = FixedClock(NOW)
        self.clock: Clock = clock or self.fixed
        self.settings = msgspec.structs.replace(ConversationSettings(), **{"quiet_ms": 0, **settings})
        self.root = FileRootKey(tmp_path / "root.key")
        self.systems = Systems(self.clock)
        self.process = Process(self)

    @property
    def orders(self) -> GatedOrders:
        return self.systems.by_shop[SHOP]

    async def talk(self, customer: CustomerId | None = CUSTOMER, channel: Channel = Channel.WEB, **more: Any) -> "Talk":
        started = await self.process.conversations.start(shop=SHOP, channel=channel, customer=customer, **more)
        return Talk(self, started.conversation_id)

    async def sweep(self) -> None:
        """Everything that is due, once, as the worker takes it up."""
        stop = asyncio.Event()
        sweeping = asyncio.create_task(Sweep(self.db, self.process.turns, self.clock).run(stop))
        await asyncio.sleep(0)
        stop.set()
        await sweeping

    async def kept_words(self, talk: "Talk") -> list[Text]:
        """What the store has of the customer's words."""
        async with self.db.transaction(SHOP) as conn:
            subject_id = await self.process.conversations.subject_of(conn, SHOP, talk.conversation_id)
            keys = await self.process.ring.keys(conn, SHOP, subject_id)
            rows = await (
                await conn.execute(
                    "SELECT inbound_id, sealed FROM inbound WHERE conversation_id = %s ORDER BY inbound_id",
                    [talk.conversation_id],
                )
            ).fetchall()
        messages = [inbound.message_of(keys.open(*store.INBOUND, row[0], row[1])) for row in rows]
        return [message for message in messages if isinstance(message, Text)]

    async def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        async with self.db.transaction(SHOP) as conn:
            return await (await conn.execute(statement.encode(), values)).fetchall()


class Talk:
    """A customer in one conversation."""

    def __init__(self, world: World, conversation_id: ConversationId) -> None:
        self.world = world
        self.conversation_id = conversation_id
        self._number = 0

    def text(self, words: str, number: str | None = None) -> Text:
        self._number += 1
        return Text(client_message_id=number or f"m{self._number}", text=words)

    async def send(self, message: CustomerMessage, process: Process | None = None) -> bool:
        """Kept, its turn not waited for. True: it was there already."""
        conversations = (process or self.world.process).conversations
        return (await conversations.receive(SHOP, self.conversation_id, message)).is_duplicate

    async def say(self, words: str) -> list[str]:
        """What the bot answers, by reply keys."""
        return await self._answered(self.text(words))

    async def key(self, keys: str) -> list[str]:
        """Keys of a telephone."""
        return await self._answered(msgspec.structs.replace(self.text(keys), is_keyed=True))

    async def utter(self, *hearings: str) -> list[str]:
        """Said on the phone, and heard in so many ways, the likeliest first."""
        return await self._answered(self.heard_as(*hearings))

    def heard_as(self, *hearings: str) -> Text:
        return msgspec.structs.replace(self.text(hearings[0]), alternatives=hearings[1:], is_spoken=True)

    async def press(self, payload: str) -> list[str]:
        self._number += 1
        return await self._answered(Choice(client_message_id=f"m{self._number}", payload=payload))

    async def show(self, evidence_id: UUID, caption: str | None = None) -> list[str]:
        self._number += 1
        return await self._answered(
            Image(client_message_id=f"m{self._number}", evidence_id=evidence_id, caption=caption)
        )

    async def _answered(self, message: CustomerMessage) -> list[str]:
        after = (await self.trace())[-1].seq
        await self.send(message)
        await self.world.process.conversations.finish()
        return await self.said(after)

    async def settle(self) -> list[str]:
        """The order system does what was agreed to, and the conversation is told."""
        after = (await self.trace())[-1].seq
        await self.world.process.executor.run_due()
        await self.look()
        return await self.said(after)

    async def look(self) -> None:
        await self.world.process.turns.look(SHOP, self.conversation_id)

    async def trace(self, after: int = 0) -> tuple[TraceEvent, ...]:
        return await self.world.process.conversations.trace(SHOP, self.conversation_id, after)

    async def of(self, type_: str) -> list[TraceEvent]:
        return [event for event in await self.trace() if event.type == type_]

    async def said(self, after: int = 0) -> list[str]:
        return [event.data["key"] for event in await self.trace(after) if event.type == "bot.said"]

    async def heard(self) -> list[str | None]:
        return [event.words for event in await self.of("customer.said")]

    async def awaiting(self) -> str | None:
        ended = await self.of("turn.ended")
        awaiting: str | None = ended[-1].data.get("awaiting") if ended else None
        return awaiting

    async def outcomes(self) -> list[str]:
        return [event.data["outcome"] for event in await self.of("conversation.outcome")]


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
