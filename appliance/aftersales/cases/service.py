"""What a conversation asks of cases: keep a decision, keep a quote, accept a yes, tell what is held.

Works inside the caller's transaction and never commits. It sends nothing: an accepted operation is carried out by the
executor, once its intent is sealed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation

from appliance.aftersales.cases import records, rules, store
from appliance.aftersales.cases.model import (
    CaseState,
    Notice,
    NoticeKind,
    Operation,
    OwnCases,
    Progress,
    QuoteNotStanding,
    StandingCase,
    UnitsTaken,
)
from appliance.aftersales.cases.port import AuditTrail, Delivery
from appliance.aftersales.orders.model import CaseKind, Order
from appliance.aftersales.policy.model import Ask, Decision, Quote, Ruling
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.db.restoration import REFUSED_AFTER_RESTORE, is_reconciling
from appliance.errors import InvalidInput, Reconciling
from appliance.ids import ConversationId, CustomerId, DecisionId, OperationId, OrderId, ShopId, SubjectId, uuid7
from models.commands import Flow
from security.audit.record import Actor


class CaseService:
    def __init__(self, *, audit: AuditTrail, delivery: Delivery, clock: Clock, work: WorkOrders) -> None:
        self._audit = audit
        self._delivery = delivery
        self._clock = clock
        self._work = work

    async def record_decision(
        self,
        conn: Connection,
        *,
        shop: ShopId,
        conversation_id: ConversationId,
        decision: Decision,
        business_at: datetime,
        ask: Ask | None = None,
    ) -> DecisionId:
        """``ask``: what was decided on, kept without persons; without it the decision is in no dry run of a policy."""
        decision_id = DecisionId(uuid7())
        where = self._where(shop, conversation_id)
        values = store.decision_values(decision, decision_id, business_at, ask)
        await store.execute(conn, "insert_decision", where | values)
        return decision_id

    async def record_quote(
        self,
        conn: Connection,
        *,
        shop: ShopId,
        conversation_id: ConversationId,
        decision_id: DecisionId | None,
        quote: Quote,
        basis: int,
        valid_until: datetime,
    ) -> None:
        """From now on a yes to this quote counts, until ``valid_until`` of business time.

        It takes the place of the quote that stood for the same flow and order in this conversation. ``basis`` is the
        version of the own cases that it was decided on.
        """
        where = self._where(shop, conversation_id)
        values = (
            where | store.quote_values(quote, basis, valid_until) | {"decision_id": decision_id, "flow": quote.flow}
        )
        await store.execute(conn, "insert_quote", values)

    async def record_ruling(
        self,
        conn: Connection,
        *,
        shop: ShopId,
        conversation_id: ConversationId,
        ruling: Ruling,
        basis: int,
        business_at: datetime,
        valid_until: datetime,
        ask: Ask | None = None,
    ) -> DecisionId:
        """A decision and, where it has one, its quote, in one statement. ``ask``: as in ``record_decision``."""
        if ruling.quote is None:
            return await self.record_decision(
                conn,
                shop=shop,
                conversation_id=conversation_id,
                decision=ruling.decision,
                business_at=business_at,
                ask=ask,
            )
        decision_id = DecisionId(uuid7())
        where = self._where(shop, conversation_id)
        values = store.decision_values(ruling.decision, decision_id, business_at, ask)
        await store.execute(
            conn, "insert_ruling", where | values | store.quote_values(ruling.quote, basis, valid_until)
        )
        return decision_id

    async def void_quotes(self, conn: Connection, *, shop: ShopId, conversation_id: ConversationId) -> int:
        """No quote of this conversation stands any more; how many did."""
        return await store.execute(conn, "void_quotes", self._where(shop, conversation_id))

    async def policy_of_quote(
        self, conn: Connection, *, shop: ShopId, conversation_id: ConversationId, quote: Quote
    ) -> str | None:
        """The version that the standing quote was made by; None where none stands."""
        where = {"shop": shop, "conversation_id": conversation_id, "quote_hash": quote.hash}
        found = await store.row(conn, "policy_of_quote", where)
        return found["policy"] if found else None

    async def void_quotes_of_policy(self, conn: Connection, *, shop: ShopId, policy: str) -> int:
        """A recalled version ends its quotes."""
        return await store.execute(
            conn, "void_quotes_of_policy", {"shop": shop, "policy": policy, "now": self._clock.now()}
        )

    async def accept(
        self,
        conn: Connection,
        *,
        shop: ShopId,
        conversation_id: ConversationId,
        subject_id: SubjectId,
        customer_id: CustomerId,
        quote: Quote,
        order: Order,
        confirmation: str,
        business_at: datetime,
        evidence: tuple[str, ...] = (),
        actor: Actor | None = None,
    ) -> Operation:
        """The customer said yes to this quote: make the case, hold its units, queue the one write.

        ``order`` is the order as last read, ``confirmation`` names the event with the yes. ``actor``: who agreed, where
        it was not the customer himself. Raises QuoteNotStanding, UnitsTaken or, after a restore that is not settled,
        Reconciling, having written nothing.
        """
        if await is_reconciling(conn):
            raise Reconciling(REFUSED_AFTER_RESTORE)
        if order.order_id != quote.order_id:
            raise InvalidInput("the order is not the one that the quote is about: read it again")
        operation_id = OperationId(uuid7())
        request = rules.request_for(quote, operation_id=operation_id, customer_id=customer_id, evidence=evidence)
        case_id, intent = uuid7(), uuid7()
        values = self._where(shop, conversation_id) | {
            "order_id": quote.order_id,
            "flow": quote.flow,
            "quote_hash": quote.hash,
            "business_at": business_at,
            "scope": rules.scope_of(quote.kind),
            "asked": store.jsonb(rules.asked_units(quote, order)),
            "shown": store.jsonb(rules.shown_units(order, rules.scope_of(quote.kind))),
            "case_id": case_id,
            "operation_id": operation_id,
            "subject_id": subject_id,
            "customer_id": customer_id,
            "kind": quote.kind,
            "reason": quote.reason,
            "lines": store.jsonb(request.lines),
            "refund_fen": quote.total_fen,
            "freight_payer": quote.freight_payer,
            "confirmation": confirmation,
            "request": store.jsonb(request),
            "intent": intent,
        }
        decision_id = await self._accept(conn, shop, order, values)
        said = records.intent(
            intent,
            shop=shop,
            subject_id=subject_id,
            request=request,
            quote_hash=quote.hash,
            confirmation=confirmation,
            actor=actor,
        )
        await self._audit.append(conn, [said])
        return Operation(operation_id=operation_id, case_id=case_id, decision_id=decision_id, request=request)

    async def _accept(self, conn: Connection, shop: ShopId, order: Order, values: store.Row) -> UUID | None:
        where = {"shop": shop, "order_id": order.order_id}
        await store.rows(conn, "lock_order", where)
        if freed := rules.freed_cases(order):
            await store.execute(conn, "free_shown", where | {"freed": freed})
        try:
            done = await store.row(conn, "accept", values)
        except UniqueViolation as raced:
            raise UnitsTaken("another case took these units at the same moment") from raced
        if done is None or not done["stands"]:
            raise QuoteNotStanding("this quote does not stand any more: show a new one")
        if not done["is_made"]:
            raise UnitsTaken("units of this quote stand in another case: decide again on what is left")
        decision_id: UUID | None = done["decision_id"]
        return decision_id

    async def own_cases(self, conn: Connection, *, shop: ShopId, order: Order) -> OwnCases:
        """What policy must know beside ``order.cases``; pending, unknown and handed-over cases count as open."""
        return rules.own_cases(await store.cases_of_order(conn, shop, order.order_id), order)

    async def cases_of_order(self, conn: Connection, *, shop: ShopId, order_id: OrderId) -> list[StandingCase]:
        """Oldest first, open, unknown and settled ones alike."""
        return await store.cases_of_order(conn, shop, order_id)

    async def open_work_order(
        self,
        conn: Connection,
        *,
        shop: ShopId,
        kind: WorkOrderKind,
        conversation_id: ConversationId,
        order_id: OrderId | None = None,
        case_id: UUID | None = None,
        summary: dict[str, Any],
    ) -> UUID:
        """``summary`` holds codes of closed sets and ids, never words."""
        opening = Opening(
            kind=kind, conversation_id=conversation_id, case_id=case_id, order_id=order_id, summary=summary
        )
        return await self._work.open(conn, shop, opening)

    async def apply_progress(self, conn: Connection, *, shop: ShopId, progress: Progress) -> bool:
        """Take in an event of the order system, settle the work orders it ends and tell the conversation of it.

        False: nothing to tell. A repeat, an older word, no change, a case that is not ours, one whose receipt is still
        to come, the stage that a case begins with, or a withdrawal that a receipt of its own tells of.
        """
        values = msgspec.structs.asdict(progress) | {
            "shop": shop,
            "order_system_case_id": progress.case_id,
            "now": self._clock.now(),
        }
        moved = await store.row(conn, "apply_progress", values)
        if moved is None:
            return False
        ended = rules.settled_by(progress.status, moved["stage"])
        if ended:
            await self._work.settle(conn, shop, moved["case_id"], ended)
        if moved["is_asked_for"]:
            return False
        before = CaseState(moved["state_before"])
        kind = CaseKind(moved["kind"])
        if not rules.is_news(kind, before, moved["stage_before"], status=progress.status, stage=moved["stage"]):
            return False
        notice = Notice(
            kind=NoticeKind.PROGRESS,
            flow=Flow(moved["flow"]),
            case_kind=kind,
            order_id=moved["order_id"],
            case_id=moved["case_id"],
            operation_id=moved["operation_id"],
            quote_hash=moved["quote_hash"],
            status=progress.status,
            stage=moved["stage"],
            refund_fen=moved["refund_fen"],
            expected_at=progress.expected_at,
        )
        await self._delivery.deliver(conn, shop, moved["conversation_id"], notice)
        return True

    def _where(self, shop: ShopId, conversation_id: ConversationId) -> store.Row:
        return {"shop": shop, "conversation_id": conversation_id, "now": self._clock.now()}
