"""Cases and decisions as the shop's own systems may read them: where a case stands, and why something was decided.

Codes, ids, times and amounts. No customer, no words, no answer of the order system as it came.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases import store
from appliance.aftersales.cases.life import REFUND_WITHIN
from appliance.aftersales.cases.model import CaseState, OperationState
from appliance.aftersales.cases.port import Transactions
from appliance.aftersales.cases.records import receipt_sha256
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseReceipt, CaseStatus, FreightPayer
from appliance.aftersales.policy.model import LineDecision, Offer, Refusal, Verdict
from appliance.aftersales.work.rules import OPEN
from appliance.errors import NotFound
from appliance.ids import ConversationId, DecisionId, OperationId, OrderId, ShopId
from appliance.paging import page_of, place_of
from models.commands import Flow, Reason


class ReceiptSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The order system's word that the case is there."""

    case_id: str
    """Its own id of the case."""
    status: CaseStatus
    refund_fen: int
    created_at: datetime
    sha256: str
    """Of the whole receipt as it is kept, and as the audit log has it."""


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    expected_at: datetime | None
    """When the order system expects to be done."""
    refund_due_at: datetime | None
    """By law, seven days after the goods came back. None where none have, or no money is owed for them."""
    work_due_at: datetime | None
    """When the first of the open work orders about it is due."""


class CaseSeen(msgspec.Struct, frozen=True, kw_only=True):
    case_id: UUID
    order_id: OrderId
    conversation_id: ConversationId
    flow: Flow
    kind: CaseKind
    reason: Reason | None
    lines: tuple[CaseLine, ...]
    refund_fen: int
    freight_payer: FreightPayer
    state: CaseState
    stage: str | None
    """The order system's own word."""
    created_at: datetime
    progressed_at: datetime | None
    deadlines: Deadlines
    operation_id: OperationId
    """The idempotency key of the write."""
    operation_state: OperationState
    refusal: str | None
    settled_at: datetime | None
    decision_id: DecisionId | None
    quote_hash: str
    order_system_case_id: str | None
    receipt: ReceiptSeen | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How a case went on, in the order system's own words."""

    status: CaseStatus
    stage: str | None
    at: datetime


class CaseFollowed(msgspec.Struct, frozen=True, kw_only=True):
    """A case with how it went on so far, the oldest step first."""

    case: CaseSeen
    steps: tuple[Step, ...] = ()


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases of a shop. Everything given must hold."""

    states: tuple[CaseState, ...] = ()
    kind: CaseKind | None = None
    order_id: str | None = None
    conversation_id: ConversationId | None = None
    customer_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    cases: tuple[CaseSeen, ...]
    cursor: str | None = None
    """Where the next page begins; None: this was the last."""


class RowRead(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a decision table that fitted."""

    about: str
    """A line's id, ``order`` for the order itself, ``quote`` where what would be paid was looked at."""
    table: str
    row: str
    law: str
    """The provision or term that the row carries out."""
    read: dict[str, Any]
    """The facts that it read."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    decision_id: DecisionId
    conversation_id: ConversationId
    order_id: OrderId
    flow: Flow
    verdict: Verdict
    rule: str
    refusal: Refusal | None
    kind: CaseKind | None
    offers: tuple[Offer, ...]
    lines: tuple[LineDecision, ...]
    facts: dict[str, Any]
    """Everything that the tables could read."""
    rows: tuple[RowRead, ...]
    trace_sha256: str
    policy: str
    """Pack, version and content hash."""
    business_at: datetime
    recorded_at: datetime


class CaseLooks:
    def __init__(self, db: Transactions) -> None:
        self._db = db

    async def page(self, shop: ShopId, wanted: CaseFilter, cursor: str | None, limit: int) -> CasePage:
        """Newest first. What is made while somebody leafs through does not move what he has not seen yet."""
        found = await self._seen(shop, wanted, cursor=cursor, limit=limit + 1)
        shown, following = page_of(found, limit, lambda case: (case.created_at, case.case_id))
        return CasePage(cases=shown, cursor=following)

    async def case(self, shop: ShopId, case_id: UUID) -> CaseSeen:
        found = await self._seen(shop, CaseFilter(), case_id=case_id)
        if not found:
            raise NotFound("no such case")
        return found[0]

    async def followed(self, shop: ShopId, wanted: CaseFilter, limit: int) -> tuple[CaseFollowed, ...]:
        """The newest first, each with its steps."""
        cases = await self._seen(shop, wanted, limit=limit)
        values = {"shop": shop, "cases": [case.case_id for case in cases]}
        async with self._db.transaction(shop) as conn:
            found = await store.rows(conn, "progress", values)
        steps: defaultdict[UUID, list[Step]] = defaultdict(list)
        for row in found:
            steps[row["case_id"]].append(msgspec.convert(row, Step))
        return tuple(CaseFollowed(case=case, steps=tuple(steps[case.case_id])) for case in cases)

    async def decision(self, shop: ShopId, decision_id: DecisionId) -> Explanation:
        async with self._db.transaction(shop) as conn:
            found = await store.row(conn, "explained", {"shop": shop, "decision_id": decision_id})
        if found is None:
            raise NotFound("no such decision")
        rows = [hit | {"about": about} for about, hit in found["trace"].items()]
        outcome = {name: found["outcome"][name] for name in ("lines", "offers")}
        return msgspec.convert(found | outcome | {"rows": rows}, Explanation)

    async def _seen(
        self,
        shop: ShopId,
        wanted: CaseFilter,
        *,
        case_id: UUID | None = None,
        cursor: str | None = None,
        limit: int = 1,
    ) -> list[CaseSeen]:
        after_at, after_id = place_of(cursor) if cursor else (None, None)
        values = {
            **msgspec.structs.asdict(wanted),
            "states": [state.value for state in wanted.states] or None,
            "shop": shop,
            "case_id": case_id,
            "refund_within": REFUND_WITHIN,
            "open": [state.value for state in OPEN],
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        }
        async with self._db.transaction(shop) as conn:
            return [_case(row) for row in await store.rows(conn, "seen", values)]


def _case(row: store.Row) -> CaseSeen:
    receipt: CaseReceipt | None = msgspec.convert(row["receipt"], CaseReceipt | None)
    deadlines = Deadlines(
        expected_at=receipt.expected_at if receipt else None,
        refund_due_at=row["refund_due_at"],
        work_due_at=row["work_due_at"],
    )
    shown = _receipt(receipt) if receipt else None
    return msgspec.convert(row | {"receipt": shown, "deadlines": deadlines}, CaseSeen)


def _receipt(receipt: CaseReceipt) -> ReceiptSeen:
    return ReceiptSeen(
        case_id=receipt.case_id,
        status=receipt.status,
        refund_fen=receipt.refund_fen,
        created_at=receipt.created_at,
        sha256=receipt_sha256(receipt),
    )
