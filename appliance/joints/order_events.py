"""What an order system reports becomes progress of our own cases: told by id, read again, never believed."""

from uuid import UUID

from appliance.aftersales.cases.model import Progress
from appliance.aftersales.cases.own_word import OwnWord
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import Order
from appliance.channels.intranet.ports import OrderEvent, PushRules
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.ids import OperationId, ShopId
from appliance.joints.shop_systems import ShopSystems


class OrderEventRouter:
    """``channels.intranet.ports.OrderEvents``"""

    def __init__(self, db: Database, cases: CaseService, systems: ShopSystems, own_word: OwnWord) -> None:
        self._db = db
        self._cases = cases
        self._systems = systems
        self._own_word = own_word

    async def rules(self, shop: ShopId) -> PushRules | None:
        return await self._systems.push_rules(shop)

    async def apply(self, shop: ShopId, event: OrderEvent) -> None:
        """Reads the order that the event names, takes in where each of its cases stands now, and ends what people had
        in hand and the order shows as done."""
        events = (await self._systems.connector(shop)).events
        if events is not None and events.is_of_stock(event.body):
            return
        order_id = events.order_of(event.body) if events else None
        if order_id is None:
            raise InvalidInput("the event names no order where the shop's mapping looks for one")
        context = await self._systems.context(shop)
        try:
            order = await context.orders.order(order_id)
        except NotFound as unknown:
            raise InvalidInput("the event names an order that the order system does not know") from unknown
        await self._own_word.heard(shop, order)
        async with self._db.transaction(shop) as conn:
            for progress in _progress(order, event):
                await self._cases.apply_progress(conn, shop=shop, progress=progress)


def _progress(order: Order, event: OrderEvent) -> list[Progress]:
    return [
        Progress(
            event_id=f"{event.event_id}/{case.case_id}",
            at=event.received_at,
            order_id=order.order_id,
            case_id=case.case_id,
            status=case.status,
            operation_id=_own_operation(case.operation_id),
            stage=case.stage,
            expected_at=case.expected_at,
        )
        for case in order.cases
    ]


def _own_operation(key: str | None) -> OperationId | None:
    """Other systems make cases too, under keys of their own."""
    try:
        return OperationId(UUID(key)) if key else None
    except ValueError:
        return None
