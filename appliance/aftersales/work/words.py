"""Comments: masked, sealed under the subject that they are about, and opened again for who may read them."""

from uuid import UUID

from appliance.aftersales.work import store
from appliance.aftersales.work.model import Author, Comment, WorkOrder
from appliance.aftersales.work.ports import Keys, Mask, ShopSubject, Subjects
from appliance.clock import Clock
from appliance.db import Connection
from appliance.ids import ShopId, SubjectId, uuid7
from security.errors import EpochGone, SubjectErased


class Words:
    def __init__(self, *, keys: Keys, subjects: Subjects, shop_subject: ShopSubject, mask: Mask, clock: Clock) -> None:
        self._keys = keys
        self._subjects = subjects
        self._shop_subject = shop_subject
        self._mask = mask
        self._clock = clock

    async def add(
        self, conn: Connection, order: WorkOrder, author: Author, words: str, named: UUID | None = None
    ) -> UUID:
        shop = order.shop_id
        subject_id = await self._subject(conn, order)
        keys = await self._keys.keys(conn, shop, subject_id)
        comment_id = named or uuid7()
        values = {
            "shop": shop,
            "comment_id": comment_id,
            "work_order_id": order.work_order_id,
            "subject_id": subject_id,
            "author_type": author.type,
            "author": author.id,
            "sealed": keys.seal(*store.COMMENT, comment_id, self._mask(words).encode()),
            "at": self._clock.now(),
        }
        await store.execute(conn, "insert_comment", values)
        return comment_id

    async def of(self, conn: Connection, shop: ShopId, work_order_id: UUID) -> list[Comment]:
        """Oldest first."""
        found = await store.rows(conn, "comments", {"shop": shop, "work_order_id": work_order_id})
        return [
            Comment(
                comment_id=row["comment_id"],
                author_type=row["author_type"],
                author=row["author"],
                at=row["at"],
                words=await self._opened(conn, shop, row),
            )
            for row in found
        ]

    async def _subject(self, conn: Connection, order: WorkOrder) -> SubjectId:
        if order.conversation_id is None:
            return self._shop_subject(order.shop_id)
        return await self._subjects.subject_of(conn, order.shop_id, order.conversation_id)

    async def _opened(self, conn: Connection, shop: ShopId, row: store.Row) -> str | None:
        try:
            keys = await self._keys.keys(conn, shop, row["subject_id"])
        except (SubjectErased, EpochGone):
            return None
        return keys.open(*store.COMMENT, row["comment_id"], row["sealed"]).decode()
