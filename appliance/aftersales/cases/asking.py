"""After a restore: asks the order system what became of everything that was agreed to, each by its idempotency key.

Of what the database forgot, the audit log knows: its second sink has the intent. Nothing is written to the order
system; what it turns out to have done, and nobody here knows of, becomes a work order.
"""

from datetime import datetime
from uuid import UUID

from appliance.aftersales.cases import store
from appliance.aftersales.cases.differences import Difference, DifferenceKind, Differences
from appliance.aftersales.cases.port import OrderSystems, Transactions
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.port import CannotFind
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.errors import OrderSystemUnavailable
from appliance.ids import OperationId, OrderId, ShopId

_LOOK_BACK_S = 3600
"""An intent is sealed some time after it was agreed to."""


class Answers(Record, frozen=True, kw_only=True):
    """What one shop's order system says, in numbers of operations."""

    shop_id: ShopId
    asked: int
    written: int
    """Known here, and written there: the executor takes up the receipt."""
    unwritten: int
    """Known here and not there: it is sent once, when nothing is in the way any more."""
    unanswerable: int
    """The order system looks none up by its key: people's, once it is over."""
    forgotten: tuple[str, ...]
    """Written there, and forgotten here: each has a work order."""
    undone: tuple[str, ...]
    """Agreed to after the backup was made, and never written: nothing will be, and the customer has to be told."""
    is_complete: bool
    """False: the order system stopped answering."""


class Asking:
    def __init__(self, db: Transactions, systems: OrderSystems, work: WorkOrders, clock: Clock) -> None:
        self._db = db
        self._systems = systems
        self._differences = Differences(work, clock)

    async def shops(self) -> list[ShopId]:
        """Those with an order system."""
        async with self._db.system() as conn:
            return [ShopId(row["shop_id"]) for row in await store.rows(conn, "shops_with_cases", {})]

    async def ask(self, shop: ShopId, as_of: datetime) -> Answers:
        """``as_of``: of when the restored rows are."""
        since = datetime.fromtimestamp(as_of.timestamp() - _LOOK_BACK_S, tz=as_of.tzinfo)
        values = {"shop": shop, "since": since.strftime("%Y-%m-%dT%H:%M:%S")}
        async with self._db.system() as conn:
            open_ones = await store.rows(conn, "without_end", values)
        found: dict[tuple[bool, bool], list[store.Row]] = {}
        unanswerable, is_complete = 0, True
        for one in open_ones:
            try:
                receipt = await self._systems.of(shop).find_operation(OperationId(UUID(one["operation_id"])))
            except CannotFind:
                unanswerable += 1
                continue
            except OrderSystemUnavailable:
                is_complete = False
                break
            found.setdefault((one["is_known"], receipt is not None), []).append(one)
        forgotten = found.get((False, True), [])
        await self._note(shop, forgotten)
        return Answers(
            shop_id=shop,
            asked=len(open_ones),
            written=len(found.get((True, True), [])),
            unwritten=len(found.get((True, False), [])),
            unanswerable=unanswerable,
            forgotten=_named(forgotten),
            undone=_named(found.get((False, False), [])),
            is_complete=is_complete,
        )

    async def _note(self, shop: ShopId, forgotten: list[store.Row]) -> None:
        async with self._db.transaction(shop) as conn:
            for one in forgotten:
                difference = Difference(
                    kind=DifferenceKind.UNKNOWN_TO_US,
                    operation_id=one["operation_id"],
                    order_id=OrderId(one["order_id"]),
                )
                await self._differences.note(conn, shop, difference)


def _named(rows: list[store.Row]) -> tuple[str, ...]:
    return tuple(f"order {row['order_id']} operation {row['operation_id']}" for row in rows)
