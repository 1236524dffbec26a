"""Proofs about the running log for somebody who does not hold it: that a record is in it, that it only grew.

A proof is a C2SP tlog-proof: a few lines of text with the signed checkpoint at its end. ``witness.py`` checks it alone.
"""

import asyncio
import base64
import re
from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import tuple_row

from security.audit import merkle
from security.audit.append import SQL
from security.audit.record import to_record
from security.audit.store import AuditStore
from security.errors import RecordRefused
from security.sql import Connection

INCLUSION = "c2sp.org/tlog-proof@v1"
CONSISTENCY = "aftersales-appliance/tlog-consistency@v1"
RESTORED = "aftersales-appliance/tlog-restored@v1"


async def inclusion(conn: Connection, place: str) -> str:
    """`place` is a record's number or its id. RecordRefused if no checkpoint covers such a record."""
    values = placed(place)
    cursor = conn.cursor(row_factory=tuple_row)
    found = await (await cursor.execute(SQL["record_place"], values)).fetchone()
    latest = await AuditStore(conn).latest_checkpoint()
    if found is None or latest is None or found[0] >= latest.size:
        raise RecordRefused("no such record under a signed checkpoint; wait for the next one, or ask the export")
    seq, raw = found
    leaves = await _leaves(conn, latest.size)
    head = [INCLUSION, f"extra {base64.b64encode(raw).decode()}", f"index {seq}"]
    return _text(head, await asyncio.to_thread(merkle.inclusion_proof, leaves, seq), latest.note)


async def consistency(conn: Connection, old_size: int) -> str:
    """That the latest checkpoint's log begins with the first `old_size` records of every earlier one."""
    latest = await AuditStore(conn).latest_checkpoint()
    if latest is None or not 0 <= old_size <= latest.size:
        size = latest.size if latest else 0
        raise RecordRefused(f"the log has {size} signed records: it cannot be a continuation of {old_size}")
    leaves = await _leaves(conn, latest.size)
    return _text(
        [CONSISTENCY, f"old {old_size}"],
        await asyncio.to_thread(merkle.consistency_proof, leaves, old_size),
        latest.note,
    )


async def restored(conn: Connection, old_size: int) -> str:
    """For whoever saw `old_size` records of a log that was lost since: the record of two people that says so."""
    latest = await AuditStore(conn).latest_checkpoint()
    cursor = conn.cursor(row_factory=tuple_row)
    row = await (await cursor.execute(SQL["restored_from"], {"old_size": old_size})).fetchone()
    if latest is None or row is None or row[0] >= latest.size:
        raise RecordRefused(f"no record under a signed checkpoint says that a log of {old_size} records was restored")
    seq, raw = row
    leaves, new_size = await _leaves(conn, latest.size), int(to_record(raw).detail["new_size"])
    path = await asyncio.to_thread(merkle.inclusion_proof, leaves, seq)
    head = [RESTORED, f"old {old_size}", f"extra {base64.b64encode(raw).decode()}", f"index {seq}", f"path {len(path)}"]
    return _text(head, [*path, *await asyncio.to_thread(merkle.consistency_proof, leaves, new_size)], latest.note)


async def root_at(conn: Connection, size: int) -> bytes:
    """Of the first `size` records, which must be there."""
    return await asyncio.to_thread(merkle.root_of, await _leaves(conn, size))


def placed(text: str) -> dict[str, int | UUID | None]:
    """By number or id, as the queries take it. Read here and not by the database, whose log would quote the rest."""
    if re.fullmatch("[0-9]{1,18}", text):
        return {"seq": int(text), "id": None}
    try:
        return {"seq": None, "id": UUID(text)}
    except ValueError:
        raise RecordRefused("a record is named by its number or its id") from None


async def _leaves(conn: Connection, size: int) -> list[bytes]:
    cursor = conn.cursor(row_factory=tuple_row)
    return [row[0] for row in await (await cursor.execute(SQL["all_leaves"], {"size": size})).fetchall()]


def _text(head: Sequence[str], proof: Sequence[bytes], note: str) -> str:
    hashes = [base64.b64encode(each).decode() for each in proof]
    return "\n".join([*head, *hashes, "", note])
