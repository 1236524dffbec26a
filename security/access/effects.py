"""What a change does to an account once it is agreed to. Records nothing: who asks for it does, in one transaction."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from security.access import store
from security.access.directory import Directory
from security.access.errors import ChangeRefused, NotThere
from security.access.model import Rights, State
from security.access.once import Issued, Once, Purpose
from security.access.permissions import ADMINISTRATORS, Role
from security.access.sessions import End, Sessions
from security.access.store import SQL, AccountRow
from security.sql import Connection

FEWEST_SEC_ADMINS: Final = 2
"""Once the installation is live: one proposes, another agrees."""


class ChangeKind(StrEnum):
    CREATE = "create"
    SET_RIGHTS = "set_rights"
    DISABLE = "disable"
    RESET = "reset"
    """Password and second factor are gone; the person sets the account up again. Also wakes a disabled one."""


class Effects:
    def __init__(self, directory: Directory, once: Once, sessions: Sessions) -> None:
        self._directory = directory
        self._once = once
        self._sessions = sessions

    async def account(self, conn: Connection, staff_id: UUID) -> AccountRow:
        """Locked, and all others with it: what is counted stays so. Unsound rights may be set right: not looked at."""
        await conn.execute(SQL["lock_accounts"])
        account = await store.select_account(conn, staff_id, lock=True)
        if account is None:
            raise NotThere("no such account")
        return account

    async def apply(self, conn: Connection, kind: ChangeKind, staff_id: UUID, rights: Rights | None) -> Issued | None:
        """A token to set the account up with, if the person has to."""
        account = await self.account(conn, staff_id)
        match kind:
            case ChangeKind.SET_RIGHTS:
                await self._keep_enough(conn, account, rights)
                await self._directory.put_rights(conn, staff_id, rights or account.rights, State(account.state))
                await self._sessions.end_all(conn, staff_id, End.ACCOUNT)
                return None
            case ChangeKind.DISABLE:
                await self._keep_enough(conn, account, None)
                await self._end(conn, account, State.DISABLED)
                return None
            case ChangeKind.CREATE | ChangeKind.RESET:
                await self._end(conn, account, State.INVITED)
                return await self._once.issue(conn, Purpose.SET_UP, staff_id)

    async def drop(self, conn: Connection, staff_id: UUID) -> None:
        """An account that nobody agreed to. Its login name stays taken."""
        account = await self.account(conn, staff_id)
        await self._directory.put_rights(conn, staff_id, account.rights, State.DISABLED)

    async def is_live(self, conn: Connection) -> bool:
        phase = await store.select_phase(conn)
        return phase is not None and phase.live_at is not None

    async def _end(self, conn: Connection, account: AccountRow, state: State) -> None:
        """Nothing that the person had opens anything any more."""
        await self._directory.put_rights(conn, account.staff_id, account.rights, state)
        await self._sessions.end_all(conn, account.staff_id, End.ACCOUNT)
        await self._once.void(conn, account.staff_id)
        await conn.execute(SQL["delete_totp"], {"staff_id": account.staff_id})
        await conn.execute(SQL["delete_passkeys"], {"staff_id": account.staff_id})

    async def _keep_enough(self, conn: Connection, account: AccountRow, rights: Rights | None) -> None:
        """Whoever stops being an active administrator here, or is cleared for less, must leave enough behind."""
        before = {role for role in ADMINISTRATORS if account.rights.is_whole(role)}
        lost = {role for role in before if rights is None or not rights.is_whole(role)}
        if account.state != State.ACTIVE or not lost:
            return
        active, is_live = await store.count_active(conn), await self.is_live(conn)
        for role in lost:
            needed = FEWEST_SEC_ADMINS if role is Role.SEC_ADMIN and is_live else 1
            if active[role] <= needed:
                raise ChangeRefused(f"too few would be left of {role.value}: appoint another one first")
