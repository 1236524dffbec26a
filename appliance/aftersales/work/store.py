"""Rows of work orders, read and written one statement each. Decides nothing and never commits."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from appliance.aftersales.work.model import Author, AuthorType, Change, Filter, Member, Team, WorkOrder, WorkOrderKind
from appliance.aftersales.work.rules import OPEN, RUNNING
from appliance.db import Connection, Queries
from appliance.ids import ShopId, uuid7

SQL = Queries.beside(__file__)
CHANNEL = "work_order"
COMMENT = ("work_order_comment", "sealed")

Row = dict[str, Any]
_OPEN = [state.value for state in OPEN]
_RUNNING = [state.value for state in RUNNING]


async def rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def execute(conn: Connection, name: str, values: Mapping[str, Any]) -> int:
    """How many rows it touched."""
    return (await conn.execute(SQL[name], values)).rowcount


async def insert(conn: Connection, order: WorkOrder) -> None:
    await execute(conn, "insert", _values(order))


async def save(conn: Connection, before: WorkOrder, after: WorkOrder) -> bool:
    """False where somebody changed it since ``before`` was read."""
    return await execute(conn, "save", _values(after) | {"version_before": before.version}) == 1


async def find(conn: Connection, shop: ShopId, work_order_id: UUID) -> WorkOrder | None:
    found = await rows(conn, "find", {"shop": shop, "work_order_id": work_order_id})
    return _order(found[0]) if found else None


async def lock(conn: Connection, shop: ShopId, work_order_id: UUID) -> WorkOrder | None:
    """As it stands, and nobody else changes it until the transaction ends."""
    found = await rows(conn, "lock", {"shop": shop, "work_order_id": work_order_id})
    return _order(found[0]) if found else None


async def find_everywhere(conn: Connection, work_order_id: UUID) -> ShopId | None:
    """Whose it is; in the scope of the system."""
    found = await rows(conn, "find_everywhere", {"work_order_id": work_order_id})
    return ShopId(found[0]["shop_id"]) if found else None


async def page(
    conn: Connection, shop: ShopId, wanted: Filter, after: tuple[datetime, UUID] | None, limit: int
) -> list[WorkOrder]:
    """Newest first."""
    created_at, work_order_id = after or (None, None)
    values = {
        "shop": shop,
        **msgspec.structs.asdict(wanted),
        "states": [state.value for state in wanted.states] or None,
        "after_at": created_at,
        "after_id": work_order_id,
        "limit": limit,
    }
    return [_order(row) for row in await rows(conn, "page", values)]


async def own_of_case(
    conn: Connection, shop: ShopId, case_id: UUID, kinds: Collection[WorkOrderKind]
) -> list[WorkOrder]:
    """Open ones of these kinds that the appliance itself made about a case, locked."""
    values = {
        "shop": shop,
        "case_id": case_id,
        "open": _OPEN,
        "opener_type": AuthorType.SERVICE,
        "kinds": [kind.value for kind in kinds],
    }
    return [_order(row) for row in await rows(conn, "own_of_case", values)]


async def has_case(conn: Connection, shop: ShopId, case_id: UUID) -> bool:
    return bool(await rows(conn, "find_case", {"shop": shop, "case_id": case_id}))


async def has_comment(conn: Connection, shop: ShopId, comment_id: UUID) -> bool:
    return bool(await rows(conn, "find_comment", {"shop": shop, "comment_id": comment_id}))


async def shops_with_due(conn: Connection, now: datetime) -> list[ShopId]:
    return [ShopId(row["shop_id"]) for row in await rows(conn, "shops_with_due", {"now": now, "running": _RUNNING})]


async def due(conn: Connection, shop: ShopId, now: datetime, limit: int) -> list[WorkOrder]:
    """Those with something to note, locked; what another process holds is left to it."""
    found = await rows(conn, "due", {"shop": shop, "now": now, "running": _RUNNING, "limit": limit})
    return [_order(row) for row in found]


async def shops_waiting(conn: Connection) -> list[ShopId]:
    """Where work orders wait for their customers."""
    return [ShopId(row["shop_id"]) for row in await rows(conn, "shops_waiting", {})]


async def waiting(conn: Connection, shop: ShopId, after: UUID | None, limit: int) -> list[WorkOrder]:
    """For their customers, locked, by id; what another process holds is left to it."""
    found = await rows(conn, "waiting", {"shop": shop, "after": after, "limit": limit})
    return [_order(row) for row in found]


async def tell_assignee(conn: Connection, order: WorkOrder, staff_id: UUID) -> None:
    """That something else than his own hand has changed it."""
    await execute(conn, "tell", {"channel": CHANNEL, "payload": f"{order.shop_id}/{staff_id}/{order.work_order_id}"})


async def members(conn: Connection, shop: ShopId, team: Team | None = None) -> list[Member]:
    """With their loads."""
    found = await rows(conn, "members", {"shop": shop, "team": team, "open": _OPEN})
    return [msgspec.convert(row, Member) for row in found]


async def lock_team(conn: Connection, shop: ShopId, team: Team) -> None:
    """One choice of an assignee at a time, so that loads are true."""
    await rows(conn, "lock_team", {"shop": shop, "team": team})


async def note(
    conn: Connection,
    before: WorkOrder | None,
    after: WorkOrder,
    deed: str,
    author: Author,
    at: datetime,
    detail: Mapping[str, Any],
) -> None:
    values = {
        "shop": after.shop_id,
        "change_id": uuid7(),
        "work_order_id": after.work_order_id,
        "seq": after.version,
        "deed": deed,
        "from_state": before.state if before else None,
        "to_state": after.state,
        "author_type": author.type,
        "author": author.id,
        "at": at,
        "detail": _jsonb(detail),
    }
    await execute(conn, "note", values)


async def history(conn: Connection, shop: ShopId, work_order_id: UUID) -> list[Change]:
    found = await rows(conn, "history", {"shop": shop, "work_order_id": work_order_id})
    return [msgspec.convert(row, Change) for row in found]


def _values(order: WorkOrder) -> Row:
    return msgspec.structs.asdict(order) | {"skills": list(order.skills), "summary": _jsonb(order.summary)}


def _order(row: Row) -> WorkOrder:
    return msgspec.convert(row, WorkOrder)


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(value, dumps=msgspec.json.encode)


def changed_fields(before: WorkOrder, after: WorkOrder, names: Collection[str]) -> dict[str, str]:
    """Those of ``names`` that are not the same, as text."""
    return {name: str(getattr(after, name)) for name in names if getattr(before, name) != getattr(after, name)}
