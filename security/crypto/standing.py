"""How the keys stand: which epoch of which shop, what is on its way, what was put away when. Numbers and times only."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from psycopg.rows import class_row

from security.crypto.shop_keys import SQL
from security.sql import Connection

_MOST_ROTATIONS: Final = 20


class Copy(StrEnum):
    SHARES = "shares"
    EPOCHS = "epochs"


class ShopStanding(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    epoch: int
    epoch_since: datetime
    older_epochs: int
    subjects: int
    behind: int
    """Keys that an older epoch still wraps."""
    erased: int
    """Subjects whose keys were destroyed."""


class RotationStanding(msgspec.Struct, frozen=True, kw_only=True):
    layer: str
    place: str
    target: int
    moved: int
    started_at: datetime
    finished_at: datetime | None
    remaining: int | None
    """None where it is over, or nobody can say."""


class CopyStanding(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    generation: int | None
    made_at: datetime


async def shops(conn: Connection) -> Sequence[ShopStanding]:
    cursor = conn.cursor(row_factory=class_row(ShopStanding))
    return await (await cursor.execute(SQL["standing_of_shops"])).fetchall()


async def rotations(conn: Connection) -> Sequence[RotationStanding]:
    """Those under way, then the latest that are over."""
    cursor = conn.cursor(row_factory=class_row(RotationStanding))
    return await (await cursor.execute(SQL["latest_rotations"], {"limit": _MOST_ROTATIONS})).fetchall()


async def copies(conn: Connection) -> Sequence[CopyStanding]:
    cursor = conn.cursor(row_factory=class_row(CopyStanding))
    return await (await cursor.execute(SQL["copies"])).fetchall()


async def remember_copy(conn: Connection, kind: Copy, generation: int | None, now: datetime) -> None:
    await conn.execute(SQL["remember_copy"], {"kind": kind, "generation": generation, "now": now})
