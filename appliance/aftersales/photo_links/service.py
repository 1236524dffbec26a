"""Opens a link for a call, lets its page bring pictures, and hands them to the conversation, once."""

from datetime import timedelta
from uuid import UUID

from appliance.aftersales.cases.port import AuditTrail
from appliance.aftersales.evidence.model import Evidence
from appliance.aftersales.photo_links import records, rules, store
from appliance.aftersales.photo_links.model import Link, LinkGone, LinkState, Page, Terms, Way
from appliance.aftersales.photo_links.ports import Pictures, Talk
from appliance.aftersales.photo_links.secrets import LinkSecrets
from appliance.aftersales.work.ports import Transactions
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import InvalidInput, TooLarge
from appliance.ids import ConversationId, ShopId, uuid7


class PhotoOffers:
    """The side of the call. ``texts``: whether there is a gateway that knows an SMS for links."""

    def __init__(self, secrets: LinkSecrets, audit: AuditTrail, clock: Clock, terms: Terms, *, texts: bool) -> None:
        self._secrets = secrets
        self._audit = audit
        self._clock = clock
        self._terms = terms
        self._texts = texts

    async def way(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Way:
        """Of the link that is out, or of one that ``open`` will make. Reads only."""
        link = await store.open_of(conn, shop, conversation_id)
        is_new = link is None or link.expires_at <= self._clock.now()
        link_id = uuid7() if link is None or is_new else link.link_id
        return Way(
            link_id=link_id,
            is_new=is_new,
            by_text=self._texts,
            address=rules.spoken_address(self._terms),
            code=rules.spoken_code(self._secrets.code(link_id)),
            valid_min=self._terms.valid_min,
        )

    async def open(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, link_id: UUID) -> None:
        """In the transaction of the turn that tells of it. One that has run out gives way."""
        now = self._clock.now()
        before = await store.open_of(conn, shop, conversation_id)
        if before is not None and await store.end(conn, before, LinkState.EXPIRED, now, None):
            await self._audit.append(conn, [records.ended(before, "expired", len(before.evidence))])
        recognised = self._secrets.recognised
        macs = recognised(self._secrets.token(link_id)), recognised(self._secrets.code(link_id))
        expires_at = now + timedelta(minutes=self._terms.valid_min)
        await store.insert(
            conn, shop, conversation_id, link_id, macs=macs, by_text=self._texts, now=now, expires_at=expires_at
        )
        await self._audit.append(conn, [records.opened(shop, conversation_id, link_id, by_text=self._texts)])


class PhotoDesk:
    """The side of the page. Each call names the link by its token, the first may by its code.

    LinkGone: it counts no more, or never did.
    """

    def __init__(
        self,
        *,
        db: Transactions,
        secrets: LinkSecrets,
        pictures: Pictures,
        talk: Talk,
        audit: AuditTrail,
        clock: Clock,
        terms: Terms,
    ) -> None:
        self.most_bytes = pictures.most_bytes
        self._db = db
        self._secrets = secrets
        self._pictures = pictures
        self._talk = talk
        self._audit = audit
        self._clock = clock
        self._terms = terms

    async def look(self, secret: str) -> Page:
        """``secret``: the token or the code."""
        link = await self._open(secret)
        return Page(
            shop_id=link.shop_id,
            token=self._secrets.token(link.link_id),
            most=self._terms.most,
            most_bytes=self.most_bytes,
            taken=len(link.evidence),
            expires_at=link.expires_at,
        )

    async def keep(self, token: str, content: bytes) -> int:
        """How many pictures have come by now. Checked and sealed like those of a chat."""
        link = await self._open_by_token(token)
        if len(link.evidence) >= self._terms.most:
            raise TooLarge(f"a link takes at most {self._terms.most} pictures")
        kept: Evidence = await self._pictures.keep(link.shop_id, link.conversation_id, content)
        async with self._db.transaction(link.shop_id) as conn:
            if not await store.add(conn, link, kept.evidence_id, self._terms.most, self._clock.now()):
                raise LinkGone("this link counts no more")
        return len(link.evidence) + 1

    async def finish(self, token: str) -> int:
        """The pictures go to the conversation, and the link is used up. A page that breaks off may come again."""
        link = await self._open_by_token(token)
        if not link.evidence:
            raise InvalidInput("no picture has come by this link yet")
        await self._talk.show(link.shop_id, link.conversation_id, link.evidence)
        now = self._clock.now()
        async with self._db.transaction(link.shop_id) as conn:
            if await store.end(conn, link, LinkState.USED, now, now + rules.FOLLOW_UP_AFTER):
                await self._audit.append(conn, [records.ended(link, "used", len(link.evidence))])
        return len(link.evidence)

    async def _open_by_token(self, token: str) -> Link:
        """A code opens the page and nothing else: there are few enough of them to be tried."""
        if len(token) == rules.CODE_LENGTH:
            raise LinkGone("this link counts no more")
        return await self._open(token)

    async def _open(self, secret: str) -> Link:
        mac = self._secrets.recognised(secret)
        async with self._db.system() as conn:
            link = await store.recognise(conn, mac)
        if link is not None:
            async with self._db.transaction(link.shop_id) as conn:
                awaiting = await self._talk.awaiting(conn, link.shop_id, link.conversation_id)
            if rules.is_open(link, awaiting, self._clock.now()):
                return link
        raise LinkGone("this link counts no more")
