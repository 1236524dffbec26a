"""Rows of the desk, read and written one statement each. Decides nothing and never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.aftersales.work.hours import Hours
from appliance.db import Connection, Queries
from appliance.desk.model import Mine, Seat, Ticket
from appliance.ids import ConversationId, ShopId

SQL = Queries.beside(__file__)
CHANNEL = "desk"
TYPING_CHANNEL = "conversation_typing"
REPLY = ("canned_reply", "sealed")

MEASURED = 50
"""So many that ended last tell how long one takes."""

Row = dict[str, Any]


async def rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def row(conn: Connection, name: str, values: Mapping[str, Any]) -> Row | None:
    found = await rows(conn, name, values)
    return found[0] if found else None


async def execute(conn: Connection, name: str, values: Mapping[str, Any]) -> int:
    """How many rows it touched."""
    return (await conn.execute(SQL[name], values)).rowcount


async def ticket(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Ticket | None:
    """The open one of a conversation."""
    found = await row(conn, "open_ticket", {"shop": shop, "conversation_id": conversation_id})
    return msgspec.convert(found, Ticket) if found else None


async def served_by(conn: Connection, shop: ShopId, agent_id: UUID) -> list[Ticket]:
    found = await rows(conn, "served_by", {"shop": shop, "agent_id": agent_id})
    return [msgspec.convert(each, Ticket) for each in found]


async def mine(conn: Connection, shop: ShopId, agent_id: UUID) -> tuple[Mine, ...]:
    found = await rows(conn, "mine", {"shop": shop, "agent_id": agent_id})
    return tuple(msgspec.convert(each, Mine) for each in found)


async def seats(
    conn: Connection, shop: ShopId, alive_after: datetime, staff_id: UUID | None = None
) -> tuple[Seat, ...]:
    """Whoever has given no sign of life since then counts as offline."""
    values = {"shop": shop, "alive_after": alive_after, "staff_id": staff_id}
    return tuple(msgspec.convert(each, Seat) for each in await rows(conn, "seats", values))


async def handling(conn: Connection, shop: ShopId) -> dict[str, Sequence[timedelta]]:
    """By group, how long those took that ended last."""
    return {each["skill"]: each["took"] for each in await rows(conn, "handling", {"shop": shop, "most": MEASURED})}


async def own_hours(conn: Connection, shop: ShopId) -> dict[str, Hours]:
    """By group, where the shop has said so itself."""
    found = await rows(conn, "own_hours", {"shop": shop})
    return {each["skill"]: msgspec.convert(each["hours"], Hours) for each in found}


async def tell_agent(conn: Connection, shop: ShopId, staff_id: UUID) -> None:
    """What he has, has changed."""
    await execute(conn, "notify", {"channel": CHANNEL, "payload": f"{shop}/agent/{staff_id}"})


async def tell_queue(conn: Connection, shop: ShopId) -> None:
    """Who waits or who is there has changed."""
    await execute(conn, "notify", {"channel": CHANNEL, "payload": f"{shop}/queue"})
