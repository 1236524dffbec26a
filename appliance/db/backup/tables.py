"""Every table out of one snapshot, and into an empty schema. As the owner of the tables: no superuser, no program.

Text as COPY writes it: it means the same to every PostgreSQL that is served.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from graphlib import TopologicalSorter
from typing import NamedTuple, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow, class_row

from appliance.db.backup.model import AppliedMigration, SequenceCopy, TableCopy
from appliance.db.queries import Queries
from appliance.errors import Conflict

SQL = Queries.beside(__file__)
Connection = psycopg.AsyncConnection[TupleRow]
Row = TypeVar("Row")


class Table(NamedTuple):
    name: str
    is_guarded: bool
    """Under forced row-level security: only the system role sees every row."""
    columns: list[str]
    refers_to: list[str]


async def tables(conn: Connection) -> list[Table]:
    """In an order in which no row comes before the row that it refers to."""
    found = await _all(conn, "tables", Table)
    by_name = {table.name: table for table in found}
    order = TopologicalSorter({table.name: table.refers_to for table in found}).static_order()
    return [by_name[name] for name in order]


async def sequences(conn: Connection) -> list[SequenceCopy]:
    return await _all(conn, "sequences", SequenceCopy)


async def migrations(conn: Connection) -> list[AppliedMigration]:
    return await _all(conn, "migrations", AppliedMigration)


async def has_tables(conn: Connection) -> bool:
    row = await (await conn.execute(SQL["has_tables"])).fetchone()
    return bool(row and row[0])


class TableReader:
    """One table's rows, as COPY writes them; `rows` once all were taken."""

    def __init__(self, conn: Connection, table: Table) -> None:
        self._conn = conn
        self._table = table
        self.rows = 0

    async def blocks(self) -> AsyncIterator[bytes]:
        await self._conn.execute(SQL["as_system" if self._table.is_guarded else "as_owner"])
        cursor = self._conn.cursor()
        async with cursor.copy(_copy("COPY {} ({}) TO STDOUT", self._table.name, self._table.columns)) as copy:
            async for block in copy:
                yield bytes(block)
        self.rows = cursor.rowcount


class Loading:
    """Fills the empty tables of a schema, in the caller's one transaction; in it triggers and row security are off."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._tables: list[Table] = []

    async def begin(self) -> None:
        self._tables = await tables(self._conn)
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in self._tables)
        await self._each("ALTER TABLE {} DISABLE TRIGGER USER", self._tables)
        await self._each("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", self._guarded())
        await self._conn.execute(sql.SQL("TRUNCATE {}").format(names))  # a migration may have put rows of its own

    async def fill(self, copied: TableCopy, blocks: Iterable[bytes]) -> None:
        cursor = self._conn.cursor()
        async with cursor.copy(_copy("COPY {} ({}) FROM STDIN", copied.name, copied.columns)) as copy:
            for block in blocks:
                await copy.write(block)
        if cursor.rowcount != copied.rows:
            raise Conflict(f"table {copied.name} took {cursor.rowcount} of {copied.rows} rows; nothing was kept")

    async def end(self, copied: Sequence[SequenceCopy]) -> None:
        for sequence in copied:
            values = {
                "name": sequence.name,
                "last_value": sequence.last_value,
                "is_called": sequence.is_called,
            }
            await self._conn.execute(SQL["set_sequence"], values)
        await self._each("ALTER TABLE {} FORCE ROW LEVEL SECURITY", self._guarded())
        await self._each("ALTER TABLE {} ENABLE TRIGGER USER", self._tables)

    def _guarded(self) -> list[Table]:
        return [table for table in self._tables if table.is_guarded]

    async def _each(self, statement: str, chosen: Iterable[Table]) -> None:
        for table in chosen:
            await self._conn.execute(sql.SQL(statement).format(sql.Identifier(table.name)))


def _copy(statement: str, table: str, columns: Iterable[str]) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(statement).format(sql.Identifier(table), listed)


async def _all(conn: Connection, name: str, kind: type[Row]) -> list[Row]:
    cursor = conn.cursor(row_factory=class_row(kind))
    return await (await cursor.execute(SQL[name])).fetchall()
