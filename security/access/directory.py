"""The accounts: made, found, given rights, ended. Never removed, and never under a name that somebody had."""

from collections.abc import Callable
from uuid import UUID

from security.access import store
from security.access.errors import ChangeRefused, NotThere, RightsTampered
from security.access.keys import Marks, StaffKeys
from security.access.model import Account, Rights, State
from security.access.store import SQL, AccountRow
from security.clock import Clock
from security.crypto.subject import SubjectKeys
from security.sql import Connection

_TABLE = "staff_account"


class Directory:
    def __init__(self, keys: StaffKeys, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self.keys = keys
        self._clock = clock
        self._new_id = new_id

    async def create(
        self, conn: Connection, *, login: str | None, name: str, rights: Rights, state: State, by: UUID | None
    ) -> UUID:
        """The new account's id. ChangeRefused if somebody has, or had, the login name."""
        staff_id = self._new_id()
        sealing = await self.keys.create(conn, staff_id)
        marks = await self.keys.marks(conn)
        values = {
            "staff_id": staff_id,
            "login_digest": marks.login(login) if login else None,
            "login": sealing.seal(_TABLE, "login", staff_id, login.encode()) if login else None,
            "name": sealing.seal(_TABLE, "name", staff_id, name.encode()),
            "created_by": by,
            "now": self._clock.now(),
            **store.columns_of(rights, state, marks.rights(staff_id, rights, state)),
        }
        if (await conn.execute(SQL["insert_account"], values)).rowcount != 1:
            raise ChangeRefused("somebody has or had this login name; names are never given twice")
        return staff_id

    async def choose_login(self, conn: Connection, staff_id: UUID, login: str, name: str) -> bytes:
        """For an account that was made without one. Returns the name's digest."""
        sealing = await self.keys.of(conn, staff_id)
        digest = (await self.keys.marks(conn)).login(login)
        await conn.execute(SQL["lock_accounts"])
        values = {
            "staff_id": staff_id,
            "login_digest": digest,
            "login": sealing.seal(_TABLE, "login", staff_id, login.encode()),
            "name": sealing.seal(_TABLE, "name", staff_id, name.encode()),
        }
        if (await conn.execute(SQL["update_login"], values)).rowcount != 1:
            raise ChangeRefused("somebody has or had this login name; take another one")
        return digest

    async def find(self, conn: Connection, staff_id: UUID, *, lock: bool = False) -> AccountRow:
        """NotThere if there is none; RightsTampered if its rights were changed behind our back."""
        marks = await self.keys.marks(conn)
        row = await store.select_account(conn, staff_id, lock=lock)
        if row is None:
            raise NotThere("no such account")
        if not self.is_sound(marks, row):
            raise RightsTampered
        return row

    async def find_by_login(self, conn: Connection, login: str) -> AccountRow:
        row = await store.select_account_by_login(conn, (await self.keys.marks(conn)).login(login))
        if row is None:
            raise NotThere("no such account")
        return row

    async def get(self, conn: Connection, staff_id: UUID) -> Account:
        row = await store.select_account(conn, staff_id)
        if row is None:
            raise NotThere("no such account")
        return self._opened(await self.keys.of(conn, staff_id), row)

    async def list(self, conn: Connection) -> list[Account]:
        return [self._opened(await self.keys.of(conn, row.staff_id), row) for row in await store.select_accounts(conn)]

    async def put_rights(self, conn: Connection, staff_id: UUID, rights: Rights, state: State) -> None:
        mac = (await self.keys.marks(conn)).rights(staff_id, rights, state)
        await conn.execute(SQL["update_rights"], {"staff_id": staff_id, **store.columns_of(rights, state, mac)})

    def is_sound(self, marks: Marks, row: AccountRow) -> bool:
        """``marks``: asked for before the row was read."""
        return marks.rights(row.staff_id, row.rights, State(row.state)) == bytes(row.rights_mac)

    def _opened(self, keys: SubjectKeys, row: AccountRow) -> Account:
        login = keys.open(_TABLE, "login", row.staff_id, bytes(row.login)).decode() if row.login else None
        return Account(
            staff_id=row.staff_id,
            login=login,
            name=keys.open(_TABLE, "name", row.staff_id, bytes(row.name)).decode(),
            rights=row.rights,
            state=State(row.state),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
        )
