"""Who may take the beginning of the audit log out: an audit administrator, with the approval of two others.

Each of the two is a security administrator who logged in and issued a token about that very account; the tokens are
carried to the machine, where they are good once. Nobody's name is taken from a command line.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from security.access.directory import Directory
from security.access.errors import ChangeRefused, TokenRefused
from security.access.model import State
from security.access.once import Once, Purpose
from security.access.permissions import Permission, Role, permissions_of
from security.access.store import TokenRow
from security.sql import Connection

_TWO: Final = 2


class Approved(NamedTuple):
    """By their ids."""

    pruned_by: UUID
    approved_by: UUID
    seconded_by: UUID


class PruneApprovals:
    def __init__(self, directory: Directory, once: Once) -> None:
        self._directory = directory
        self._once = once

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
            raise ChangeRefused("pruning needs the approvals of two security administrators: hand both tokens in")
        account = await self._directory.find(conn, (await self._directory.find_by_login(conn, login)).staff_id)
        if account.state != State.ACTIVE or Role.AUDIT_ADMIN not in account.rights.roles:
            raise ChangeRefused("only an audit administrator prunes the audit log")
        rows = [await self._once.find(conn, Purpose.PRUNE_LOG, token) for token in tokens]
        if any(row.staff_id != account.staff_id for row in rows):
            raise ChangeRefused("an approval is for another account")
        first, second = [await self._approver(conn, row) for row in rows]
        if first == second:
            raise ChangeRefused("pruning needs the approval of two different people")
        return Approved(account.staff_id, first, second), rows

    async def _approver(self, conn: Connection, row: TokenRow) -> UUID:
        """Who issued it, and still may."""
        if row.issued_by is None:
            raise TokenRefused
        person = await self._directory.find(conn, row.issued_by)
        if person.state != State.ACTIVE or Permission.STAFF_APPROVE not in permissions_of(person.rights.roles):
            raise ChangeRefused("who approved may not approve any more")
        return row.issued_by
