"""Sessions live on the server: an opaque token, looked up at every request. Ending the row ends it everywhere."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from security.access import records, store, tokens
from security.access.errors import NotThere, RightsTampered, SessionRefused, SessionTampered
from security.access.keys import Marks, StaffKeys
from security.access.limits import Limits
from security.access.model import Factor, Origin, Principal, Session, State
from security.access.records import Deed
from security.access.store import SQL
from security.audit.append import append
from security.audit.record import Outcome
from security.clock import Clock
from security.sql import Connection

_TOUCH: Final = timedelta(seconds=30)
"""How much of the idle time may be lost by not writing at every request."""


class End(StrEnum):
    LOGOUT = "logout"
    REVOKED = "revoked"
    REPLACED = "replaced"
    ACCOUNT = "account"


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    principal: Principal
    token: str
    ends_at: datetime

    def __repr__(self) -> str:
        return f"Opened({self.principal.session_id})"


class _Place(msgspec.Struct, frozen=True):
    ip: str
    terminal: str


class _Found(NamedTuple):
    session_id: UUID
    staff_id: UUID
    factor: str
    session_mac: bytes | None
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    roles: list[str]
    shops: list[str]
    level: str
    categories: list[str]
    state: str
    rights_mac: bytes
    password_set_at: datetime | None


class _Live(NamedTuple):
    session_id: UUID
    staff_id: UUID
    sha256: bytes
    factor: str
    session_mac: bytes | None
    place: bytes
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class Sessions:
    def __init__(self, keys: StaffKeys, clock: Clock, new_id: Callable[[], UUID], limits: Limits) -> None:
        self._keys = keys
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    async def open(self, conn: Connection, staff_id: UUID, factor: Factor, origin: Origin) -> Opened:
        """A session beside the person's others; the oldest give way where there would be too many."""
        now = self._clock.now()
        await self._make_room(conn, staff_id, origin)
        session_id, token, ends_at = self._new_id(), tokens.new(), now + self._limits.absolute
        sha256, marks = tokens.digest(token), await self._keys.marks(conn)
        place = msgspec.json.encode(_Place(origin.ip, origin.terminal))
        keys = await self._keys.of(conn, staff_id)
        values = {
            "session_id": session_id,
            "sha256": sha256,
            "staff_id": staff_id,
            "factor": factor,
            "session_mac": marks.session(session_id, sha256, staff_id, factor, now, ends_at),
            "place": keys.seal("staff_session", "place", session_id, place),
            "now": now,
            "ends_at": ends_at,
        }
        await conn.execute(SQL["insert_session"], values)
        return Opened(principal=await self.resume(conn, token), token=token, ends_at=ends_at)

    async def resume(self, conn: Connection, token: str, *, is_use: bool = True) -> Principal:
        """Whose session it is. SessionRefused if there is none, if it has ended, or if its account may not.

        SessionTampered or RightsTampered where we did not write the row of the session, or of the account.

        ``is_use``: False where a page only asks whether it still may, so that nobody stays in by leaving it open.
        """
        now, marks = self._clock.now(), await self._keys.marks(conn)
        cursor, sha256 = conn.cursor(row_factory=class_row(_Found)), tokens.digest(token)
        found = await (await cursor.execute(SQL["select_session"], {"sha256": sha256})).fetchone()
        if found is None or found.state != State.ACTIVE or found.password_set_at is None:
            raise SessionRefused("there is no such session; log in")
        if found.ends_at <= now or found.last_seen_at + self._limits.idle <= now:
            raise SessionRefused("the session has ended; log in again")
        if not _is_ours(marks, found, sha256):
            raise SessionTampered
        rights = store.rights_of(found.roles, found.shops, found.level, found.categories)
        if marks.rights(found.staff_id, rights, State(found.state)) != bytes(found.rights_mac):
            raise RightsTampered
        if is_use and found.last_seen_at + _TOUCH <= now:
            await conn.execute(SQL["touch_session"], {"session_id": found.session_id, "now": now})
        return Principal(
            staff_id=found.staff_id,
            session_id=found.session_id,
            rights=rights,
            factor=Factor(found.factor),
            has_expired_password=found.password_set_at + self._limits.password_life <= now,
        )

    async def of(self, conn: Connection, staff_id: UUID) -> list[Session]:
        return [await self._opened(conn, row) for row in await self._live(conn, staff_id)]

    async def all(self, conn: Connection) -> list[Session]:
        """Everybody's, for a security administrator."""
        return [await self._opened(conn, row) for row in await self._live(conn, None)]

    async def _opened(self, conn: Connection, row: _Live) -> Session:
        keys = await self._keys.of(conn, row.staff_id)
        place = msgspec.json.decode(keys.open("staff_session", "place", row.session_id, bytes(row.place)), type=_Place)
        return Session(
            session_id=row.session_id,
            staff_id=row.staff_id,
            factor=Factor(row.factor),
            ip=place.ip,
            terminal=place.terminal,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            ends_at=row.ends_at,
        )

    async def logout(self, conn: Connection, principal: Principal, origin: Origin) -> None:
        await self._end(conn, principal.staff_id, principal.session_id, End.LOGOUT)
        thing = records.account(principal.staff_id)
        await append(conn, [records.record(Deed.SESSION_LOGOUT, records.actor_of(principal), thing, origin)])

    async def revoke(
        self, conn: Connection, principal: Principal, session_id: UUID, origin: Origin, *, whose: UUID | None = None
    ) -> None:
        """One of the person's own; `whose`: of somebody else's, by a security administrator."""
        staff_id = whose or principal.staff_id
        if not await self._end(conn, staff_id, session_id, End.REVOKED):
            raise NotThere("there is no such session of this account")
        thing, detail = records.account(staff_id), {"session": str(session_id)}
        await append(
            conn, [records.record(Deed.SESSION_REVOKE, records.actor_of(principal), thing, origin, detail=detail)]
        )

    async def revoke_all(self, conn: Connection, principal: Principal, staff_id: UUID, origin: Origin) -> int:
        """Somebody else's, by a security administrator: at once, before anything is decided about the account."""
        if await store.select_account(conn, staff_id) is None:
            raise NotThere("no such account")
        ended = await self.end_all(conn, staff_id, End.REVOKED)
        thing, detail = records.account(staff_id), {"sessions": str(ended)}
        await append(
            conn, [records.record(Deed.SESSION_REVOKE, records.actor_of(principal), thing, origin, detail=detail)]
        )
        return ended

    async def end_all(self, conn: Connection, staff_id: UUID, why: End, *, but: UUID | None = None) -> int:
        values = {"staff_id": staff_id, "ended_by": why, "but": but, "now": self._clock.now()}
        return (await conn.execute(SQL["end_sessions"], values)).rowcount

    async def _make_room(self, conn: Connection, staff_id: UUID, origin: Origin) -> None:
        live = await self._live(conn, staff_id)
        surplus = live[: max(len(live) - self._limits.sessions + 1, 0)]
        for row in surplus:
            await self._end(conn, staff_id, row.session_id, End.REPLACED)
        if surplus:
            thing, detail = records.account(staff_id), {"sessions": _ids(surplus)}
            actor = records.person(staff_id)
            event = records.record(
                Deed.SESSION_REPLACE, actor, thing, origin, outcome=Outcome.SUCCESS, reason="too_many", detail=detail
            )
            await append(conn, [event])

    async def _end(self, conn: Connection, staff_id: UUID, session_id: UUID, why: End) -> bool:
        values = {"staff_id": staff_id, "session_id": session_id, "ended_by": why, "now": self._clock.now()}
        return (await conn.execute(SQL["end_session"], values)).rowcount == 1

    async def _live(self, conn: Connection, staff_id: UUID | None) -> list[_Live]:
        """Those that we opened: what was made or moved in the table opens nothing, and counts for nothing."""
        now, marks = self._clock.now(), await self._keys.marks(conn)
        cursor = conn.cursor(row_factory=class_row(_Live))
        values = {"staff_id": staff_id, "now": now, "seen_after": now - self._limits.idle}
        rows = await (await cursor.execute(SQL["select_live_sessions"], values)).fetchall()
        return [row for row in rows if _is_ours(marks, row, bytes(row.sha256))]


def _is_ours(marks: Marks, row: _Found | _Live, sha256: bytes) -> bool:
    expected = marks.session(row.session_id, sha256, row.staff_id, Factor(row.factor), row.created_at, row.ends_at)
    return row.session_mac is not None and expected == bytes(row.session_mac)


def _ids(rows: Sequence[_Live]) -> str:
    return " ".join(str(row.session_id) for row in rows)
