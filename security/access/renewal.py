"""Makes again what the key of the staff's digests has made, where that key is renewed. Who is logged in stays so.

What was changed in the tables, and not here, keeps its digest: no key vouches for it, neither the old nor the new.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from psycopg.rows import class_row

from security.access.keys import Marks, Ring, StaffKeys
from security.access.model import Factor, State
from security.access.store import SQL, AccountRow
from security.crypto.shop_keys import RenewedIndex
from security.sql import Connection

_FORGOTTEN: Final = ("forget_tickets", "forget_attempts", "forget_locks")
"""They tell by digest alone whose name and which address it was, and nobody can make that again.

For names with and without an account alike: who is between password and second factor begins anew, who was locked out
may try again.
"""

Row = TypeVar("Row")


class _Open(NamedTuple):
    session_id: UUID
    sha256: bytes
    staff_id: UUID
    factor: str
    session_mac: bytes
    created_at: datetime
    ends_at: datetime

    def marked(self, marks: Marks) -> bytes:
        sha256, factor = bytes(self.sha256), Factor(self.factor)
        return marks.session(self.session_id, sha256, self.staff_id, factor, self.created_at, self.ends_at)


class Renewal:
    def __init__(self, ring: Ring) -> None:
        self._keys = StaffKeys(ring)

    async def remake(self, conn: Connection, renewed: RenewedIndex) -> int:
        """How many accounts and open sessions have theirs anew. LockNotAvailable where others hold some for long."""
        old, new = Marks(renewed.old), Marks(renewed.new)
        accounts = [await self._account(conn, row, old, new) for row in await _locked(conn, "lock_all", AccountRow)]
        opened = [
            {"session_id": row.session_id, "session_mac": row.marked(new)}
            for row in await _locked(conn, "lock_open_sessions", _Open)
            if row.marked(old) == bytes(row.session_mac)
        ]
        cursor = conn.cursor()
        await cursor.executemany(SQL["remake_account"], accounts)
        await cursor.executemany(SQL["remake_session"], opened)
        for statement in _FORGOTTEN:
            await conn.execute(SQL[statement])
        return len(accounts) + len(opened)

    async def _account(self, conn: Connection, row: AccountRow, old: Marks, new: Marks) -> dict[str, Any]:
        state, digest, mac = State(row.state), row.login_digest, row.rights_mac
        if old.rights(row.staff_id, row.rights, state) == bytes(mac):
            mac = new.rights(row.staff_id, row.rights, state)
        if row.login is not None and digest is not None:
            keys = await self._keys.of(conn, row.staff_id)
            login = keys.open("staff_account", "login", row.staff_id, bytes(row.login)).decode()
            if old.login(login) == bytes(digest):
                digest = new.login(login)
        return {"staff_id": row.staff_id, "login_digest": digest, "rights_mac": mac}


async def _locked(conn: Connection, statement: str, row: type[Row]) -> Sequence[Row]:
    cursor = conn.cursor(row_factory=class_row(row))
    return await (await cursor.execute(SQL[statement])).fetchall()
