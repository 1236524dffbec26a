"""Runs the statements of the figures, and writes them out with their values. Nothing here writes a row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from appliance.db import Connection, Queries
from appliance.reports.model import PeriodTooLong, Slice, Value

SQL = Queries.beside(__file__)
FRAMES = Queries(Path(__file__).with_name("frames.sql"))
Rows = dict[tuple[Slice, str], dict[str, Value]]
"""By slice and part: the values of all columns."""


async def bound(conn: Connection, timeout_s: int) -> None:
    await conn.execute(FRAMES["bound"], {"timeout_ms": str(timeout_s * 1000)})


async def counted(conn: Connection, query: str, values: Mapping[str, Any]) -> Rows:
    """PeriodTooLong where it took longer than was allowed."""
    try:
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(SQL[query], values, prepare=False)
            rows = await cursor.fetchall()
    except psycopg.errors.QueryCanceled as late:
        raise PeriodTooLong("so many conversations are not counted while you wait: ask for a shorter time") from late
    return {(Slice(row.pop("slice")), row.pop("part") or ""): row for row in rows}


def by_hand(conn: Connection, query: str, values: Mapping[str, Any], shops: tuple[str, ...]) -> str:
    """The same statement as ``psql`` takes it, in a transaction that reads what the console may read."""
    frame, scope = ("of_one_shop", {"shop": shops[0]}) if len(shops) == 1 else ("of_all_shops", {})
    cursor = psycopg.AsyncClientCursor(conn)
    return f"{cursor.mogrify(FRAMES[frame], scope)};\n\n{cursor.mogrify(SQL[query], values)};\n\nROLLBACK;\n"
