"""Brings a database up to date: forward only, one transaction a migration, one runner at a time.

It refuses a database that is newer than the code, and an applied file that has changed since.
"""

import logging

import msgspec
import psycopg
from psycopg.rows import TupleRow

from appliance.db.queries import Queries
from appliance.db.sources import Migration, Package, packages
from appliance.errors import ConfigurationError, Unavailable

SQL = Queries.beside(__file__)
OLDEST_SERVER = 15

_log = logging.getLogger(__name__)
_Connection = psycopg.AsyncConnection[TupleRow]
_Applied = dict[tuple[str, str], str]


async def migrate(url: str, *, as_of: _Applied | None = None) -> list[str]:
    """Apply what is missing; returns the names of what was applied, in order.

    `as_of`: no further than another database had come, given as its (package, name) and hash of each migration.
    """
    async with await _connect(url) as conn:
        await conn.execute(SQL["lock_migrations"])
        if as_of is None:
            await _refuse_half_restored(conn)
        applied = await _applied(conn)
        wanted = packages() if as_of is None else _up_to(packages(), as_of)
        _refuse_strangers(applied, wanted)
        return [name for package in wanted for name in await _bring_up(conn, package, applied)]


async def pending(url: str) -> list[str]:
    """The names of what is missing; changes nothing. Raises as ``migrate`` would."""
    async with await _connect(url) as conn:
        try:
            applied = await _applied(conn)
        except psycopg.errors.InsufficientPrivilege as stranger:
            raise ConfigurationError(
                f"the role {conn.info.user} was not let in by the owner of the tables: start once with the owner's URL "
                "as DATABASE_OWNER_URL"
            ) from stranger
    wanted = packages()
    _refuse_strangers(applied, wanted)
    return [_label(m) for package in wanted for m in _missing(package, applied)]


async def version(url: str) -> int:
    """The server's major version."""
    async with await reach(url) as conn:
        return conn.info.server_version // 10_000


async def _connect(url: str) -> _Connection:
    conn = await reach(url)
    try:
        _refuse_unfit(conn)
    except ConfigurationError:
        await conn.close()
        raise
    return conn


def _refuse_unfit(conn: _Connection) -> None:
    major = conn.info.server_version // 10_000
    if major < OLDEST_SERVER:
        raise ConfigurationError(f"PostgreSQL {major} is too old; use {OLDEST_SERVER} or newer")
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigurationError(
            f"the database {conn.info.dbname} is encoded in {encoding}; make one with "
            "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )


async def reach(url: str) -> _Connection:
    """Outside every transaction; Unavailable if nobody answers."""
    try:
        return await psycopg.AsyncConnection.connect(url, autocommit=True, application_name="appliance-migrate")
    except psycopg.OperationalError as refused:
        raise Unavailable(f"the database does not answer: {' '.join(str(refused).split())}") from refused


async def _applied(conn: _Connection) -> _Applied:
    row = await (await conn.execute(SQL["has_migration_table"])).fetchone()
    if row is None or not row[0]:
        return {}
    rows = await (await conn.execute(SQL["applied_migrations"])).fetchall()
    return {(package, name): sha256 for package, name, sha256 in rows}


async def _refuse_half_restored(conn: _Connection) -> None:
    row = await (await conn.execute(SQL["is_half_restored"])).fetchone()
    if row is not None and row[0]:
        raise ConfigurationError("a restore into this database was broken off: run 'appliance restore' again")


def _refuse_strangers(applied: _Applied, wanted: list[Package]) -> None:
    known = {(m.package, m.name): m for package in wanted for m in package.migrations}
    for key, sha256 in applied.items():
        if (migration := known.get(key)) is None:
            raise ConfigurationError(
                f"the database has migration {'/'.join(key)}, which this version does not know: install the version "
                "that made it, or restore a backup from before"
            )
        if migration.sha256 != sha256:
            raise ConfigurationError(
                f"migration {'/'.join(key)} was changed after it had been applied: put the old text back and write "
                "the change as a new migration"
            )


def _up_to(known: list[Package], as_of: _Applied) -> list[Package]:
    _refuse_strangers(as_of, known)
    cut = [
        msgspec.structs.replace(
            package, migrations=tuple(m for m in package.migrations if (m.package, m.name) in as_of)
        )
        for package in known
    ]
    for whole, part in zip(known, cut, strict=True):
        if whole.baseline is not None and len(part.migrations) < len(whole.migrations):
            raise ConfigurationError(
                f"the backup is of an older {whole.name} than this version can make: restore it with the version that "
                "made it, then update"
            )
    return cut


def _missing(package: Package, applied: _Applied) -> list[Migration]:
    return [m for m in package.migrations if (m.package, m.name) not in applied]


async def _bring_up(conn: _Connection, package: Package, applied: _Applied) -> list[str]:
    missing = _missing(package, applied)
    if package.baseline is not None and len(missing) == len(package.migrations):
        await _apply(conn, package.baseline, missing)
    else:
        for migration in missing:
            await _apply(conn, migration.sql, [migration])
    return [_label(m) for m in missing]


async def _apply(conn: _Connection, text: str, recorded: list[Migration]) -> None:
    last = _label(recorded[-1])
    try:
        async with conn.transaction(), conn.cursor() as cursor:
            await cursor.execute(text)
            await cursor.executemany(
                SQL["record_migration"],
                [{"package": m.package, "number": m.number, "name": m.name, "sha256": m.sha256} for m in recorded],
            )
    except psycopg.Error as refused:
        raise ConfigurationError(
            f"migration {last} failed and was rolled back: {_said(refused)}; nothing of it is in the database: run the "
            "version that was there before, and give its maker this line"
        ) from refused
    _log.info("migration.applied", extra={"migration": last})


def _said(refused: psycopg.Error) -> str:
    """On one line, without the statement and the mark below it that the server sends along."""
    diagnosed = refused.diag
    parts = [each for each in (diagnosed.message_primary, diagnosed.message_detail, diagnosed.message_hint) if each]
    return " ".join(" ".join(parts or [str(refused)]).split())


def _label(migration: Migration) -> str:
    return f"{migration.package}/{migration.name}"
