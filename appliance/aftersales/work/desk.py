"""What people and a shop's systems do with work orders: open, list, read, move on, comment, attach, set up teams.

Each call is one transaction, of one shop, with its audit record. Who may call stands at the routes; which shop a
caller serves is asked here. Where there is no such work order, or none of the caller's shops: NotFound.
"""

from collections.abc import Callable
from uuid import UUID

import msgspec

from appliance.aftersales.work import records, store
from appliance.aftersales.work.model import (
    Asked,
    Author,
    AuthorType,
    CannotMerge,
    Change,
    Comment,
    Deed,
    Filter,
    KeyUsed,
    LostUpdate,
    Member,
    NotOfTheTeam,
    Opening,
    Page,
    WorkOrder,
)
from appliance.aftersales.work.ports import AuditTrail, Pictures, Subjects, Transactions
from appliance.aftersales.work.rules import OPEN, deeds_in
from appliance.aftersales.work.service import WorkOrders
from appliance.aftersales.work.words import Words
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import NotFound
from appliance.ids import ShopId
from appliance.paging import page_of, place_of

Serves = Callable[[ShopId], bool]
"""Whether the caller may see this shop at all."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    author: Author
    serves: Serves


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A work order with the pictures that belong to it, and what its state allows."""

    work_order: WorkOrder
    evidence: tuple[UUID, ...]
    deeds: tuple[Deed, ...]


class WorkDesk:
    def __init__(
        self,
        *,
        db: Transactions,
        orders: WorkOrders,
        words: Words,
        subjects: Subjects,
        pictures: Pictures,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._db = db
        self._orders = orders
        self._words = words
        self._subjects = subjects
        self._pictures = pictures
        self._audit = audit
        self._clock = clock

    async def open(
        self, caller: Caller, shop: ShopId, opening: Opening, words: str, named: UUID | None = None
    ) -> WorkOrder:
        """With its first comment, if it has words. NotFound for a conversation or a case that is not the shop's.

        ``named``: its id, chosen by the caller. Opened again under it, it is as it stands by now, and nothing is done.
        """
        self._check(caller, shop)
        async with self._db.transaction(shop) as conn:
            if named is not None and (standing := await self._standing(conn, shop, named, opening)):
                return standing
            if opening.conversation_id is not None:
                await self._subjects.subject_of(conn, shop, opening.conversation_id)
            if opening.case_id is not None and not await store.has_case(conn, shop, opening.case_id):
                raise NotFound("no such case")
            work_order_id = await self._orders.open(conn, shop, opening, author=caller.author, work_order_id=named)
            order = await self._locked(conn, shop, work_order_id)
            if words:
                await self._words.add(conn, order, caller.author, words)
        return order

    async def page(self, caller: Caller, shop: ShopId, wanted: Filter, cursor: str | None, limit: int) -> Page:
        """Newest first. What is opened while somebody leafs through does not move what he has not seen yet."""
        self._check(caller, shop)
        after = place_of(cursor) if cursor else None
        async with self._db.transaction(shop) as conn:
            found = await store.page(conn, shop, wanted, after, limit + 1)
        shown, following = page_of(found, limit, lambda order: (order.created_at, order.work_order_id))
        return Page(work_orders=shown, cursor=following)

    async def read(self, caller: Caller, work_order_id: UUID) -> Whole:
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            order = await store.find(conn, shop, work_order_id)
            if order is None:
                raise _nothing()
            return Whole(work_order=order, evidence=await self._evidence(conn, order), deeds=deeds_in(order.state))

    async def history(self, caller: Caller, work_order_id: UUID) -> list[Change]:
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            return await store.history(conn, shop, work_order_id)

    async def do(self, caller: Caller, work_order_id: UUID, version: int, asked: Asked) -> WorkOrder:
        """One deed on the version that the caller has read; LostUpdate if it has gone on since."""
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            order = await self._locked(conn, shop, work_order_id)
            if order.version != version:
                raise LostUpdate(f"it is at version {order.version} by now: read it again")
            return await self._done(conn, caller, order, asked)

    async def _done(self, conn: Connection, caller: Caller, order: WorkOrder, asked: Asked) -> WorkOrder:
        match asked.deed:
            case Deed.ASSIGN if asked.assignee is None:
                return await self._orders.hand_out(conn, order)
            case Deed.ASSIGN | Deed.START:
                asked = _by_default(asked, order, caller.author)
                await self._check_member(conn, order, asked.assignee)
            case Deed.MERGE:
                await self._check_target(conn, order, asked.into)
            case _:
                pass
        after = await self._orders.do(conn, order, asked, caller.author)
        if asked.deed in (Deed.TRANSFER, Deed.REOPEN) and after.assignee is None:
            return await self._orders.hand_out(conn, after)
        return after

    async def comment(self, caller: Caller, work_order_id: UUID, words: str, named: UUID | None = None) -> UUID:
        """``named``: its id, chosen by the caller. Said again under it, it is said once."""
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            order = await self._locked(conn, shop, work_order_id)
            if named is not None and await store.has_comment(conn, shop, named):
                return named
            comment_id = await self._words.add(conn, order, caller.author, words, named)
            detail = {"comment_id": str(comment_id)}
            await self._audit.append(conn, [records.changed(shop, work_order_id, caller.author, "comment", detail)])
        return comment_id

    async def comments(self, caller: Caller, work_order_id: UUID) -> list[Comment]:
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            return await self._words.of(conn, shop, work_order_id)

    async def attach(self, caller: Caller, work_order_id: UUID, evidence_id: UUID) -> None:
        """A picture of the work order's own conversation; the same again changes nothing."""
        shop = await self._shop(caller, work_order_id)
        async with self._db.transaction(shop) as conn:
            order = await self._locked(conn, shop, work_order_id)
            talk = order.conversation_id
            if talk is None or not await self._pictures.is_of(conn, shop, talk, evidence_id):
                raise NotFound("no such picture in the conversation of this work order")
            values = {
                "shop": shop,
                "work_order_id": work_order_id,
                "evidence_id": evidence_id,
                "author_type": caller.author.type,
                "author": caller.author.id,
                "at": self._clock.now(),
            }
            if await store.execute(conn, "attach", values):
                await self._orders.attached(conn, order, evidence_id, caller.author)

    async def members(self, caller: Caller, shop: ShopId) -> list[Member]:
        self._check(caller, shop)
        async with self._db.transaction(shop) as conn:
            return await store.members(conn, shop)

    async def set_member(self, caller: Caller, shop: ShopId, member: Member) -> None:
        """Who works for a team, and knows what."""
        self._check(caller, shop)
        values = {
            "shop": shop,
            "staff_id": member.staff_id,
            "team": member.team,
            "skills": list(member.skills),
            "is_available": member.is_available,
            "now": self._clock.now(),
        }
        detail = {"team": member.team.value, "skills": ",".join(member.skills), "available": str(member.is_available)}
        async with self._db.transaction(shop) as conn:
            await store.execute(conn, "set_member", values)
            await self._audit.append(conn, [records.member_set(shop, member.staff_id, caller.author, detail)])

    def _check(self, caller: Caller, shop: ShopId) -> None:
        if not caller.serves(shop):
            raise _nothing()

    async def _shop(self, caller: Caller, work_order_id: UUID) -> ShopId:
        async with self._db.system() as conn:
            shop = await store.find_everywhere(conn, work_order_id)
        if shop is None or not caller.serves(shop):
            raise _nothing()
        return shop

    async def _locked(self, conn: Connection, shop: ShopId, work_order_id: UUID) -> WorkOrder:
        order = await store.lock(conn, shop, work_order_id)
        if order is None:
            raise _nothing()
        return order

    async def _standing(self, conn: Connection, shop: ShopId, named: UUID, opening: Opening) -> WorkOrder | None:
        """What was opened under this id before. KeyUsed if it was opened for something else."""
        await store.rows(conn, "lock_named", {"work_order_id": str(named)})
        order = await store.find(conn, shop, named)
        if order is not None and _about(order) != _about(opening):
            raise KeyUsed("this key came with another request before: make a new one for a new request")
        return order

    async def _evidence(self, conn: Connection, order: WorkOrder) -> tuple[UUID, ...]:
        values = {"shop": order.shop_id, "work_order_id": order.work_order_id}
        return tuple(row["evidence_id"] for row in await store.rows(conn, "attachments", values))

    async def _check_member(self, conn: Connection, order: WorkOrder, staff_id: UUID | None) -> None:
        members = await store.members(conn, order.shop_id, order.team)
        if staff_id is not None and staff_id not in {member.staff_id for member in members}:
            raise NotOfTheTeam(f"that person is not of the team {order.team}: transfer it, or add him to the team")

    async def _check_target(self, conn: Connection, order: WorkOrder, into: UUID | None) -> None:
        """Merged work orders form no ring: what goes on is open, and what is merged is not."""
        target = await store.find(conn, order.shop_id, into) if into else None
        if target is None or target.state not in OPEN:
            raise CannotMerge("the work order that is to go on must be an open one of the same shop")


def _about(what: WorkOrder | Opening) -> tuple[object, ...]:
    """What is kept as it was asked for: everything else follows from terms, or changes."""
    return what.kind, what.conversation_id, what.case_id, what.order_id


def _by_default(asked: Asked, order: WorkOrder, author: Author) -> Asked:
    """Who starts a work order that nobody has takes it."""
    if asked.assignee is None and order.assignee is None and author.type is AuthorType.STAFF:
        return msgspec.structs.replace(asked, assignee=UUID(author.id))
    return asked


def _nothing() -> NotFound:
    return NotFound("no such work order, or none of your shops'")
