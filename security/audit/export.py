"""The log as one file for somebody else: JSON lines, raw records with the checkpoints between them.

``verify.py EXPORT`` checks it on any machine.
"""

import base64
from collections.abc import AsyncIterator

from security.audit.store import AuditStore
from security.audit.verify import control_line
from security.sql import Connection

_BATCH = 500


async def export_lines(conn: Connection, key: str) -> AsyncIterator[bytes]:
    """`key` is the log's first one. Each line ends with a newline. One transaction; the role ``appliance_system``."""
    store = AuditStore(conn)
    notes = await store.notes(0)
    count = len(notes)
    yield control_line({"export": "audit-export/v1", "key": key, "log": await store.log_id()})
    size = 0
    while leaves := await store.leaves(size, _BATCH):
        for left in leaves:
            while notes and notes[0][1] == size:
                yield control_line({"checkpoint": notes.pop(0)[2]})
            yield left.raw + b"\n" if left.raw else control_line({"leaves": base64.b64encode(left.leaf).decode()})
            size += 1
    while rows := await store.records(size, _BATCH):
        # what is sealed meanwhile is exported, and so is what signs it
        later = await store.notes(count)
        count += len(later)
        notes += later
        for row in rows:
            while notes and notes[0][1] == size:
                yield control_line({"checkpoint": notes.pop(0)[2]})
            yield row.raw + b"\n"
            size += 1
    for _, _, note in notes:
        yield control_line({"checkpoint": note})
    yield control_line({"end": str(size)})
