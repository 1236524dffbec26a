"""When the people of each skill group are there: as the desk's terms say, or as a shop has said for a group of its own.

Whoever waits for a group to open follows when its hours change: nobody is left waiting for an hour that is no more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from psycopg.types.json import Jsonb

from appliance.aftersales.work.hours import Hours
from appliance.clock import Clock
from appliance.db import Connection, Database
from appliance.desk import rules, store
from appliance.desk.queue import Queue
from appliance.errors import ConfigurationError, InvalidInput, NotFound
from appliance.identity.shop_records import By, note
from appliance.ids import ShopId
from security.access.records import Deed

_AS_SHIPPED: Final = "as_shipped"


class HoursUnfit(InvalidInput):
    """Hours that cannot be, or in which nobody would ever be there."""

    code = "hours_unfit"


class GroupHours(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    hours: Hours
    is_own: bool
    """Said by the shop; otherwise by the desk's terms."""
    opens_at: datetime | None
    """None: people are there now."""


class DeskHours:
    def __init__(self, db: Database, queue: Queue, clock: Clock) -> None:
        self._db = db
        self._queue = queue
        self._terms = queue.terms
        self._clock = clock

    async def all(self, shop: ShopId) -> tuple[GroupHours, ...]:
        async with self._db.transaction(shop) as conn:
            own = await store.own_hours(conn, shop)
        now = self._clock.now()
        return tuple(self._of(group, own, now) for group in sorted(self._terms.groups))

    def _of(self, group: str, own: Mapping[str, Hours], now: datetime) -> GroupHours:
        hours = own.get(group, self._terms.hours)
        return GroupHours(group=group, hours=hours, is_own=group in own, opens_at=rules.opening_of(hours, now))

    def read(self, given: Mapping[str, Any]) -> Hours:
        """HoursUnfit says what does not fit, or that nobody would ever be there."""
        try:
            hours = Hours(**given)
            rules.opening_of(hours, self._clock.now())
        except ConfigurationError as wrong:
            raise HoursUnfit(wrong.detail) from wrong
        return hours

    async def set(self, shop: ShopId, group: str, hours: Hours | None, by: By) -> None:
        """None: as the terms have it. NotFound if there is no such group."""
        if group not in self._terms.groups:
            raise NotFound(f"there is no such group; there are {', '.join(sorted(self._terms.groups))}")
        opens_at = rules.opening_of(hours or self._terms.hours, self._clock.now())
        async with self._db.transaction(shop) as conn:
            await self._queue.lock(conn, shop)
            await self._write(conn, shop, group, hours)
            values = {"shop": shop, "skill": group, "opens_at": opens_at, "now": self._clock.now()}
            await store.execute(conn, "open_at", values)
            spans = " ".join(hours.spans) if hours else _AS_SHIPPED
            await note(conn, shop, Deed.SHOP_HOURS, by, {"group": group, "spans": spans})
            await self._queue.assign(conn, shop)

    async def _write(self, conn: Connection, shop: ShopId, group: str, hours: Hours | None) -> None:
        values = {"shop": shop, "skill": group, "now": self._clock.now()}
        if hours is None:
            await store.execute(conn, "drop_hours", values)
        else:
            await store.execute(conn, "set_hours", {**values, "hours": Jsonb(msgspec.to_builtins(hours))})
