"""How a caller gets a picture to us: told in this turn, and open from its commit on."""

from typing import Final

from appliance.conversation.events import FactsRead
from appliance.conversation.for_people import Deed, Note
from appliance.conversation.ports import PhotoLinks
from appliance.db import Connection, Database
from appliance.dialogue.photo_way import PhotoWay
from appliance.ids import ConversationId, ShopId

PHOTO_LINK: Final = "photo_link"
"""What the log calls it."""


class PhotoAsking:
    """Of one turn: one link, however often it is told of."""

    def __init__(
        self,
        db: Database,
        links: PhotoLinks | None,
        shop: ShopId,
        conversation_id: ConversationId,
        *,
        note: Note,
        deeds: list[Deed],
    ) -> None:
        self._db = db
        self._links = links
        self._shop = shop
        self._conversation_id = conversation_id
        self._note = note
        self._deeds = deeds
        self._way: PhotoWay | None = None

    async def way(self, *, is_verified: bool) -> PhotoWay | None:
        """None: a picture cannot be sent to a call, or nobody knows yet whose it would be."""
        if self._links is None or not is_verified:
            return None
        if self._way is None:
            self._way = await self._offered(self._links)
        self._note(FactsRead(what=PHOTO_LINK), self._way)
        return self._way

    async def _offered(self, links: PhotoLinks) -> PhotoWay:
        async with self._db.transaction(self._shop) as conn:
            way = await links.way(conn, self._shop, self._conversation_id)

        async def open_it(conn: Connection) -> None:
            await links.open(conn, self._shop, self._conversation_id, way.link_id)

        if way.is_new:
            self._deeds.append(open_it)
        return PhotoWay(by_text=way.by_text, address=way.address, code=way.code, valid_min=way.valid_min)
