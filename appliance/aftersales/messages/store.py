"""Rows of guides, one statement each. Decides nothing and never commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.aftersales.cases.model import Notice, NoticeKind
from appliance.aftersales.messages.model import Failure, Guide, GuideState, Taken
from appliance.db import Connection, Queries
from appliance.ids import ShopId, uuid7

SQL = Queries.beside(__file__)


async def _rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def _touched(conn: Connection, name: str, values: Mapping[str, Any]) -> bool:
    return (await conn.execute(SQL[name], values)).rowcount == 1


async def queue(conn: Connection, shop: ShopId, case_id: UUID, now: datetime) -> bool:
    """False: this case has its guide already."""
    return await _touched(conn, "queue", {"shop": shop, "case_id": case_id, "message_id": uuid7(), "now": now})


async def claim(conn: Connection, *, now: datetime, until: datetime, limit: int) -> list[Guide]:
    """In the scope of the system."""
    found = await _rows(conn, "claim", {"now": now, "until": until, "limit": limit})
    return [msgspec.convert(row, Guide) for row in found]


async def end(conn: Connection, guide: Guide, state: GuideState, taken: Taken, now: datetime) -> bool:
    """False: somebody else has ended it."""
    values = {"state": state, "failure": taken.failure, "reference": taken.reference or None, "now": now}
    return await _touched(conn, "end", _fence(guide) | values)


async def put_off(conn: Connection, guide: Guide, failure: Failure, due_at: datetime) -> bool:
    return await _touched(conn, "put_off", _fence(guide) | {"failure": failure, "due_at": due_at})


async def is_on_its_way(conn: Connection, shop: ShopId, order_system_case_id: str) -> bool:
    """Whether the customer has got the guide of this case, or will."""
    values = {"shop": shop, "order_system_case_id": order_system_case_id}
    return bool(await _rows(conn, "is_on_its_way", values))


async def notice(conn: Connection, guide: Guide) -> Notice:
    (found,) = await _rows(conn, "notice_of", {"shop": guide.shop_id, "case_id": guide.case_id})
    values = {"kind": NoticeKind.GUIDED, "case_kind": found.pop("kind"), **found}
    return msgspec.convert(values, Notice)


async def standing(conn: Connection) -> dict[str, int]:
    """In the scope of the system: how many there are in each state."""
    return {row["state"]: row["messages"] for row in await _rows(conn, "standing", {})}


def _fence(guide: Guide) -> dict[str, Any]:
    return {"shop": guide.shop_id, "case_id": guide.case_id, "attempts": guide.attempts}
