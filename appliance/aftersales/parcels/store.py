"""Rows of approved returns and of the steps done for them. Decides nothing and never commits."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.aftersales.cases.model import Notice, NoticeKind
from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.parcels.deadlines import Watched
from appliance.aftersales.parcels.rules import SENDS_BACK
from appliance.db import Connection, Queries
from appliance.ids import OperationId, OrderId, ShopId
from models.commands import Flow

SQL = Queries.beside(__file__)
_KINDS = sorted(kind.value for kind in SENDS_BACK)


async def _rows(conn: Connection, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def shops_with_returns(conn: Connection) -> list[ShopId]:
    """In the scope of the system."""
    found = await _rows(conn, "shops_with_returns", {"kinds": _KINDS})
    return [ShopId(row["shop_id"]) for row in found]


async def watched(conn: Connection, shop: ShopId, since: datetime, after: UUID, limit: int) -> list[Watched]:
    values = {"shop": shop, "kinds": _KINDS, "since": since, "after": after, "limit": limit}
    return [msgspec.convert(row, Watched) for row in await _rows(conn, "watched", values)]


async def do_step(
    conn: Connection, shop: ShopId, case_id: UUID, step: str, now: datetime, work_order_id: UUID | None = None
) -> bool:
    """False: it was done already."""
    values = {"shop": shop, "case_id": case_id, "step": step, "now": now, "work_order_id": work_order_id}
    return bool(await _rows(conn, "do_step", values))


async def work_order_of(conn: Connection, shop: ShopId, case_id: UUID, step: str) -> UUID | None:
    found = await _rows(conn, "work_order_of_step", {"shop": shop, "case_id": case_id, "step": step})
    return found[0]["work_order_id"] if found else None


async def reminder(conn: Connection, shop: ShopId, case_id: UUID) -> Notice:
    (found,) = await _rows(conn, "notice_of", {"shop": shop, "case_id": case_id})
    return Notice(
        kind=NoticeKind.REMINDED,
        flow=Flow(found["flow"]),
        case_kind=CaseKind(found["kind"]),
        order_id=OrderId(found["order_id"]),
        case_id=found["case_id"],
        operation_id=OperationId(found["operation_id"]),
        quote_hash=found["quote_hash"],
    )
