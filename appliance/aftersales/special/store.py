"""Rows of special refunds, read and written one statement each. Decides nothing and never commits."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from appliance.aftersales.cases.rules import FALLEN
from appliance.aftersales.special.model import Proposal, ProposalState, Spent
from appliance.db import Connection, Queries
from appliance.ids import CustomerId, OrderId, ShopId

SQL = Queries.beside(__file__)
WORDS = ("special_refund", "sealed")
DAY, MONTH = timedelta(days=1), timedelta(days=30)

Row = dict[str, Any]


async def rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def insert(conn: Connection, proposal: Proposal, sealed: bytes) -> None:
    values = msgspec.structs.asdict(proposal) | {
        "wanted": Jsonb(proposal.wanted, dumps=msgspec.json.encode),
        "quote": Jsonb(proposal.quote, dumps=msgspec.json.encode),
        "sealed": sealed,
    }
    await conn.execute(SQL["insert"], values)


async def find(conn: Connection, shop: ShopId, proposal_id: UUID) -> tuple[Proposal, bytes] | None:
    found = await rows(conn, "find", {"shop": shop, "proposal_id": proposal_id})
    return (_proposal(found[0]), found[0]["sealed"]) if found else None


async def lock(conn: Connection, shop: ShopId, proposal_id: UUID) -> Proposal | None:
    """As it stands; nobody else decides about a special refund of this shop until the transaction ends."""
    await rows(conn, "lock_shop", {"shop": shop})
    found = await find(conn, shop, proposal_id)
    return found[0] if found else None


async def find_everywhere(conn: Connection, proposal_id: UUID) -> ShopId | None:
    found = await rows(conn, "find_everywhere", {"proposal_id": proposal_id})
    return ShopId(found[0]["shop_id"]) if found else None


async def page(
    conn: Connection, shop: ShopId, state: ProposalState | None, after: UUID | None, limit: int
) -> list[Proposal]:
    """Newest first; ids are in the order of time."""
    found = await rows(conn, "page", {"shop": shop, "state": state, "after": after, "limit": limit})
    return [_proposal(row) for row in found]


async def end(
    conn: Connection,
    proposal: Proposal,
    state: ProposalState,
    now: datetime,
    *,
    by: UUID | None = None,
    operation_id: UUID | None = None,
) -> bool:
    """False: it was ended already."""
    values = {
        "shop": proposal.shop_id,
        "proposal_id": proposal.proposal_id,
        "state": state,
        "now": now,
        "by": by,
        "operation_id": operation_id,
    }
    return (await conn.execute(SQL["end"], values)).rowcount == 1


async def expire(conn: Connection, now: datetime) -> list[tuple[ShopId, UUID]]:
    return [(ShopId(row["shop_id"]), row["proposal_id"]) for row in await rows(conn, "expire", {"now": now})]


async def spent(
    conn: Connection, shop: ShopId, order_id: OrderId, customer_id: CustomerId, by: UUID, now: datetime
) -> Spent:
    """``by``: whoever proposes or approves."""
    values = {
        "shop": shop,
        "order_id": order_id,
        "customer_id": customer_id,
        "by": by,
        "day": now - DAY,
        "month": now - MONTH,
        "fallen": sorted(FALLEN),
    }
    return msgspec.convert((await rows(conn, "spent", values))[0], Spent)


def _proposal(row: Row) -> Proposal:
    return msgspec.convert({name: value for name, value in row.items() if name != "sealed"}, Proposal)
