"""The way into the log for everybody else: append within your own transaction; wait for the seal before you act."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import tuple_row

from security.audit.canonical import MAX_EVENT_BYTES, canonical
from security.audit.record import AuditEvent, to_tree
from security.errors import AuditUnavailable
from security.sql import Connection, Queries

SQL = Queries.beside(__file__)

_FIRST_PAUSE_S = 0.004
_LONGEST_PAUSE_S = 0.05


async def append(conn: Connection, records: Sequence[AuditEvent]) -> tuple[UUID, ...]:
    """Record the events if, and only if, the caller's transaction commits. One statement. Returns their ids."""
    events = b"[" + b",".join(canonical(to_tree(record), MAX_EVENT_BYTES) for record in records) + b"]"
    await conn.execute(SQL["append"], {"events": events.decode()})
    return tuple(record.id for record in records)


async def wait_sealed(conn: Connection, ids: Sequence[UUID], timeout_s: float = 2.0) -> None:
    """Return once the records, committed before, stand in both sinks. Otherwise AuditUnavailable: do not act."""
    deadline = time.monotonic() + timeout_s
    pause_s = _FIRST_PAUSE_S
    cursor = conn.cursor(row_factory=tuple_row)
    while True:
        row = await (await cursor.execute(SQL["unsealed"], {"ids": list(ids)})).fetchone()
        if row == (0,):
            return
        if time.monotonic() >= deadline:
            raise AuditUnavailable(f"the audit log did not seal within {timeout_s:g} s; nothing was done")
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
