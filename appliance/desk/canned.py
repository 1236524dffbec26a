"""Replies that a shop's agents have ready. Masked and sealed under the shop's own keys: they are about nobody."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.conversation.ports import Keys
from appliance.db import Connection, Database
from appliance.desk import store
from appliance.errors import NotFound
from appliance.identity.model import subject_of
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ShopId, uuid7
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Target


class CannedWords(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    text: str


class CannedReply(msgspec.Struct, frozen=True, kw_only=True):
    reply_id: UUID
    title: str
    text: str
    changed_at: datetime


_decoder = msgspec.json.Decoder(CannedWords)


class CannedReplies:
    def __init__(self, db: Database, deeds: Deeds, keys: Keys, mask: Callable[[str], str], clock: Clock) -> None:
        self._db = db
        self._deeds = deeds
        self._keys = keys
        self._mask = mask
        self._clock = clock

    async def all(self, shop: ShopId) -> tuple[CannedReply, ...]:
        async with self._db.transaction(shop) as conn:
            keys = await self._keys.keys(conn, shop, subject_of(shop))
            found = await store.rows(conn, "replies", {"shop": shop})
        return tuple(
            CannedReply(
                reply_id=each["reply_id"],
                changed_at=each["changed_at"],
                **msgspec.structs.asdict(_decoder.decode(keys.open(*store.REPLY, each["reply_id"], each["sealed"]))),
            )
            for each in found
        )

    async def put(
        self, who: Principal, shop: ShopId, words: CannedWords, origin: Origin, reply_id: UUID | None = None
    ) -> UUID:
        """A new one, or other words for one that is there."""
        named = reply_id or uuid7()

        async def work(conn: Connection) -> None:
            keys = await self._keys.keys(conn, shop, subject_of(shop))
            masked = CannedWords(title=self._mask(words.title), text=self._mask(words.text))
            values = {
                "shop": shop,
                "reply_id": named,
                "sealed": keys.seal(*store.REPLY, named, msgspec.json.encode(masked)),
                "staff_id": who.staff_id,
                "now": self._clock.now(),
            }
            await store.execute(conn, "set_reply", values)

        await self._do(who, shop, named, origin, "set", work)
        return named

    async def drop(self, who: Principal, shop: ShopId, reply_id: UUID, origin: Origin) -> None:
        async def work(conn: Connection) -> None:
            if not await store.execute(conn, "drop_reply", {"shop": shop, "reply_id": reply_id}):
                raise NotFound("no such reply")

        await self._do(who, shop, reply_id, origin, "drop", work)

    async def _do(
        self,
        who: Principal,
        shop: ShopId,
        reply_id: UUID,
        origin: Origin,
        what: str,
        work: Callable[[Connection], Awaitable[None]],
    ) -> None:
        deed, actor, thing = Deed.DESK_REPLY, records.actor_of(who), Target(type="reply", id=str(reply_id))
        async with self._deeds.noting(deed, actor, thing, origin), self._db.transaction(shop) as conn:
            await work(conn)
            await append(conn, [records.record(deed, actor, thing, origin, detail={"what": what}, tenant=shop)])
