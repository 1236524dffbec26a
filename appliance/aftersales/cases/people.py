"""What a person may do with an operation that was handed over: have it tried again, or say how it ended.

Units stay held until then. Each of these is recorded with the name of whoever did it.
"""

from appliance.aftersales.cases import records, settlement, store
from appliance.aftersales.cases.model import Claimed
from appliance.aftersales.cases.port import AuditTrail, Transactions
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.model import CaseReceipt, CaseStatus
from appliance.clock import Clock
from appliance.errors import Conflict
from appliance.ids import OperationId, ShopId
from security.audit.record import Actor


class NotHandedOver(Conflict):
    """The operation is not in a person's hands (any more): look again."""

    code = "not_handed_over"


class People:
    def __init__(self, *, db: Transactions, audit: AuditTrail, settlements: Settlements, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._settlements = settlements
        self._clock = clock

    async def retry(
        self, shop: ShopId, operation_id: OperationId, actor: Actor, *, is_surely_unwritten: bool = False
    ) -> None:
        """Try again, under the same key. ``is_surely_unwritten``: somebody has looked in the order system himself."""
        values = {
            "shop": shop,
            "operation_id": operation_id,
            "is_surely_unwritten": is_surely_unwritten,
            "now": self._clock.now(),
        }
        async with self._db.transaction(shop) as conn:
            if await store.row(conn, "retry", values) is None:
                raise NotHandedOver("this operation is not in anybody's hands: look again")
            await self._audit.append(
                conn, [records.by_a_person(shop, operation_id, actor, "retry", is_surely_unwritten=is_surely_unwritten)]
            )

    async def done(self, shop: ShopId, operation_id: OperationId, actor: Actor, *, case_id: str) -> None:
        """A person found it in the order system, or did it there by hand, as case ``case_id`` for what was agreed."""
        claimed = await self._take_up(shop, operation_id)
        receipt = CaseReceipt(
            case_id=case_id,
            operation_id=operation_id,
            kind=claimed.request.kind,
            status=CaseStatus.OPEN,
            refund_fen=claimed.request.refund_fen,
            created_at=self._clock.now(),
            raw={"settled_by": actor.id},
        )
        await self._settlements.end(claimed, settlement.succeeded(claimed, receipt), actor=actor)

    async def not_done(self, shop: ShopId, operation_id: OperationId, actor: Actor, *, reason: str) -> None:
        """A person made sure that it is not written and will not be; ``reason`` is a code. The units are free again."""
        claimed = await self._take_up(shop, operation_id)
        await self._settlements.end(claimed, settlement.refused(reason), actor=actor)

    async def _take_up(self, shop: ShopId, operation_id: OperationId) -> Claimed:
        async with self._db.transaction(shop) as conn:
            claimed = await store.take_up(conn, shop, operation_id)
        if claimed is None:
            raise NotHandedOver("this operation is not in anybody's hands: look again")
        return claimed
