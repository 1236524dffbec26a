"""What one administrator does with the approval of two others: pruning the audit log, ending what follows a restore.

Each of the two is a security administrator who logged in and issued a token about that very account; the tokens are
carried to the machine, where they are good once. Nobody's name is taken from a command line.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, assert_never
from uuid import UUID

from security.access.directory import Directory
from security.access.errors import ChangeRefused, TokenRefused
from security.access.model import State
from security.access.once import OfTwo, Once, Purpose
from security.access.permissions import Permission, Role, permissions_of
from security.access.store import TokenRow
from security.sql import Connection

_TWO: Final = 2


class Approved(NamedTuple):
    """By their ids."""

    done_by: UUID
    approved_by: UUID
    seconded_by: UUID


class TwoApprovals:
    def __init__(self, directory: Directory, once: Once, purpose: OfTwo) -> None:
        self._directory = directory
        self._once = once
        self._purpose = purpose

    async def check(self, conn: Connection, login: str, tokens: Sequence[str]) -> Approved:
        """Whether they would do, before anything is begun. Uses none of them."""
        return (await self._found(conn, login, tokens))[0]

    async def use(self, conn: Connection, login: str, tokens: Sequence[str]) -> Approved:
        """In the transaction that says that it is done. Good once."""
        approved, rows = await self._found(conn, login, tokens)
        for row in rows:
            await self._once.use(conn, row)
        return approved

    async def _found(self, conn: Connection, login: str, tokens: Sequence[str]) -> tuple[Approved, Sequence[TokenRow]]:
        if len(tokens) != _TWO:
            raise ChangeRefused("it needs the approvals of two security administrators: hand both tokens in")
        account = await self._directory.find(conn, (await self._directory.find_by_login(conn, login)).staff_id)
        role, refusal = self._whose()
        if account.state != State.ACTIVE or role not in account.rights.roles:
            raise ChangeRefused(refusal)
        rows = [await self._once.find(conn, self._purpose, token) for token in tokens]
        if any(row.staff_id != account.staff_id for row in rows):
            raise ChangeRefused("an approval is for another account")
        first, second = [await approver_of(conn, self._directory, row) for row in rows]
        if first == second:
            raise ChangeRefused("it needs the approval of two different people")
        return Approved(account.staff_id, first, second), rows

    def _whose(self) -> tuple[Role, str]:
        match self._purpose:
            case Purpose.PRUNE_LOG:
                return Role.AUDIT_ADMIN, "only an audit administrator prunes the audit log"
            case Purpose.SETTLE_RESTORE:
                return Role.SYS_ADMIN, "only a system administrator ends what follows a restore"
            case never:
                assert_never(never)


async def approver_of(conn: Connection, directory: Directory, row: TokenRow) -> UUID:
    """Who issued this approval, and still may. ChangeRefused for whoever was disabled since, or is in another role."""
    if row.issued_by is None:
        raise TokenRefused
    person = await directory.find(conn, row.issued_by)
    if person.state != State.ACTIVE or Permission.STAFF_APPROVE not in permissions_of(person.rights.roles):
        raise ChangeRefused("who approved may not approve any more")
    return row.issued_by
