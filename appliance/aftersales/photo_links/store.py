"""Rows of photo links, one statement each. Decides nothing and never commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.aftersales.photo_links.model import Link, LinkState, TextState
from appliance.db import Connection, Queries
from appliance.ids import ConversationId, CustomerId, ShopId

SQL = Queries.beside(__file__)


async def _rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def _touched(conn: Connection, name: str, values: Mapping[str, Any]) -> bool:
    return (await conn.execute(SQL[name], values)).rowcount == 1


def _key(link: Link) -> dict[str, Any]:
    return {"shop": link.shop_id, "link_id": link.link_id}


async def open_of(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Link | None:
    found = await _rows(conn, "open_of", {"shop": shop, "conversation_id": conversation_id})
    return msgspec.convert(found[0], Link) if found else None


async def insert(
    conn: Connection,
    shop: ShopId,
    conversation_id: ConversationId,
    link_id: UUID,
    *,
    macs: tuple[bytes, bytes],
    by_text: bool,
    now: datetime,
    expires_at: datetime,
) -> None:
    """``macs``: of the token and of the code."""
    values = {
        "shop": shop,
        "conversation_id": conversation_id,
        "link_id": link_id,
        "token_mac": macs[0],
        "code_mac": macs[1],
        "text_state": TextState.PENDING if by_text else TextState.NONE,
        "text_due_at": now if by_text else None,
        "now": now,
        "expires_at": expires_at,
    }
    await conn.execute(SQL["insert"], values)


async def recognise(conn: Connection, mac: bytes) -> Link | None:
    """In the scope of the system."""
    found = await _rows(conn, "recognise", {"mac": mac})
    return msgspec.convert(found[0], Link) if found else None


async def lock(conn: Connection, link: Link) -> Link | None:
    found = await _rows(conn, "lock", _key(link))
    return msgspec.convert(found[0], Link) if found else None


async def add(conn: Connection, link: Link, evidence_id: UUID, most: int, now: datetime) -> bool:
    """False: it takes no more."""
    return await _touched(conn, "add", _key(link) | {"evidence_id": evidence_id, "most": most, "now": now})


async def end(conn: Connection, link: Link, state: LinkState, now: datetime, follow_up_at: datetime | None) -> bool:
    """False: it has ended before."""
    return await _touched(conn, "end", _key(link) | {"state": state, "now": now, "follow_up_at": follow_up_at})


async def open_ones(conn: Connection) -> list[Link]:
    """In the scope of the system."""
    return [msgspec.convert(row, Link) for row in await _rows(conn, "open_ones", {})]


async def claim_texts(
    conn: Connection, *, now: datetime, until: datetime, limit: int
) -> list[tuple[Link, int, CustomerId | None]]:
    """In the scope of the system: each with its attempt, counted from 1, and the account that it goes to."""
    found = await _rows(conn, "claim_texts", {"now": now, "until": until, "limit": limit})
    due = [(row.pop("text_attempts"), row.pop("customer_id"), row) for row in found]
    return [(msgspec.convert(row, Link), attempt, customer_id) for attempt, customer_id, row in due]


async def end_text(
    conn: Connection, link: Link, attempts: int, state: TextState, failure: str | None, due_at: datetime | None
) -> None:
    values = {"text_state": state, "failure": failure, "due_at": due_at, "attempts": attempts}
    await conn.execute(SQL["end_text"], _key(link) | values)


async def claim_follow_ups(conn: Connection, now: datetime, limit: int) -> list[tuple[Link, bool]]:
    """In the scope of the system: each with whether its customer has said anything since the pictures came."""
    found = await _rows(conn, "claim_follow_ups", {"now": now, "limit": limit})
    due = [(row.pop("has_spoken"), row) for row in found]
    return [(msgspec.convert(row, Link), has_spoken) for has_spoken, row in due]
