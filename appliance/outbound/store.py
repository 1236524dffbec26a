"""Rows of calls that are made, one statement each. Decides nothing and never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.config_calls import Purpose
from appliance.db import Connection, Queries
from appliance.ids import ConversationId, CustomerId, ShopId
from appliance.outbound.model import Attempt, CallState, Outcome, Planned, Refused, Told

SQL = Queries.beside(__file__)
Rests = dict[str, Any]
"""call_id, purpose, basis, rests_on: what the log is told of a call that was planned."""


async def _rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def _touched(conn: Connection, name: str, values: Mapping[str, Any]) -> bool:
    return (await conn.execute(SQL[name], values)).rowcount == 1


async def call_backs(conn: Connection, shop: ShopId, limit: int) -> list[tuple[UUID, dict[str, Any]]]:
    """Messages with a number that wait for a call and have none planned, with their work orders' summaries."""
    found = await _rows(conn, "call_backs", {"shop": shop, "limit": limit})
    return [(row["work_order_id"], row["summary"]) for row in found]


async def plan_call_backs(conn: Connection, shop: ShopId, work_orders: Sequence[UUID], now: datetime) -> list[Rests]:
    return await _rows(conn, "plan_call_backs", {"shop": shop, "work_orders": list(work_orders), "now": now})


async def plan_news(
    conn: Connection, shop: ShopId, purposes: Sequence[Purpose], since: datetime, now: datetime
) -> list[Rests]:
    values = {"shop": shop, "purposes": [purpose.value for purpose in purposes], "since": since, "now": now}
    return await _rows(conn, "plan_news", values)


async def claim(
    conn: Connection,
    shops: Sequence[ShopId],
    purposes: Sequence[Purpose],
    *,
    now: datetime,
    until: datetime,
    limit: int,
) -> list[Planned]:
    """In the scope of the system."""
    values = {
        "shops": list(shops),
        "purposes": [purpose.value for purpose in purposes],
        "now": now,
        "until": until,
        "limit": limit,
    }
    return [msgspec.convert(row, Planned) for row in await _rows(conn, "claim", values)]


async def under_way(conn: Connection) -> int:
    """In the scope of the system; until the transaction ends nobody else looks."""
    await conn.execute(SQL["lock_calls"])
    (row,) = await _rows(conn, "under_way", {})
    return int(row["count"])


async def put_off(conn: Connection, call: Planned, due_at: datetime) -> bool:
    values = {"shop": call.shop_id, "call_id": call.call_id, "attempts": call.attempts, "due_at": due_at}
    return await _touched(conn, "put_off", values)


async def settle(
    conn: Connection,
    shop: ShopId,
    call_id: UUID,
    attempts: int,
    state: CallState,
    due_at: datetime | None,
    now: datetime,
) -> bool:
    """False: a later attempt has it."""
    values = {"shop": shop, "call_id": call_id, "attempts": attempts, "state": state, "due_at": due_at, "now": now}
    return await _touched(conn, "settle", values)


async def is_unwanted(conn: Connection, shop: ShopId, macs: Sequence[bytes]) -> bool:
    return bool(await _rows(conn, "is_unwanted", {"shop": shop, "macs": list(macs)}))


async def refuse(conn: Connection, shop: ShopId, macs: Sequence[bytes], how: Refused, now: datetime) -> bool:
    """False: all of them had said so."""
    values = {"shop": shop, "macs": list(macs), "how": how, "now": now}
    return (await conn.execute(SQL["refuse"], values)).rowcount > 0


async def refusals(conn: Connection, shop: ShopId, macs: Sequence[bytes]) -> list[tuple[Refused, datetime]]:
    """How and when each of them has said so, the first one first."""
    rows = await _rows(conn, "refusals", {"shop": shop, "macs": list(macs)})
    return [(Refused(row["how"]), row["made_at"]) for row in rows]


async def withdraw(conn: Connection, shop: ShopId, macs: Sequence[bytes]) -> bool:
    """False: nobody of them had said so."""
    return (await conn.execute(SQL["withdraw"], {"shop": shop, "macs": list(macs)})).rowcount > 0


async def meant(conn: Connection, shop: ShopId, work_order_id: UUID) -> tuple[CustomerId | None, list[bytes]]:
    """The account that a work order is about, and what stands for the numbers that were rung for it."""
    (row,) = await _rows(conn, "meant", {"shop": shop, "work_order_id": work_order_id})
    return row["customer_id"], [bytes(mac) for mac in row["numbers"]]


async def begin(
    conn: Connection, call: Planned, attempt_id: UUID, *, token_mac: bytes, number_mac: bytes, now: datetime
) -> bool:
    """False: that telephone is being rung already."""
    values = {
        "shop": call.shop_id,
        "attempt_id": attempt_id,
        "call_id": call.call_id,
        "number": call.attempts,
        "token_mac": token_mac,
        "number_mac": number_mac,
        "now": now,
    }
    return bool(await _rows(conn, "begin", values))


async def by_token(conn: Connection, token_mac: bytes) -> Attempt | None:
    """In the scope of the system."""
    found = await _rows(conn, "by_token", {"token_mac": token_mac})
    return msgspec.convert(found[0], Attempt) if found else None


async def by_id(conn: Connection, shop: ShopId, attempt_id: UUID) -> Attempt | None:
    """Whether or not it has ended."""
    found = await _rows(conn, "by_id", {"shop": shop, "attempt_id": attempt_id})
    return msgspec.convert(found[0], Attempt) if found else None


async def answer(conn: Connection, attempt: Attempt, now: datetime) -> bool:
    """False: it was answered before, or has ended."""
    return await _touched(conn, "answer", _key(attempt) | {"now": now})


async def held_in(conn: Connection, attempt: Attempt, conversation_id: ConversationId) -> None:
    await conn.execute(SQL["held_in"], _key(attempt) | {"conversation_id": conversation_id})


async def end(conn: Connection, attempt: Attempt, outcome: Outcome, now: datetime) -> bool:
    """False: it has ended before."""
    return await _touched(conn, "end", _key(attempt) | {"outcome": outcome, "now": now})


async def overdue(conn: Connection, rung_before: datetime, answered_before: datetime) -> list[Attempt]:
    """In the scope of the system."""
    values = {"rung_before": rung_before, "answered_before": answered_before}
    return [msgspec.convert(row, Attempt) for row in await _rows(conn, "overdue", values)]


async def told(conn: Connection, shop: ShopId, work_order_id: UUID) -> list[Told]:
    found = await _rows(conn, "told", {"shop": shop, "work_order_id": work_order_id})
    return [msgspec.convert(row, Told) for row in found]


def _key(attempt: Attempt) -> dict[str, Any]:
    return {"shop": attempt.shop_id, "attempt_id": attempt.attempt_id}
