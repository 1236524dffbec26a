"""The way into the log for everybody else: append within your own transaction; wait for the seal before you act.

Where the log has fallen behind, nothing is begun that has to wait for it.
"""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import tuple_row

from security.audit.canonical import canonical_event
from security.audit.record import AuditEvent
from security.errors import AuditUnavailable
from security.sql import Connection, Queries

SQL = Queries.beside(__file__)

_SHORTEST_PAUSE_S = 0.003
_LONGEST_PAUSE_S = 0.05
_SHARE_OF_WAIT = 0.25
"""A quarter of what was waited already: who waits long asks seldom, and nobody oversleeps by more."""

SEAL_S = 2.0
"""Who is about to act waits as long for the seal of what they said."""
MOST_BEHIND = 10_000
"""Records that may wait for their seal, before nothing that needs one is begun any more."""
LONGEST_BEHIND_S = 60.0
"""How long the oldest of them may wait."""


async def append(conn: Connection, records: Sequence[AuditEvent]) -> tuple[UUID, ...]:
    """Record the events if, and only if, the caller's transaction commits. One statement. Returns their ids."""
    events = b"[" + b",".join(canonical_event(record) for record in records) + b"]"
    await conn.execute(SQL["append"], {"events": events.decode()})
    return tuple(record.id for record in records)


async def wait_sealed(conn: Connection, ids: Sequence[UUID], timeout_s: float = SEAL_S) -> None:
    """Return once the records, committed before, stand in both sinks. Otherwise AuditUnavailable: do not act."""
    began = time.monotonic()
    cursor = conn.cursor(row_factory=tuple_row)
    while True:
        row = await (await cursor.execute(SQL["unsealed"], {"ids": list(ids)})).fetchone()
        if row == (0,):
            return
        waited_s = time.monotonic() - began
        if waited_s >= timeout_s:
            raise AuditUnavailable(f"the audit log did not seal within {timeout_s:g} s; nothing was done")
        await asyncio.sleep(min(max(waited_s * _SHARE_OF_WAIT, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S))


async def refuse_if_behind(conn: Connection) -> None:
    """AuditUnavailable while more is unsealed, or for longer, than may be. As the role ``appliance_system``."""
    cursor = conn.cursor(row_factory=tuple_row)
    row = await (await cursor.execute(SQL["behind"], {"most": MOST_BEHIND + 1})).fetchone()
    pending, oldest_s = row or (0, 0.0)
    if pending > MOST_BEHIND or oldest_s > LONGEST_BEHIND_S:
        raise AuditUnavailable(f"{pending} audit records wait for their seal, the oldest for {oldest_s:.0f} s")
