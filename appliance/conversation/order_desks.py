"""The order system for the shop's people: asked as a turn of their customer's conversation would ask, at its time."""

from appliance.aftersales.cases.service import CaseService
from appliance.clock import Clock
from appliance.conversation.order_desk import OrderDesk
from appliance.conversation.order_words import OrderWords
from appliance.conversation.ports import Keys, Masking, ShopContexts
from appliance.conversation.store import Talk
from appliance.db import Database
from appliance.ids import ConversationId


class OrderDesks:
    def __init__(
        self,
        *,
        db: Database,
        cases: CaseService,
        masking: Masking,
        keys: Keys,
        shops: ShopContexts,
        clock: Clock,
    ) -> None:
        self._db = db
        self._cases = cases
        self._masking = masking
        self._keys = keys
        self._shops = shops
        self._clock = clock

    async def of(self, talk: Talk, conversation_id: ConversationId) -> OrderDesk:
        shop, at = talk.shop_id, self._clock.now() + talk.clock_offset
        async with self._db.transaction(shop) as conn:
            keys = await self._keys.keys(conn, shop, talk.subject_id)
        words = OrderWords(self._db, self._masking, shop, conversation_id, keys, None)
        context = await self._shops.of(shop)
        return OrderDesk(context, self._db, self._cases, shop, talk.customer_id, at, words)
