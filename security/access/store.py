"""Rows of accounts, factors, one-time tokens and phases. Inside the caller's transaction; opens and seals nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from security.access.labels import Category, Label, Level
from security.access.model import Rights, State
from security.access.permissions import Role
from security.sql import Connection, Queries

SQL = Queries.beside(__file__)


class AccountRow(NamedTuple):
    staff_id: UUID
    login_digest: bytes | None
    login: bytes | None
    name: bytes
    roles: list[str]
    shops: list[str]
    level: str
    categories: list[str]
    state: str
    rights_mac: bytes
    created_at: datetime
    last_used_at: datetime

    @property
    def rights(self) -> Rights:
        return rights_of(self.roles, self.shops, self.level, self.categories)


class PasswordRow(NamedTuple):
    hash: str
    set_at: datetime


class TotpRow(NamedTuple):
    seed: bytes
    last_step: int


class TokenRow(NamedTuple):
    token_id: UUID
    staff_id: UUID
    issued_by: UUID | None
    sealed: bytes | None


class PhaseRow(NamedTuple):
    bootstrapped_at: datetime
    live_at: datetime | None
    live_by: UUID | None


class UnconfirmedRow(NamedTuple):
    change_id: UUID
    staff_id: UUID


def rights_of(roles: Sequence[str], shops: Sequence[str], level: str, categories: Sequence[str]) -> Rights:
    label = Label(level=Level(level), categories=frozenset(map(Category, categories)))
    return Rights(roles=frozenset(map(Role, roles)), shops=frozenset(shops), label=label)


def columns_of(rights: Rights, state: State, mac: bytes) -> dict[str, Any]:
    return {
        "roles": sorted(rights.roles),
        "shops": sorted(rights.shops),
        "level": rights.label.level,
        "categories": sorted(rights.label.categories),
        "state": state,
        "rights_mac": mac,
    }


async def select_account(conn: Connection, staff_id: UUID, *, lock: bool = False) -> AccountRow | None:
    cursor = conn.cursor(row_factory=class_row(AccountRow))
    block = SQL["lock_account" if lock else "select_account"]
    return await (await cursor.execute(block, {"staff_id": staff_id})).fetchone()


async def select_account_by_login(conn: Connection, login_digest: bytes) -> AccountRow | None:
    cursor = conn.cursor(row_factory=class_row(AccountRow))
    return await (await cursor.execute(SQL["select_account_by_login"], {"login_digest": login_digest})).fetchone()


async def select_accounts(conn: Connection) -> list[AccountRow]:
    cursor = conn.cursor(row_factory=class_row(AccountRow))
    return await (await cursor.execute(SQL["select_accounts"])).fetchall()


async def select_passwords(conn: Connection, staff_id: UUID) -> list[PasswordRow]:
    """The one that counts first."""
    cursor = conn.cursor(row_factory=class_row(PasswordRow))
    return await (await cursor.execute(SQL["select_passwords"], {"staff_id": staff_id})).fetchall()


async def insert_password(conn: Connection, staff_id: UUID, hashed: str, now: datetime, keep: int) -> None:
    await conn.execute(SQL["insert_password"], {"staff_id": staff_id, "hash": hashed, "now": now})
    await conn.execute(SQL["forget_passwords"], {"staff_id": staff_id, "keep": keep})


async def put_totp(conn: Connection, staff_id: UUID, seed: bytes, step: int, now: datetime) -> None:
    await conn.execute(SQL["put_totp"], {"staff_id": staff_id, "seed": seed, "step": step, "now": now})


async def select_totp(conn: Connection, staff_id: UUID) -> TotpRow | None:
    cursor = conn.cursor(row_factory=class_row(TotpRow))
    return await (await cursor.execute(SQL["select_totp"], {"staff_id": staff_id})).fetchone()


async def spend_step(conn: Connection, staff_id: UUID, step: int) -> bool:
    """False if this code, or a later one, was used before."""
    return (await conn.execute(SQL["spend_step"], {"staff_id": staff_id, "step": step})).rowcount == 1


async def select_token(conn: Connection, sha256: bytes, purpose: str, now: datetime) -> TokenRow | None:
    cursor = conn.cursor(row_factory=class_row(TokenRow))
    values = {"sha256": sha256, "purpose": purpose, "now": now}
    return await (await cursor.execute(SQL["select_token"], values)).fetchone()


async def use_token(conn: Connection, token_id: UUID, now: datetime) -> bool:
    return (await conn.execute(SQL["use_token"], {"token_id": token_id, "now": now})).rowcount == 1


async def select_phase(conn: Connection) -> PhaseRow | None:
    cursor = conn.cursor(row_factory=class_row(PhaseRow))
    return await (await cursor.execute(SQL["select_phase"])).fetchone()


async def select_unconfirmed(conn: Connection) -> list[UnconfirmedRow]:
    """What one administrator did alone and nobody else has confirmed, the oldest first; not about disabled accounts."""
    cursor = conn.cursor(row_factory=class_row(UnconfirmedRow))
    return await (await cursor.execute(SQL["select_unconfirmed"])).fetchall()


async def count_active(conn: Connection) -> Counter[Role]:
    """Those only whose label is as high as their role's: a lower one may keep them from what the role is for."""
    cursor = conn.cursor(row_factory=tuple_row)
    found: Counter[Role] = Counter()
    for role, level, categories, count in await (await cursor.execute(SQL["count_active"])).fetchall():
        found[Role(role)] += count if rights_of([role], (), level, categories).is_whole(Role(role)) else 0
    return found
