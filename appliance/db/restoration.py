"""What a restore leaves to be done: a row that comes with the restored rows, and stands until two people have ended it.

While one stands the appliance is `reconciling`: whoever would write to an order system, or take a customer's yes, asks
`is_reconciling` in the same transaction and refuses. This module refuses nothing by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from appliance.db.database import SQL, Connection
from appliance.ids import uuid7

REFUSED_AFTER_RESTORE: Final = (
    "this appliance was restored from a backup and is reconciling: nothing is written to an order system until two "
    "security administrators have approved what was lost (appliance recovery status)"
)


class RestoreKind(StrEnum):
    ARCHIVE = "archive"
    POINT_IN_TIME = "point_in_time"


class LogHead(NamedTuple):
    """How many records, and the root over them, hex."""

    size: int
    root: str


class Restoration(NamedTuple):
    restoration_id: UUID
    kind: str
    as_of: datetime
    """Of when the restored rows are."""
    restored_at: datetime
    log_size: int
    """Records of the audit log from which this installation goes on."""
    log_root: str
    record_id: UUID | None
    """The audit record by which two people end it, once it is written."""


def begun(kind: RestoreKind, as_of: datetime, now: datetime, head: LogHead) -> Restoration:
    return Restoration(uuid7(), kind, as_of, now, head.size, head.root, None)


async def is_reconciling(conn: Connection) -> bool:
    cursor = conn.cursor(row_factory=tuple_row)
    return await (await cursor.execute(SQL["is_reconciling"])).fetchone() == (True,)


async def begin(conn: Connection, restoration: Restoration) -> None:
    """As the owner of the tables, in the transaction that brings the rows back."""
    is_known = await _is_known(conn)
    if not is_known:
        await conn.execute(SQL["restorations_due"])
    await conn.execute(SQL["begin_restoration" if is_known else "begin_restoration_due"], restoration._asdict())


async def standing(conn: Connection) -> list[Restoration]:
    """Those that nobody has ended, the oldest first. None in a database that is still of an older version."""
    if not await _is_known(conn):
        return []
    cursor = conn.cursor(row_factory=class_row(Restoration))
    return await (await cursor.execute(SQL["open_restorations"])).fetchall()


async def name_record(conn: Connection, restoration_id: UUID, record_id: UUID) -> None:
    """In the transaction that appends the record: from here on only its seal is missing."""
    await conn.execute(SQL["name_record_of_restoration"], {"restoration_id": restoration_id, "record_id": record_id})


async def settle(conn: Connection, record_ids: Sequence[UUID], now: datetime) -> None:
    """Their records are sealed: what waited goes on."""
    await conn.execute(SQL["settle_restorations"], {"record_ids": list(record_ids), "now": now})


async def _is_known(conn: Connection) -> bool:
    cursor = conn.cursor(row_factory=tuple_row)
    return await (await cursor.execute(SQL["has_restorations"])).fetchone() == (True,)
