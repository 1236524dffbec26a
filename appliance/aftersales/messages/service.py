"""Queues the guide of an approved case in the transaction that settles it. Sends nothing."""

from uuid import UUID

from appliance.aftersales.messages import rules, store
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, CaseStatus
from appliance.clock import Clock
from appliance.db import Connection
from appliance.ids import ShopId


class Guides:
    """``cases.port.Guides``: handed in only where there is a gateway."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def queue(self, conn: Connection, shop: ShopId, case_id: UUID, kind: CaseKind, receipt: CaseReceipt) -> None:
        """A guide without an address guides nowhere: the conversation says where to look instead."""
        if kind in rules.GUIDED and receipt.status is CaseStatus.OPEN and receipt.return_address:
            await store.queue(conn, shop, case_id, self._clock.now())
