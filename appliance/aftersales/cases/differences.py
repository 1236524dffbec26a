"""Where the two sides stand apart: one row and one work order for each difference, for as long as it stands.

Found again it makes no second work order, whatever people have done with the first. Once it is gone that is noted on
its work order, which a person closes. Works inside the caller's transaction and never commits.
"""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.aftersales.cases import store
from appliance.aftersales.orders.model import Record
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.ids import ConversationId, OperationId, OrderId, ShopId, uuid7


class DifferenceKind(StrEnum):
    MISSING = "missing"
    """A receipt, and the order system has nothing."""
    WRITTEN_THOUGH_REFUSED = "written_though_refused"
    OTHER_CASE = "other_case"
    OTHER_AMOUNT = "other_amount"
    OTHER_STATUS = "other_status"
    """Where a case stands here cannot follow from where the order system says that it stands."""
    WRITTEN_TWICE = "written_twice"
    UNKNOWN_TO_US = "unknown_to_us"
    """A case under a key of ours that no operation has: made before this database was restored."""


class Difference(Record, frozen=True):
    kind: DifferenceKind
    operation_id: str
    order_id: OrderId
    case_id: UUID | None = None
    conversation_id: ConversationId | None = None


class Noted(Difference, frozen=True, kw_only=True):
    work_order_id: UUID
    is_new: bool
    """False: it was found before, and its work order stands already."""


class Gone(Record, frozen=True):
    kind: DifferenceKind
    operation_id: str
    order_id: OrderId
    work_order_id: UUID


class Looked(Record, frozen=True):
    """What a run has compared: only of this can it say that a difference is gone."""

    operation_ids: tuple[OperationId, ...]
    order_ids: tuple[OrderId, ...]
    """Orders that were read with all their cases."""


class Differences:
    def __init__(self, work: WorkOrders, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    async def note(self, conn: Connection, shop: ShopId, found: Difference) -> Noted:
        """With a new work order where none is about it, or the one that was about it is over."""
        await store.row(conn, "lock_differences", {"shop": shop})
        values = {"shop": shop, "kind": found.kind, "operation_id": found.operation_id, "now": self._clock.now()}
        known = await store.row(conn, "see_difference", values)
        if known is not None and (known["was_standing"] or await self._came_back(conn, shop, known, found)):
            return _noted(found, known["work_order_id"], is_new=False)
        work_order_id = await self._work.open(conn, shop, _work_about(found), work_order_id=uuid7())
        where = {"order_id": found.order_id, "work_order_id": work_order_id}
        await store.execute(conn, "insert_difference", values | where)
        return _noted(found, work_order_id, is_new=True)

    async def note_gone(
        self, conn: Connection, shop: ShopId, looked: Looked, found: Collection[Difference]
    ) -> tuple[Gone, ...]:
        """What stood until now, was looked for and not found again."""
        await store.row(conn, "lock_differences", {"shop": shop})
        values = {
            "shop": shop,
            "operation_ids": [str(each) for each in looked.operation_ids],
            "order_ids": list(looked.order_ids),
            "found": store.jsonb([{"kind": each.kind, "operation_id": each.operation_id} for each in found]),
            "now": self._clock.now(),
        }
        gone = [msgspec.convert(each, Gone) for each in await store.rows(conn, "end_differences", values)]
        for each in gone:
            await self._work.note(conn, shop, each.work_order_id, "difference_gone", {"difference": each.kind.value})
        return tuple(gone)

    async def _came_back(self, conn: Connection, shop: ShopId, known: store.Row, found: Difference) -> bool:
        """Noted on the work order that is about it, if that is still open."""
        detail = {"difference": found.kind.value}
        return await self._work.note(conn, shop, known["work_order_id"], "difference_back", detail)


def _work_about(found: Difference) -> Opening:
    return Opening(
        kind=WorkOrderKind.DIFFERENCE,
        conversation_id=found.conversation_id,
        case_id=found.case_id,
        order_id=found.order_id,
        summary={"operation_id": found.operation_id, "difference": found.kind},
    )


def _noted(found: Difference, work_order_id: UUID, *, is_new: bool) -> Noted:
    fields = {name: getattr(found, name) for name in Difference.__struct_fields__}
    return Noted(**fields, work_order_id=work_order_id, is_new=is_new)
