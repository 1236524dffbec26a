"""What a person may do with an operation that was handed over: have it tried again, or say how it ended.

Units stay held until then. Each of these is recorded with the name of whoever did it, and names the version that he
has seen: what somebody else has taken in hand meanwhile, or what was handed over anew, is not his to end.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.aftersales.cases import records, rules, settlement, store
from appliance.aftersales.cases.model import CaseState, Claimed, OperationState
from appliance.aftersales.cases.port import AuditTrail, Transactions
from appliance.aftersales.cases.settlement import LeaseLost, Settlements
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseReceipt, CaseStatus
from appliance.aftersales.work.model import LostUpdate
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import Conflict, NotFound
from appliance.ids import ConversationId, OperationId, OrderId, ShopId
from security.access.model import Principal
from security.audit.record import Actor

SETTLED_BY = "settled_by"
"""In a receipt's raw answer: who gave his word for it, in place of the order system."""


class NotHandedOver(Conflict):
    """The operation is not in a person's hands (any more): look again."""

    code = "not_handed_over"


class NotDone(StrEnum):
    """Why a person says that it will not be done."""

    NEVER_ARRIVED = "never_arrived"
    """The order system has nothing of it."""
    NOT_POSSIBLE = "not_possible"
    NOT_WANTED = "not_wanted"
    """Its customer does not want it any more."""


class InHand(msgspec.Struct, frozen=True, kw_only=True):
    """An operation as whoever takes it on must know it."""

    operation_id: OperationId
    case_id: UUID
    conversation_id: ConversationId
    order_id: OrderId
    kind: CaseKind
    lines: tuple[CaseLine, ...]
    refund_fen: int
    state: OperationState
    """In a person's hands while ``handed_over``."""
    case_state: CaseState
    version: int
    """Grows whenever somebody takes it in hand: the ETag."""
    sends: int
    """How often a call to the order system was begun: none, and it is surely not written."""
    refusal: str | None
    order_system_case_id: str | None
    accepted_at: datetime
    settled_at: datetime | None


class People:
    def __init__(self, *, db: Transactions, audit: AuditTrail, settlements: Settlements, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._settlements = settlements
        self._clock = clock

    async def shop_of(self, who: Principal, operation_id: OperationId) -> ShopId:
        """NotFound where there is no such operation, or none of his shops'."""
        async with self._db.system() as conn:
            found = await store.row(conn, "operation_everywhere", {"operation_id": operation_id})
        if found is None or not who.serves(ShopId(found["shop_id"])):
            raise NotFound("no such operation, or none of your shops'")
        return ShopId(found["shop_id"])

    async def read(self, shop: ShopId, operation_id: OperationId) -> InHand:
        async with self._db.transaction(shop) as conn:
            found = await store.row(conn, "in_hand", {"shop": shop, "operation_id": operation_id})
        if found is None:
            raise NotFound("no such operation")
        return msgspec.convert(found, InHand)

    async def retry(
        self,
        shop: ShopId,
        operation_id: OperationId,
        actor: Actor,
        *,
        is_surely_unwritten: bool = False,
        version: int | None = None,
    ) -> None:
        """Try again, under the same key. ``is_surely_unwritten``: somebody has looked in the order system himself."""
        values = {
            "shop": shop,
            "operation_id": operation_id,
            "is_surely_unwritten": is_surely_unwritten,
            "version": version,
            "now": self._clock.now(),
        }
        async with self._db.transaction(shop) as conn:
            if await store.row(conn, "retry", values) is None:
                raise await self._not_his(conn, shop, operation_id)
            await self._audit.append(
                conn, [records.by_a_person(shop, operation_id, actor, "retry", is_surely_unwritten=is_surely_unwritten)]
            )

    async def done(
        self,
        shop: ShopId,
        operation_id: OperationId,
        actor: Actor,
        *,
        case_id: str,
        is_finished: bool = False,
        version: int | None = None,
    ) -> None:
        """A person found it in the order system, or did it there by hand, as case ``case_id`` for what was agreed.

        ``is_finished``: nothing more comes of it there, its money included.
        """
        claimed = await self._take_up(shop, operation_id, version)
        is_over = is_finished or claimed.request.kind in rules.ENDS_AT_ONCE
        receipt = CaseReceipt(
            case_id=case_id,
            operation_id=operation_id,
            kind=claimed.request.kind,
            status=CaseStatus.FINISHED if is_over else CaseStatus.OPEN,
            refund_fen=claimed.request.refund_fen,
            created_at=self._clock.now(),
            raw={SETTLED_BY: actor.id},
        )
        await self._end(claimed, settlement.succeeded(claimed, receipt), actor)

    async def not_done(
        self, shop: ShopId, operation_id: OperationId, actor: Actor, *, reason: NotDone, version: int | None = None
    ) -> None:
        """A person made sure that it is not written and will not be. The units are free again."""
        claimed = await self._take_up(shop, operation_id, version)
        await self._end(claimed, settlement.refused(reason), actor)

    async def _end(self, claimed: Claimed, end: settlement.End, actor: Actor) -> None:
        try:
            await self._settlements.end(claimed, end, actor=actor)
        except LeaseLost as lost:
            raise LostUpdate("somebody else has taken it in hand meanwhile: read it again") from lost

    async def _take_up(self, shop: ShopId, operation_id: OperationId, version: int | None) -> Claimed:
        async with self._db.transaction(shop) as conn:
            claimed = await store.take_up(conn, shop, operation_id, version)
            if claimed is None:
                raise await self._not_his(conn, shop, operation_id)
        return claimed

    async def _not_his(self, conn: Connection, shop: ShopId, operation_id: OperationId) -> Conflict | LostUpdate:
        standing = await store.row(conn, "in_hand", {"shop": shop, "operation_id": operation_id})
        if standing is not None and standing["state"] == OperationState.HANDED_OVER:
            return LostUpdate(f"it is at version {standing['version']} by now: read it again")
        return NotHandedOver("this operation is not in anybody's hands: look again")
