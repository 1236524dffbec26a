"""Does what the engine asks for, by reading only: nothing is written before the turn's commit, and nothing is sent.

What is to be written is collected: events, audit records, and deeds for the commit's own transaction.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import OwnCases, QuoteNotStanding, UnitsTaken, WorkOrderKind
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind, CaseStatus, Customer, Order, Spec
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, Decision, Ruling
from appliance.aftersales.policy.quote import with_details
from appliance.aftersales.policy.units import free_units
from appliance.conversation import audit_words
from appliance.conversation.bodies import Plain, Shown, pack
from appliance.conversation.events import (
    BotSaid,
    ConversationConcluded,
    DecisionMade,
    EventData,
    FactsRead,
    HandoffMade,
    IdentityChecked,
    KnowledgeSearched,
    OperationAccepted,
    QuoteFell,
    QuoteOffered,
    WorkOrderCreated,
)
from appliance.conversation.ports import Masking, ShopContext
from appliance.conversation.store import NewEvent, Retention
from appliance.db import Connection, Database
from appliance.dialogue import effects as fx
from appliance.dialogue.handoff_words import summary_facts
from appliance.dialogue.knowledge import Knowledge
from appliance.dialogue.render import Renderer
from appliance.dialogue.state import Asked, OwnOrder
from appliance.errors import NotFound
from appliance.ids import ConversationId, CustomerId, OrderId, ShopId, SubjectId
from models.commands import Flow, KnownLine
from security.audit.record import AuditEvent
from security.crypto.subject import SubjectKeys

Deed = Callable[[Connection], Awaitable[None]]

PRICED = frozenset({Flow.EXCHANGE, Flow.RESEND, Flow.CHANGE_SPEC, Flow.PRICE_PROTECTION})
"""Flows whose rules read today's prices and stock."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What every turn shares."""

    db: Database
    cases: CaseService
    masking: Masking
    renderer: Renderer
    knowledge: Knowledge


class Performer:
    """The effects of one turn."""

    def __init__(
        self,
        parts: Parts,
        shop_context: ShopContext,
        *,
        shop: ShopId,
        conversation_id: ConversationId,
        subject_id: SubjectId,
        customer_id: str | None,
        keys: SubjectKeys,
        turn: UUID | None,
        at: datetime,
        resources: AsyncExitStack,
    ) -> None:
        self._parts = parts
        self._context = shop_context
        self._shop = shop
        self._conversation_id = conversation_id
        self._subject_id = subject_id
        self._keys = keys
        self._turn = turn
        self._at = at
        self._resources = resources
        self._customers: dict[str, Customer] = {}
        self._orders: dict[str, Order] = {}
        self._own: dict[str, OwnCases] = {}
        self._valid_until: dict[str, datetime] = {}
        self.customer_id = customer_id
        self.events: list[NewEvent] = []
        self.deeds: list[Deed] = []
        self.audit: list[AuditEvent] = []
        self.transaction: Connection | None = None
        """Open once a yes was accepted: the turn's commit goes into it."""

    def note(self, data: EventData, body: Any = None, retention: str = Retention.TALK) -> None:
        self.events.append(NewEvent(data=data, body=None if body is None else pack(body), retention=retention))

    async def perform(self, effect: fx.Effect) -> fx.Result:
        match effect:
            case fx.Say():
                self._say(effect)
            case fx.ReadOrders():
                return await self.read_orders()
            case fx.ReadOrder():
                return await self._read_order(effect.order_id)
            case fx.ReadAccount():
                return await self._read_account()
            case fx.VerifyProof():
                return await self._verify(effect)
            case fx.Decide():
                return await self._decide(effect.asked)
            case fx.LayQuote():
                self._valid_until[effect.quote_hash] = effect.expires_at
            case fx.Accept():
                return await self._accept(effect)
            case fx.Lookup():
                return self._lookup(effect.query)
            case fx.RecordDecision():
                self._record(effect)
            case fx.HandOff():
                self._hand_off(effect)
            case fx.WorkOrder():
                self._work_order(WorkOrderKind(effect.kind), effect.order_id, {})
            case fx.Conclude():
                self.note(
                    ConversationConcluded(
                        outcome=effect.outcome, flow=effect.flow, rule=effect.rule, refusal=effect.refusal
                    )
                )
        return None

    # Words.

    def _say(self, effect: fx.Say) -> None:
        said = effect.said
        words = self._parts.renderer.render(said, self._context.persona, f"{self._conversation_id}{len(self.events)}")
        shown = Shown(text=words.text, quick_replies=words.quick_replies, cards=words.cards)
        self.note(BotSaid(key=said.key, receipt=said.receipt), shown)

    def _lookup(self, query: str) -> fx.Answer | None:
        found = self._parts.knowledge.find(query)
        self.note(
            KnowledgeSearched(topic=found.topic if found else None, key=found.key if found else None), Plain(text=query)
        )
        return found

    # Facts of the order system.

    async def read_orders(self) -> tuple[OwnOrder, ...]:
        if self.customer_id is None:
            return ()
        orders = await self._context.orders.orders_of(CustomerId(self.customer_id))
        self._orders |= {order.order_id: order for order in orders}
        own = tuple(_own(order) for order in orders if order.customer_id == self.customer_id)
        self.note(FactsRead(what="orders", is_found=bool(own)), own, Retention.FACTS)
        return own

    async def _order(self, order_id: str) -> Order | None:
        """The order as it is now, if it is this customer's own. Somebody else's is as good as none."""
        if self.customer_id is None:
            return None
        if order_id not in self._orders:
            try:
                order = await self._context.orders.order(OrderId(order_id))
            except NotFound:
                return None
            if order.customer_id != self.customer_id:
                return None
            self._orders[order_id] = order
        return self._orders[order_id]

    async def _customer(self, customer_id: str) -> Customer:
        if customer_id not in self._customers:
            self._customers[customer_id] = await self._context.orders.customer(CustomerId(customer_id))
        return self._customers[customer_id]

    async def _read_order(self, order_id: str) -> fx.OrderFacts | None:
        order = await self._order(order_id)
        if order is None:
            self.note(FactsRead(what="order", order_id=order_id, is_found=False))
            return None
        own = await self._own_cases(order)
        free = free_units(order, Flow.RETURN_REFUND, own.cases)
        found = fx.OrderFacts(order=order, free=free, now=self._at)
        self.note(FactsRead(what="order", order_id=order_id), found, Retention.FACTS)
        return found

    async def _read_account(self) -> dict[str, Any]:
        if self.customer_id is None:
            return {}
        customer = await self._customer(self.customer_id)
        usable = [coupon for coupon in customer.coupons if coupon.status == "usable"]
        told = {
            "balance_fen": customer.balance_fen,
            "points": customer.points,
            "level": customer.level,
            "benefits": list(customer.benefits),
            "coupons": [{"title": coupon.title, "amount_fen": coupon.amount_fen} for coupon in usable],
        }
        self.note(FactsRead(what="account"), told, Retention.FACTS)
        return told

    # Identity.

    async def _verify(self, effect: fx.VerifyProof) -> str | None:
        """The order's customer, if the tail is that of the account's phone. Every failure looks the same."""
        tail = await self._digits(effect.phone_tail)
        customer_id = await self._customer_with(effect.order_id, tail) if tail else None
        self.note(IdentityChecked(is_verified=customer_id is not None), {"customer_id": customer_id}, Retention.FACTS)
        self.audit.append(audit_words.identity_checked(self._shop, self._conversation_id, customer_id))
        self.customer_id = customer_id or self.customer_id
        return customer_id

    async def _customer_with(self, order_id: str, tail: str) -> str | None:
        try:
            order = await self._context.orders.order(OrderId(order_id))
            customer = await self._customer(order.customer_id)
        except NotFound:
            return None
        return customer.customer_id if customer.phone.endswith(tail) else None

    async def _digits(self, given: str) -> str | None:
        """The last four digits of what was said, which may be a placeholder of a whole number."""
        if given.startswith("⟨"):
            async with self._parts.db.transaction(self._shop) as conn:
                value = await self._parts.masking.value_of(conn, self._shop, self._conversation_id, self._keys, given)
            given = value or ""
        digits = "".join(c for c in given if c.isdigit())
        return digits[-4:] if len(digits) >= 4 else None

    # Decisions.

    async def _own_cases(self, order: Order) -> OwnCases:
        """Our own cases of the order, read once a turn: what is decided on them is void once they changed."""
        if order.order_id not in self._own:
            async with self._parts.db.transaction(self._shop) as conn:
                self._own[order.order_id] = await self._parts.cases.own_cases(conn, shop=self._shop, order=order)
        return self._own[order.order_id]

    async def _ask(self, asked: Asked) -> Ask:
        """The request with every fact of the order system that a rule may read."""
        order = await self._order(asked.order_id)
        if order is None or self.customer_id is None:
            raise NotFound("no such order")
        current: tuple[Spec, ...] = ()
        target = None
        if asked.flow in PRICED:
            current, target = await self._prices(asked, order)
        return Ask(
            flow=asked.flow,
            order=order,
            customer=await self._customer(self.customer_id),
            now=self._at,
            lines=asked.lines,
            reason=asked.reason,
            evidence=asked.evidence,
            target=target,
            current=current,
        )

    def _rule(self, ask: Ask, own: OwnCases, details: dict[str, str]) -> Ruling:
        ruling = evaluate(self._context.policy, msgspec.structs.replace(ask, own_cases=own.cases))
        if ruling.quote is None or not details:
            return ruling
        return msgspec.structs.replace(ruling, quote=with_details(ruling.quote, details))

    async def _prices(self, asked: Asked, order: Order) -> tuple[tuple[Spec, ...], Spec | None]:
        lines = [order.line(line.line_id) for line in asked.lines] or list(order.lines)
        specs = [spec for line in lines if line for spec in await self._context.orders.specs(line.sku)]
        wanted = asked.details.get("spec")
        target = next((spec for spec in specs if wanted and spec.spec == wanted), None)
        return tuple(specs), target

    async def _decide(self, asked: Asked) -> Ruling:
        ask = await self._ask(asked)
        own = await self._own_cases(ask.order)
        ruling = self._rule(ask, own, asked.details)
        self._note_ruling(ruling, own.version)
        return ruling

    def _note_ruling(self, ruling: Ruling, basis: int) -> None:
        decision, quote = ruling.decision, ruling.quote
        self.note(_made(decision), ruling, Retention.FACTS)
        event = self.events[-1]
        if quote is not None:
            self.note(
                QuoteOffered(hash=quote.hash, kind=quote.kind, order_id=quote.order_id, total_fen=quote.total_fen)
            )
        self.audit.append(audit_words.decided(self._shop, self._conversation_id, decision, quote))

        async def record(conn: Connection) -> None:
            decision_id = await self._parts.cases.record_ruling(
                conn,
                shop=self._shop,
                conversation_id=self._conversation_id,
                ruling=ruling,
                basis=basis,
                business_at=self._at,
                valid_until=self._valid_until.get(quote.hash, self._at) if quote else self._at,
            )
            event.data = msgspec.structs.replace(event.data, decision_id=decision_id)

        self.deeds.append(record)

    async def _accept(self, effect: fx.Accept) -> fx.Accepted | Ruling:
        """A yes counts if order, rules and our own cases still give the very same quote."""
        ask = await self._ask(effect.asked)
        conn = await self._resources.enter_async_context(self._parts.db.transaction(self._shop))
        self.transaction = conn
        own = await self._parts.cases.own_cases(conn, shop=self._shop, order=ask.order)
        self._own[ask.order.order_id] = own
        ruling = self._rule(ask, own, effect.asked.details)
        if ruling.quote is None or ruling.quote.hash != effect.quote.hash:
            return self._fell(effect, ruling)
        try:
            operation = await self._parts.cases.accept(
                conn,
                shop=self._shop,
                conversation_id=self._conversation_id,
                subject_id=self._subject_id,
                customer_id=ask.customer.customer_id,
                quote=effect.quote,
                order=ask.order,
                confirmation=f"{self._conversation_id}/{self._turn}",
                business_at=self._at,
                evidence=tuple(str(image) for image in effect.images),
            )
        except (QuoteNotStanding, UnitsTaken):
            own = await self._parts.cases.own_cases(conn, shop=self._shop, order=ask.order)
            self._own[ask.order.order_id] = own
            return self._fell(effect, self._rule(ask, own, effect.asked.details))
        operation_id = str(operation.operation_id)
        self.note(OperationAccepted(operation_id=operation_id, quote_hash=effect.quote.hash, kind=effect.quote.kind))
        return fx.Accepted(operation_id=operation_id)

    def _fell(self, effect: fx.Accept, ruling: Ruling) -> Ruling:
        self.note(QuoteFell(quote_hash=effect.quote.hash), ruling, Retention.FACTS)
        return ruling

    def _record(self, effect: fx.RecordDecision) -> None:
        self.note(DecisionMade(flow=effect.flow, verdict=effect.verdict, rule=effect.rule, refusal=effect.refusal))
        self.audit.append(audit_words.gate(self._shop, self._conversation_id, effect.rule, effect.verdict))

    # People.

    def _hand_off(self, effect: fx.HandOff) -> None:
        facts = summary_facts(effect.summary)
        key = "handoff_summary" if effect.summary.get("flow") else "handoff_summary_none"
        words = self._parts.renderer.text(key, facts, self._context.persona)
        self.note(HandoffMade(reason=effect.reason), {"text": words, "summary": effect.summary})
        if effect.with_work_order:
            codes = {name: effect.summary.get(name) for name in ("flow", "rule", "verdict", "refusal")}
            kind = WorkOrderKind.ORDER_SYSTEM_DOWN if effect.reason == "system_down" else WorkOrderKind.COMPLAINT
            self._work_order(kind, None, {"reason": effect.reason, **codes})

    def _work_order(self, kind: WorkOrderKind, order_id: str | None, summary: dict[str, Any]) -> None:
        async def create(conn: Connection) -> None:
            work_order_id = await self._parts.cases.open_work_order(
                conn,
                shop=self._shop,
                kind=kind,
                conversation_id=self._conversation_id,
                order_id=OrderId(order_id) if order_id else None,
                summary=summary,
            )
            self.note(WorkOrderCreated(work_order_id=work_order_id, kind=kind))

        self.deeds.append(create)


def _own(order: Order) -> OwnOrder:
    return OwnOrder(
        order_id=order.order_id,
        status=order.status,
        created_at=order.created_at,
        paid_at=order.paid_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        lines=tuple(KnownLine(line_id=x.line_id, title=x.title, quantity=x.quantity) for x in order.lines),
        has_refund=any(case.refund_fen and case.status is not CaseStatus.WITHDRAWN for case in order.cases),
        tracking_no=order.tracking_no,
    )


def _made(decision: Decision) -> DecisionMade:
    return DecisionMade(
        flow=decision.flow,
        verdict=decision.verdict,
        rule=decision.rule,
        refusal=decision.refusal,
        kind=decision.kind if isinstance(decision.kind, CaseKind) else None,
        freight_payer=decision.freight_payer,
        order_id=decision.order_id,
        policy=decision.policy,
    )
