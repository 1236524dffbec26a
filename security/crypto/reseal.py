"""Gives subjects new keys and seals again what stands under the old ones; then, after the grace, the old ones go.

It knows no table: whoever composes it names every sealed column. A column that is not named would be lost when an old
version goes, so nothing is retired unless the caller says that the list is complete.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from security.clock import Clock
from security.crypto.keyring import KeyRing
from security.crypto.rotation import GRACE, Failpoint, Layer, Progress, Report, Step, Transaction
from security.crypto.shop_keys import SQL
from security.crypto.subject import SubjectKeys
from security.sql import Connection

_FIRST = UUID(int=0)
_SUBJECTS = 200
_ROWS = 100


class SealedColumn(NamedTuple):
    """Statements take ``shop_id`` and ``subject_id``; the dek id is bytes 4 to 19 of a ciphertext."""

    table: str
    column: str
    behind: bytes
    """Up to ``limit`` rows (``row_id``, ``ciphertext``) not sealed under ``dek``, and passes locked ones over."""
    put: bytes
    """Write ``ciphertext`` to the row ``row_id``."""
    is_under: bytes
    """Whether any row stands under ``dek``."""


class _Row(NamedTuple):
    row_id: UUID
    ciphertext: bytes


class _Version(NamedTuple):
    version: int
    dek_id: UUID
    is_past_grace: bool


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
        while subjects := await self._subjects("subjects_with_old_keys", shop_id, after, before=before):
            async with self._transaction() as conn:
                for subject_id in subjects:
                    await self._ring.add_version(conn, shop_id, subject_id)
                await self._report(conn, Progress(Layer.SUBJECT, shop_id, Step.STARTED, len(subjects)))
            self._failpoint("subjects_renewed")
            after, count = subjects[-1], count + len(subjects)
        return count

    async def reseal(self, shop_id: str) -> int:
        """Seal under the newest version what stands under older ones; how many fields."""
        after, count = _FIRST, 0
        while subjects := await self._subjects("subjects_with_older_versions", shop_id, after):
            for subject_id in subjects:
                while moved := await self._reseal_some(shop_id, subject_id):
                    count += moved
                    self._failpoint("fields_resealed")
            after = subjects[-1]
        if count:
            async with self._transaction() as conn:
                await self._report(conn, Progress(Layer.SUBJECT, shop_id, Step.ADVANCED, count))
        return count

    async def retire(self, shop_id: str) -> int:
        """Destroy older versions under which nothing stands any more, after the grace; how many."""
        after, count = _FIRST, 0
        while subjects := await self._subjects("subjects_with_older_versions", shop_id, after):
            async with self._transaction() as conn:
                gone = sum([await self._retire(conn, shop_id, subject_id) for subject_id in subjects])
                if gone:
                    await self._report(conn, Progress(Layer.SUBJECT, shop_id, Step.RETIRED, gone))
            self._failpoint("versions_retired")
            after, count = subjects[-1], count + gone
        return count

    async def _reseal_some(self, shop_id: str, subject_id: UUID) -> int:
        async with self._transaction() as conn:
            keys = await self._ring.keys(conn, shop_id, subject_id)
            return sum([await self._reseal_column(conn, keys, column) for column in self._columns])

    async def _reseal_column(self, conn: Connection, keys: SubjectKeys, column: SealedColumn) -> int:
        cursor = conn.cursor(row_factory=class_row(_Row))
        place = {"shop_id": keys.shop_id, "subject_id": keys.subject_id}
        values = {**place, "dek": keys.current_id.bytes, "limit": _ROWS}
        rows = await (await cursor.execute(column.behind, values)).fetchall()
        for row in rows:
            clear = keys.open(column.table, column.column, row.row_id, row.ciphertext)
            sealed = keys.seal(column.table, column.column, row.row_id, clear)
            await conn.execute(column.put, {**place, "row_id": row.row_id, "ciphertext": sealed})
        return len(rows)

    async def _retire(self, conn: Connection, shop_id: str, subject_id: UUID) -> int:
        place = {"shop_id": shop_id, "subject_id": subject_id}
        cursor = conn.cursor(row_factory=class_row(_Version))
        values = {**place, "before": self._clock.now() - GRACE}
        versions = await (await cursor.execute(SQL["lock_subject"], values)).fetchall()
        if not versions or not versions[-1].is_past_grace:
            return 0
        spent = [each for each in versions[:-1] if not await self._is_used(conn, place, each.dek_id)]
        for each in spent:
            await conn.execute(SQL["retire_version"], {**place, "version": each.version, "now": self._clock.now()})
        if spent:
            await self._ring.tell_changed(conn, shop_id, subject_id)
        return len(spent)

    async def _is_used(self, conn: Connection, place: dict[str, object], dek_id: UUID) -> bool:
        cursor = conn.cursor(row_factory=tuple_row)
        for column in self._columns:
            row = await (await cursor.execute(column.is_under, {**place, "dek": dek_id.bytes})).fetchone()
            if row and row[0]:
                return True
        return False

    async def _subjects(self, query: str, shop_id: str, after: UUID, **more: object) -> list[UUID]:
        async with self._transaction() as conn:
            cursor = conn.cursor(row_factory=tuple_row)
            values = {"shop_id": shop_id, "after": after, "limit": _SUBJECTS, **more}
            return [row[0] for row in await (await cursor.execute(SQL[query], values)).fetchall()]
