"""The first sink: the tables of the log. One statement each; whoever calls decides about transactions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row, class_row, tuple_row

from security.audit.append import SQL
from security.audit.head import SealedRow
from security.sql import Connection


class PendingRow(NamedTuple):
    id: UUID
    event: str
    """As JSON."""
    ts: str
    is_known: bool
    """The log holds a record with this id; whether it is this one:"""
    is_sealed: bool


class RecordRow(NamedTuple):
    seq: int
    id: UUID
    leaf: bytes
    raw: bytes


class LeafRow(NamedTuple):
    """What is left of a pruned record."""

    seq: int
    leaf: bytes
    raw: bytes | None

    @property
    def kept(self) -> bytes:
        return self.raw or self.leaf


class CheckpointRow(NamedTuple):
    number: int
    size: int
    note: str
    frontier: bytes


class AuditStore:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    async def enter(self) -> None:
        """Take on the system role and listen, for the life of the connection."""
        await self.conn.set_autocommit(True)
        await self.conn.execute(SQL["become_system"])
        await self.conn.execute(SQL["listen"])

    async def enter_reading(self) -> None:
        """Take on the system role, each statement for itself."""
        await self.conn.set_autocommit(True)
        await self.conn.execute(SQL["become_system"])

    async def try_lock(self) -> bool:
        """Become the only sealer; lasts as long as the connection."""
        return bool(await self._value("try_lock"))

    async def log_id(self) -> str:
        return str(await self._value("log_id"))

    async def size(self) -> int:
        return int(await self._value("size"))

    async def pending(self, limit: int) -> list[PendingRow]:
        cursor = self.conn.cursor(row_factory=args_row(PendingRow), binary=True)
        return await (await cursor.execute(SQL["pending"], {"limit": limit})).fetchall()

    async def seal(self, rows: Sequence[SealedRow], done: Sequence[UUID]) -> None:
        """Keep the records, drop the pending ones that they tell of: all or nothing."""
        values = {"first": rows[0].seq if rows else 0, "raws": [row.raw for row in rows], "done": done}
        await self.conn.execute(SQL["seal"], values)

    async def records(self, start: int, limit: int) -> list[RecordRow]:
        cursor = self.conn.cursor(row_factory=class_row(RecordRow))
        return await (await cursor.execute(SQL["records"], {"start": start, "limit": limit})).fetchall()

    async def insert_checkpoint(self, row: CheckpointRow, now: datetime) -> None:
        await self.conn.execute(SQL["insert_checkpoint"], {**row._asdict(), "now": now})

    async def latest_checkpoint(self) -> CheckpointRow | None:
        cursor = self.conn.cursor(row_factory=class_row(CheckpointRow))
        return await (await cursor.execute(SQL["latest_checkpoint"])).fetchone()

    async def notes(self, start: int) -> list[tuple[int, int, str]]:
        """Number, size and signed note of each checkpoint from number `start` on."""
        cursor = self.conn.cursor(row_factory=tuple_row)
        return await (await cursor.execute(SQL["checkpoints"], {"start": start})).fetchall()

    async def leaves(self, start: int, limit: int) -> list[LeafRow]:
        cursor = self.conn.cursor(row_factory=class_row(LeafRow))
        return await (await cursor.execute(SQL["leaves"], {"start": start, "limit": limit})).fetchall()

    async def pruned(self) -> int:
        """How many records at the beginning of the log are pruned."""
        return int(await self._value("pruned"))

    async def prunable(self) -> int:
        """How many the log itself says may be pruned."""
        return int(await self._value("prunable"))

    async def is_pruning_told(self, request: str) -> bool:
        """Whether the outcome of this pruning stands in the log, or waits for its seal."""
        return bool(await self._value("is_pruning_told", {"request": request}))

    async def prune(self, at_most: int) -> int:
        return int(await self._value("prune", {"at_most": at_most}))

    async def key_changes(self) -> list[bytes]:
        cursor = self.conn.cursor(row_factory=tuple_row)
        return [row[0] for row in await (await cursor.execute(SQL["key_changes"])).fetchall()]

    async def _value(self, name: str, values: dict[str, Any] | None = None) -> Any:
        cursor = self.conn.cursor(row_factory=tuple_row)
        row = await (await cursor.execute(SQL[name], values)).fetchone()
        return row[0] if row else None
