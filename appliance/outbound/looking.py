"""What the shop's people see and say of calls, on the work order that they are made for."""

from uuid import UUID

from appliance.aftersales.work import store as work_store
from appliance.aftersales.work.desk import Caller
from appliance.aftersales.work.ports import Transactions
from appliance.errors import Conflict, NotFound
from appliance.ids import ShopId
from appliance.outbound.model import Refused, Told, Withdrawn
from appliance.outbound.service import OutboundDesk
from security.audit.record import Actor, ActorType


class NobodyMeant(Conflict):
    """The work order names no account, and nobody was rung for it: there is nothing to keep the wish by."""

    code = "nobody_meant"


class NoWishKept(Conflict):
    """Nobody whom the work order is about has said that he wants no calls: there is nothing to withdraw."""

    code = "no_wish_kept"


class WorkCalls:
    def __init__(self, db: Transactions, desk: OutboundDesk) -> None:
        self._db = db
        self._desk = desk

    async def of(self, caller: Caller, work_order_id: UUID) -> list[Told]:
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            return await self._desk.of_work_order(conn, shop, work_order_id)

    async def refuse(self, caller: Caller, work_order_id: UUID) -> None:
        """Its customer wants no calls: he is called no more, for this or for anything. A repeat changes nothing."""
        shop = await self._shop(caller, work_order_id)
        actor = Actor(type=ActorType.STAFF, id=caller.author.id)
        async with self._db.transaction(shop) as conn:
            if not await self._desk.refuse_for(conn, shop, work_order_id, Refused.BY_STAFF, actor):
                raise NobodyMeant("this work order names no account and nobody was rung for it yet")

    async def allow(self, caller: Caller, work_order_id: UUID, why: Withdrawn) -> None:
        """Its customer may be called again, from the next call that is planned."""
        shop = await self._shop(caller, work_order_id)
        actor = Actor(type=ActorType.STAFF, id=caller.author.id)
        async with self._db.transaction(shop) as conn:
            if not await self._desk.allow_for(conn, shop, work_order_id, why, actor):
                raise NoWishKept("no wish for no calls is kept for the customer of this work order")

    async def _shop(self, caller: Caller, work_order_id: UUID) -> ShopId:
        async with self._db.system() as conn:
            shop = await work_store.find_everywhere(conn, work_order_id)
        if shop is None or not caller.serves(shop):
            raise NotFound("no such work order")
        return shop
