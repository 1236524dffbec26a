"""Looks at the database, as the role ``appliance_system``; nothing here writes."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.rows import dict_row

from appliance.db import Connection, Queries
from appliance.ids import ShopId
from appliance.installation.model import FailedJob

SQL = Queries.beside(__file__)


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    size_bytes: float
    connections: float
    most_connections: float
    written_bytes: float
    """To the write-ahead log since the cluster was made."""


class AuditFacts(msgspec.Struct, frozen=True, kw_only=True):
    waiting: float
    oldest_s: float | None
    sealed: float | None
    sealed_ago_s: float | None
    forwarded: float | None


class JobFacts(msgspec.Struct, frozen=True, kw_only=True):
    waiting: float
    failed: float
    late_s: float


class ShopRow(msgspec.Struct, frozen=True, kw_only=True):
    shop: ShopId
    name: str
    mapping: str | None
    base_url: str | None
    webhooks: int


async def database(conn: Connection) -> DatabaseFacts:
    return msgspec.convert((await _rows(conn, "database"))[0], DatabaseFacts)


async def audit(conn: Connection, now: datetime) -> AuditFacts:
    return msgspec.convert((await _rows(conn, "audit", now=now))[0], AuditFacts)


async def jobs(conn: Connection, now: datetime) -> JobFacts:
    return msgspec.convert((await _rows(conn, "jobs", now=now))[0], JobFacts)


async def failed_jobs(conn: Connection, limit: int) -> tuple[FailedJob, ...]:
    """The newest first."""
    return msgspec.convert(await _rows(conn, "failed_jobs", limit=limit), tuple[FailedJob, ...])


async def shops(conn: Connection) -> tuple[ShopRow, ...]:
    return msgspec.convert(await _rows(conn, "shops"), tuple[ShopRow, ...])


async def _rows(conn: Connection, name: str, **values: Any) -> list[dict[str, Any]]:
    await conn.execute(SQL["patience"])
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()
