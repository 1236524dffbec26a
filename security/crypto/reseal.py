"""Gives subjects new keys and seals again what stands under the old ones; then, after the grace, the old ones go.

It knows no table: whoever composes it names every sealed column. What stands in a column that is not named would be
lost when an old version goes; a test of the product compares the list with what the migrations declare.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from security.clock import Clock
from security.crypto.keyring import KeyRing
from security.crypto.rotation import GRACE, Failpoint, Layer, Progress, Report, Step, Transaction
from security.crypto.shop_keys import SQL
from security.sql import Connection

_FIRST = UUID(int=0)
_SUBJECTS = 500
_ROWS = 200


class SealedColumn(NamedTuple):
    """The dek id is bytes 4 to 19 of a ciphertext. Every statement takes ``shop_id``."""

    table: str
    column: str
    behind: bytes
    """Up to ``limit`` rows (``row_id``, ``subject_id``, ``ciphertext``) after row ``after`` whose key has a successor,
    in order of their ids, locked, without those that others have locked."""
    put: bytes
    """Write ``ciphertext`` to the row ``row_id``."""
    held: bytes
    """Which of the keys ``deks`` something stands under."""
    place: Callable[[str, UUID], UUID] = lambda _, row_id: row_id
    """The row id that the ciphertext is bound to, of shop and row id."""


class _Row(NamedTuple):
    row_id: UUID
    subject_id: UUID
    ciphertext: bytes


class _Version(NamedTuple):
    subject_id: UUID
    dek_id: UUID


class SubjectRotation:
    def __init__(
        self,
        transaction: Transaction,
        ring: KeyRing,
        columns: Sequence[SealedColumn],
        clock: Clock,
        report: Report,
        failpoint: Failpoint = lambda _: None,
    ) -> None:
        self._transaction = transaction
        self._ring = ring
        self._columns = columns
        self._clock = clock
        self._report = report
        self._failpoint = failpoint

    async def renew(self, shop_id: str, older_than: timedelta) -> int:
        """A new version for every subject whose newest is older; how many. From now on it seals."""
        before, after, count = self._clock.now() - older_than, _FIRST, 0
        while subjects := await self._with_old_keys(shop_id, before, after):
            async with self._transaction() as conn:
                for subject_id in subjects:
                    await self._ring.add_version(conn, shop_id, subject_id)
                await self._report(conn, Progress(Layer.SUBJECT, shop_id, Step.STARTED, len(subjects)))
            self._failpoint("subjects_renewed")
            after, count = subjects[-1], count + len(subjects)
        return count

    async def reseal(self, shop_id: str) -> int:
        """Seal under the newest version what stands under older ones; how many fields."""
        count = 0
        for column in self._columns:
            after: UUID | None = _FIRST
            while after is not None:
                after, moved = await self._reseal_some(shop_id, column, after)
                count += moved
                self._failpoint("fields_resealed")
        return count

    async def retire(self, shop_id: str) -> int:
        """Destroy older versions under which nothing stands any more, after the grace; how many."""
        after, count = _FIRST, 0
        while versions := await self._superseded(shop_id, after):
            async with self._transaction() as conn:
                held = await self._held(conn, shop_id, [each.dek_id for each in versions])
                spent = [each for each in versions if each.dek_id not in held]
                values = {"deks": [each.dek_id for each in spent], "now": self._clock.now()}
                await conn.execute(SQL["retire_versions"], values)
                for subject_id in {each.subject_id for each in spent}:
                    await self._ring.tell_changed(conn, shop_id, subject_id)
                if spent:
                    await self._report(conn, Progress(Layer.SUBJECT, shop_id, Step.RETIRED, len(spent)))
            self._failpoint("versions_retired")
            after, count = versions[-1].dek_id, count + len(spent)
        return count

    async def _reseal_some(self, shop_id: str, column: SealedColumn, after: UUID) -> tuple[UUID | None, int]:
        async with self._transaction() as conn:
            cursor = conn.cursor(row_factory=class_row(_Row))
            values = {"shop_id": shop_id, "after": after, "limit": _ROWS}
            rows = await (await cursor.execute(column.behind, values)).fetchall()
            for row in rows:
                keys = await self._ring.keys(conn, shop_id, row.subject_id)
                where = (column.table, column.column, column.place(shop_id, row.row_id))
                sealed = keys.seal(*where, keys.open(*where, bytes(row.ciphertext)))
                await conn.execute(column.put, {"shop_id": shop_id, "row_id": row.row_id, "ciphertext": sealed})
            if rows:
                await self._report(conn, Progress(Layer.SUBJECT, shop_id, Step.ADVANCED, len(rows)))
        return (rows[-1].row_id if len(rows) == _ROWS else None), len(rows)

    async def _held(self, conn: Connection, shop_id: str, deks: Sequence[UUID]) -> set[UUID]:
        held: set[UUID] = set()
        cursor = conn.cursor(row_factory=tuple_row)
        for column in self._columns:
            values = {"shop_id": shop_id, "deks": list(deks)}
            held |= {row[0] for row in await (await cursor.execute(column.held, values)).fetchall()}
        return held

    async def _with_old_keys(self, shop_id: str, before: object, after: UUID) -> list[UUID]:
        async with self._transaction() as conn:
            cursor = conn.cursor(row_factory=tuple_row)
            values = {"shop_id": shop_id, "before": before, "after": after, "limit": _SUBJECTS}
            return [row[0] for row in await (await cursor.execute(SQL["subjects_with_old_keys"], values)).fetchall()]

    async def _superseded(self, shop_id: str, after: UUID) -> list[_Version]:
        async with self._transaction() as conn:
            cursor = conn.cursor(row_factory=class_row(_Version))
            before = self._clock.now() - GRACE
            values = {"shop_id": shop_id, "before": before, "after": after, "limit": _SUBJECTS}
            return await (await cursor.execute(SQL["superseded_versions"], values)).fetchall()
