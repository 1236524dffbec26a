"""Looks into the tables of the audit log, as the role ``appliance_system``; nothing here writes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg.rows import class_row, tuple_row

from appliance.compliance.model import CheckpointView, FoundCount, Wanted
from appliance.db import Connection, Queries
from security.audit.proofs import placed

SQL = Queries.beside(__file__)


class Look(NamedTuple):
    reached: int | None
    """The oldest number that was looked at; None: there was nothing to look at."""
    reached_ts: str | None
    seqs: Sequence[int]
    """The newest first."""
    raws: Sequence[bytes]
    last: int | None
    """The oldest number that fits."""


class Row(NamedTuple):
    seq: int
    raw: bytes


class Kept(NamedTuple):
    seq: int
    leaf: bytes
    raw: bytes


async def newest_place(conn: Connection, until: datetime | None) -> int:
    """The number after the newest record, or after the newest one before ``until``."""
    cursor = conn.cursor(row_factory=tuple_row)
    row = await (await cursor.execute(SQL["newest_place"], {"until": as_written(until)})).fetchone()
    return int(row[0]) if row else 0


async def look_back(conn: Connection, wanted: Wanted, *, before: int, most: int, limit: int) -> Look:
    values = {
        "before": before,
        "most": most,
        "limit": limit,
        "category": wanted.category,
        "action": wanted.action,
        "outcome": wanted.outcome,
        "actor": wanted.actor,
        "object": wanted.object,
        "request": wanted.request,
        "shop": wanted.shop,
        "since": as_written(wanted.since),
        "until": as_written(wanted.until),
    }
    cursor = conn.cursor(row_factory=class_row(Look))
    found = await (await cursor.execute(SQL["look_back"], values)).fetchone()
    if found is None:
        raise AssertionError("this statement always has one row")
    return found


async def one(conn: Connection, place: str) -> Kept | None:
    """RecordRefused for what names no record."""
    cursor = conn.cursor(row_factory=class_row(Kept))
    return await (await cursor.execute(SQL["one"], placed(place))).fetchone()


async def disclosures(
    conn: Connection, wanted: Wanted, actions: Sequence[str], before: int | None, limit: int
) -> list[Row]:
    """Of what `wanted` may hold: actor, object, shop and period."""
    values = {
        "actions": list(actions),
        "before": before,
        "limit": limit,
        "actor": wanted.actor,
        "object": wanted.object,
        "shop": wanted.shop,
        "since": as_written(wanted.since),
        "until": as_written(wanted.until),
    }
    return await _rows(conn, "disclosures", values)


async def past_checks(conn: Connection, limit: int) -> list[Row]:
    return await _rows(conn, "past_checks", {"limit": limit})


async def _rows(conn: Connection, query: str, values: Mapping[str, Any]) -> list[Row]:
    cursor = conn.cursor(row_factory=class_row(Row))
    return await (await cursor.execute(SQL[query], values)).fetchall()


async def found(conn: Connection, since: datetime, until: datetime) -> list[FoundCount]:
    cursor = conn.cursor(row_factory=class_row(FoundCount))
    return await (await cursor.execute(SQL["found"], {"since": since, "until": until})).fetchall()


async def found_afterwards(conn: Connection, since: datetime, until: datetime) -> list[Row]:
    return await _rows(conn, "found_afterwards", {"since": as_written(since), "until": as_written(until)})


async def checkpoints(conn: Connection, before: int | None, limit: int) -> list[CheckpointView]:
    cursor = conn.cursor(row_factory=class_row(CheckpointView))
    return await (await cursor.execute(SQL["checkpoints"], {"before": before, "limit": limit})).fetchall()


async def waiting(conn: Connection) -> tuple[int, float]:
    """How many records are not sealed yet, and for how many seconds the oldest."""
    cursor = conn.cursor(row_factory=tuple_row)
    row = await (await cursor.execute(SQL["waiting"])).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


def as_written(moment: datetime | None) -> str | None:
    """As records write their times, which sort as texts."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
