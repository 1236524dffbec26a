"""Places at the desk of a shop, and the people who share it by name.

A seat is for an account that is not disabled, may answer customers and serves the shop. Each change is one transaction
under the lock of the shop's queue, with its audit record.
"""

from typing import Final
from uuid import UUID

import msgspec

from appliance.db import Database
from appliance.desk import store
from appliance.desk.model import BadgeTaken, CannotSit, Colleague
from appliance.desk.ports import Accounts
from appliance.desk.queue import Queue
from appliance.desk.service import served
from appliance.errors import InvalidInput, NotFound
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ShopId
from security.access import records
from security.access.errors import NotThere
from security.access.model import Account, Origin, Principal, State
from security.access.permissions import Permission, permissions_of
from security.access.records import Deed
from security.audit.append import append

_AGREED_TO: Final = frozenset({State.INVITED, State.ACTIVE})
"""And not disabled."""


class SeatGiven(msgspec.Struct, frozen=True, kw_only=True):
    staff_id: UUID
    badge: str
    groups: tuple[str, ...]
    capacity: int


class Seats:
    def __init__(self, db: Database, deeds: Deeds, accounts: Accounts, queue: Queue) -> None:
        self._db = db
        self._deeds = deeds
        self._accounts = accounts
        self._queue = queue

    async def colleagues(self, who: Principal, shop: ShopId) -> tuple[Colleague, ...]:
        """Everybody who serves the shop, those too who no longer may: what they wrote still bears their name."""
        served(who, shop)
        async with self._db.transaction(shop) as conn:
            badges = {seat.staff_id: seat.badge for seat in await self._queue.seats(conn, shop)}
        found = [account for account in await self._accounts.accounts() if shop in account.rights.shops]
        return tuple(
            Colleague(
                staff_id=each.staff_id,
                name=each.name,
                badge=badges.get(each.staff_id),
                may_sit=_may_sit(each, shop),
            )
            for each in sorted(found, key=lambda account: account.name)
        )

    async def give(self, who: Principal, shop: ShopId, given: SeatGiven, origin: Origin) -> None:
        """A place at the desk, or another number, other groups. CannotSit for who may not have one."""
        served(who, shop)
        if unknown := set(given.groups) - self._queue.terms.groups.keys():
            raise InvalidInput(f"there is no group {min(unknown)}; there are {', '.join(self._queue.terms.groups)}")
        deed, actor, thing = Deed.DESK_SEAT, records.actor_of(who), records.account(given.staff_id)
        detail = {"badge": given.badge, "groups": ",".join(given.groups), "capacity": str(given.capacity)}
        async with self._deeds.noting(deed, actor, thing, origin):
            await self._check_sitter(shop, given.staff_id)
            async with self._db.transaction(shop) as conn:
                await self._queue.lock(conn, shop)
                values = {"shop": shop, **msgspec.structs.asdict(given), "groups": list(given.groups)}
                if await store.rows(conn, "is_badge_taken", values):
                    raise BadgeTaken("another agent of this shop has that number")
                await store.execute(conn, "set_seat", values)
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
                await self._queue.assign(conn, shop)

    async def take_away(self, who: Principal, shop: ShopId, staff_id: UUID, origin: Origin) -> None:
        """What he has goes back to the queue, each to its old place; his number is free. NotFound: he has no seat."""
        served(who, shop)
        deed, actor, thing = Deed.DESK_UNSEAT, records.actor_of(who), records.account(staff_id)
        async with self._deeds.noting(deed, actor, thing, origin), self._db.transaction(shop) as conn:
            await self._queue.lock(conn, shop)
            await self._queue.put_all_back(conn, shop, staff_id)
            if await store.execute(conn, "drop_seat", {"shop": shop, "staff_id": staff_id}) == 0:
                raise NotFound("that person has no seat at the desk of this shop")
            await append(conn, [records.record(deed, actor, thing, origin, tenant=shop)])
            await self._queue.assign(conn, shop)

    async def _check_sitter(self, shop: ShopId, staff_id: UUID) -> None:
        """The same words whatever is missing: who gives seats learns nothing of accounts that serve other shops."""
        try:
            account = await self._accounts.account(staff_id)
        except NotThere:
            account = None
        if account is None or not _may_sit(account, shop):
            raise CannotSit(
                "a seat is for an account that is not disabled, may answer customers and serves this shop: "
                "a security administrator gives it the role 'agent' or 'supervisor' and the shop"
            )


def _may_sit(account: Account, shop: ShopId) -> bool:
    rights = account.rights
    may_reply = Permission.CONVERSATION_REPLY in permissions_of(rights.roles)
    return account.state in _AGREED_TO and may_reply and shop in rights.shops
