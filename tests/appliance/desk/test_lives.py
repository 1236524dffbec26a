"""What lives is read once for all who look, not again for a while, and not at all for nobody."""

import asyncio

from appliance.conversation.model import Channel, Side
from appliance.desk.lives import Lives
from appliance.desk.model import Talk
from appliance.ids import ConversationId, ShopId, uuid7
from tests.security.access.world import NOW

SHOP = ShopId("shop-1")


class Shop:
    def __init__(self) -> None:
        self.reads = 0
        self.fresh = asyncio.Event()
        self.lives = Lives(self.read, lambda _: self.fresh.set(), pause_s=0)

    async def read(self, shop: ShopId) -> tuple[Talk, ...]:
        assert shop == SHOP
        self.reads += 1
        talk = Talk(
            conversation_id=ConversationId(uuid7()),
            channel=Channel.WEB,
            holder=Side.BOT,
            agent_id=None,
            badge=None,
            started_at=NOW,
            last_at=NOW,
        )
        return (talk,)

    async def settled(self) -> None:
        while self.lives._reading:
            await asyncio.gather(*self.lives._reading.values())


async def test_many_moves_are_read_once_for_everybody() -> None:
    shop = Shop()
    shop.lives.changed(SHOP)
    assert (shop.reads, dict(shop.lives.of(SHOP))) == (0, {})
    shop.lives.join(SHOP)
    shop.lives.join(SHOP)
    for _ in range(100):
        shop.lives.changed(SHOP)
    await shop.settled()
    assert (shop.reads, shop.fresh.is_set(), len(shop.lives.of(SHOP))) == (1, True, 1)
    shop.lives.leave(SHOP)
    shop.lives.all_changed()
    await shop.settled()
    assert shop.reads == 2
    shop.lives.leave(SHOP)
    shop.lives.changed(SHOP)
    await shop.settled()
    assert (shop.reads, dict(shop.lives.of(SHOP))) == (2, {})
