"""Rows of webhooks and their deliveries, one statement each. Decides nothing and never commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.db import Connection, Queries
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.integrations.webhooks.model import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    Sent,
    Standing,
    Webhook,
    WebhookEvent,
)

SQL = Queries.beside(__file__)


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the log that a webhook was not told of yet, whether it wants to be or not."""

    webhook_id: UUID
    events: tuple[str, ...]
    created_at: datetime
    seq: int
    type: str
    at: datetime


async def rows(conn: Connection, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


async def execute(conn: Connection, name: str, values: Mapping[str, Any]) -> int:
    """How many rows it touched."""
    return (await conn.execute(SQL[name], values)).rowcount


async def webhooks(conn: Connection, shop: ShopId) -> list[Webhook]:
    return [msgspec.convert(row, Webhook) for row in await rows(conn, "webhooks", {"shop": shop})]


async def behind(conn: Connection) -> list[tuple[ShopId, ConversationId]]:
    """Of all shops."""
    return [(row["shop_id"], row["conversation_id"]) for row in await rows(conn, "behind", {})]


async def shop_of(conn: Connection, conversation_id: ConversationId) -> ShopId | None:
    """None: no such conversation, or nobody is told of its shop."""
    found = await rows(conn, "shop_of", {"conversation_id": conversation_id})
    return found[0]["shop_id"] if found else None


async def untold(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> list[Untold]:
    values = {"shop": shop, "conversation_id": conversation_id}
    return [msgspec.convert(row, Untold) for row in await rows(conn, "untold", values)]


async def event_of(conn: Connection, delivery: Delivery) -> tuple[datetime, dict[str, Any]] | None:
    """When it happened, and its data; None: it is not kept any more."""
    values = msgspec.structs.asdict(delivery) | {"shop": delivery.shop_id}
    found = await rows(conn, "event" if delivery.work_order_id is None else "work_order", values)
    return (found[0]["at"], found[0]["data"]) if found else None


async def queue(
    conn: Connection,
    shop: ShopId,
    conversation_id: ConversationId,
    event: Untold,
    told: WebhookEvent,
    now: datetime,
) -> None:
    values = {
        "shop": shop,
        "delivery_id": uuid7(),
        "webhook_id": event.webhook_id,
        "conversation_id": conversation_id,
        "seq": event.seq,
        "type": told,
        "now": now,
    }
    await execute(conn, "insert_delivery", values)


async def queue_opened(
    conn: Connection, shop: ShopId, work_order_id: UUID, conversation_id: ConversationId | None, now: datetime
) -> None:
    """A work order, for every webhook that is told of them."""
    values = {
        "shop": shop,
        "work_order_id": work_order_id,
        "conversation_id": conversation_id,
        "type": WebhookEvent.WORK_ORDER_CREATED,
        "now": now,
    }
    await rows(conn, "insert_opened", values)


async def claim(conn: Connection, *, now: datetime, until: datetime, limit: int) -> list[Delivery]:
    """Of all shops: the first that waits of each webhook and conversation, where it is due."""
    found = await rows(conn, "claim", {"now": now, "until": until, "limit": limit})
    return [msgspec.convert(row, Delivery) for row in found]


async def end(conn: Connection, delivery: Delivery, state: DeliveryState, sent: Sent, now: datetime) -> None:
    await execute(conn, "end_delivery", _settled(delivery, sent) | {"state": state, "now": now})


async def put_off(conn: Connection, delivery: Delivery, sent: Sent, due_at: datetime) -> None:
    await execute(conn, "put_off", _settled(delivery, sent) | {"due_at": due_at})


async def deliveries(
    conn: Connection, shop: ShopId, wanted: DeliveryFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[Standing]:
    """The newest first."""
    after_at, after_id = after or (None, None)
    places = {"after_at": after_at, "after_id": after_id, "limit": limit}
    values = {"shop": shop, **msgspec.structs.asdict(wanted), **places}
    return [msgspec.convert(row, Standing) for row in await rows(conn, "deliveries", values)]


def _settled(delivery: Delivery, sent: Sent) -> dict[str, Any]:
    return {
        "shop": delivery.shop_id,
        "delivery_id": delivery.delivery_id,
        "attempts": delivery.attempts,
        "failure": sent.failure,
        "status": sent.status,
    }
