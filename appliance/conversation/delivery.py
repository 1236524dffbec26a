"""Leaves a notice in a conversation, in the transaction that settles the operation; it starts a turn of its own."""

from appliance.aftersales.cases.model import Notice
from appliance.aftersales.work.model import WorkNews
from appliance.clock import Clock
from appliance.conversation import inbound, store
from appliance.conversation.inbound import News
from appliance.conversation.ports import Keys
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId

DUE_CHANNEL = "conversation_due"


class NoticeDelivery:
    """``appliance.aftersales.cases.port.Delivery`` and ``appliance.aftersales.work.ports.News``."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def deliver(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, notice: Notice) -> None:
        await self._leave(conn, shop, conversation_id, notice)

    async def tell(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, news: WorkNews) -> None:
        await self._leave(conn, shop, conversation_id, news)

    async def _leave(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, news: News) -> None:
        subject_id = await store.find_subject(conn, shop, conversation_id)
        keys = await self._keys.keys(conn, shop, subject_id)
        await inbound.leave(conn, shop, conversation_id, keys, news, self._clock.now())
