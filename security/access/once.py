"""One-time tokens: each for one purpose and one account, for a while, and only once. Kept as a hash."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec

from security.access import store, tokens
from security.access.errors import TokenRefused
from security.access.keys import StaffKeys
from security.access.store import SQL, TokenRow
from security.clock import Clock
from security.sql import Connection


class Purpose(StrEnum):
    SET_UP = "set_up"
    TOTP = "totp"
    PASSKEY = "passkey"
    RESET_SECOND_FACTOR = "reset_second_factor"
    """A second administrator's approval, carried to the machine."""
    DISABLE = "disable"
    PRUNE_LOG = "prune_log"
    """One of two, about the audit administrator who will do it."""
    SETTLE_RESTORE = "settle_restore"
    """One of two, about the system administrator who says from where the log goes on after a restore."""


OfTwo = Literal[Purpose.PRUNE_LOG, Purpose.SETTLE_RESTORE]
"""What needs two approvals: one person's second does not void the other person's."""


_LIFE: Final = {
    Purpose.SET_UP: timedelta(hours=72),
    Purpose.TOTP: timedelta(minutes=15),
    Purpose.PASSKEY: timedelta(minutes=15),
    Purpose.RESET_SECOND_FACTOR: timedelta(minutes=15),
    Purpose.DISABLE: timedelta(minutes=15),
    Purpose.PRUNE_LOG: timedelta(hours=24),
    Purpose.SETTLE_RESTORE: timedelta(hours=24),
}
_TABLE, _COLUMN = "staff_token", "sealed"


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Issued({self.expires_at})"


class Once:
    def __init__(self, keys: StaffKeys, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._keys = keys
        self._clock = clock
        self._new_id = new_id

    async def issue(
        self, conn: Connection, purpose: Purpose, staff_id: UUID, *, by: UUID | None = None, secret: bytes | None = None
    ) -> Issued:
        """Those that the account had for the same purpose are void; where two approve, those of the same person."""
        now, token_id, token = self._clock.now(), self._new_id(), tokens.new()
        await self._void(conn, staff_id, [purpose], by if purpose in get_args(OfTwo) else None)
        values = {
            "token_id": token_id,
            "sha256": tokens.digest(token),
            "purpose": purpose,
            "staff_id": staff_id,
            "issued_by": by,
            "sealed": await self._sealed(conn, staff_id, token_id, secret),
            "now": now,
            "expires_at": now + _LIFE[purpose],
        }
        await conn.execute(SQL["insert_token"], values)
        return Issued(token=token, expires_at=now + _LIFE[purpose])

    async def find(self, conn: Connection, purpose: Purpose, token: str) -> TokenRow:
        """TokenRefused if it is not good any more, or never was."""
        row = await store.select_token(conn, tokens.digest(token), purpose, self._clock.now())
        if row is None:
            raise TokenRefused
        return row

    async def use(self, conn: Connection, row: TokenRow) -> None:
        """Of two that use it at once, one is refused."""
        if not await store.use_token(conn, row.token_id, self._clock.now()):
            raise TokenRefused

    async def keep_secret(self, conn: Connection, row: TokenRow, secret: bytes) -> None:
        sealed = await self._sealed(conn, row.staff_id, row.token_id, secret)
        await conn.execute(SQL["update_token"], {"token_id": row.token_id, "sealed": sealed})

    async def secret(self, conn: Connection, row: TokenRow) -> bytes:
        """TokenRefused if none goes with it yet."""
        if row.sealed is None:
            raise TokenRefused
        keys = await self._keys.of(conn, row.staff_id)
        return keys.open(_TABLE, _COLUMN, row.token_id, bytes(row.sealed))

    async def void(self, conn: Connection, staff_id: UUID, *purposes: Purpose) -> None:
        await self._void(conn, staff_id, purposes or tuple(Purpose), None)

    async def _void(self, conn: Connection, staff_id: UUID, purposes: Sequence[Purpose], by: UUID | None) -> None:
        names, now = [purpose.value for purpose in purposes], self._clock.now()
        await conn.execute(SQL["void_tokens"], {"staff_id": staff_id, "purposes": names, "now": now, "by": by})

    async def _sealed(self, conn: Connection, staff_id: UUID, token_id: UUID, secret: bytes | None) -> bytes | None:
        if secret is None:
            return None
        return (await self._keys.of(conn, staff_id)).seal(_TABLE, _COLUMN, token_id, secret)
