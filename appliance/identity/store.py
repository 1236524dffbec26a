"""Rows of shops, their secrets and API keys. Works inside the caller's transaction; opens and seals nothing."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from appliance.db import Connection, Queries
from appliance.identity.model import ApiClient, Scope, SecretPurpose, Shop
from appliance.ids import ShopId
from security.access.changes import Decision

SQL = Queries.beside(__file__)


class SecretRow(NamedTuple):
    secret_id: UUID
    purpose: str
    sealed: bytes
    created_at: datetime
    valid_until: datetime | None


class _KeyRow(NamedTuple):
    shop_id: str
    key_id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    secret_sha256: bytes
    agreement: str | None


class StoredKey(NamedTuple):
    client: ApiClient
    secret_sha256: bytes


async def insert_shop(conn: Connection, shop: Shop) -> bool:
    """False if there already is one of this id."""
    values = {"shop_id": shop.shop_id, "name": shop.name, "at": shop.created_at}
    return (await conn.execute(SQL["insert_shop"], values)).rowcount == 1


async def rename_shop(conn: Connection, shop: ShopId, name: str) -> bool:
    """False if there is none of this id."""
    return (await conn.execute(SQL["rename_shop"], {"shop_id": shop, "name": name})).rowcount == 1


async def select_shop(conn: Connection, shop: ShopId) -> Shop | None:
    cursor = conn.cursor(row_factory=class_row(Shop))
    return await (await cursor.execute(SQL["select_shop"], {"shop_id": shop})).fetchone()


async def select_shops(conn: Connection) -> list[Shop]:
    cursor = conn.cursor(row_factory=class_row(Shop))
    return await (await cursor.execute(SQL["select_shops"])).fetchall()


async def insert_secret(
    conn: Connection, shop: ShopId, secret_id: UUID, purpose: SecretPurpose, sealed: bytes, at: datetime
) -> None:
    values = {"shop_id": shop, "secret_id": secret_id, "purpose": purpose, "sealed": sealed, "at": at}
    await conn.execute(SQL["insert_secret"], values)


async def retire_secrets(conn: Connection, shop: ShopId, purpose: SecretPurpose, until: datetime) -> None:
    await conn.execute(SQL["retire_secrets"], {"shop_id": shop, "purpose": purpose, "until": until})


async def select_secrets(conn: Connection, shop: ShopId, at: datetime) -> list[SecretRow]:
    """Those that still count, the current ones first."""
    cursor = conn.cursor(row_factory=class_row(SecretRow))
    return await (await cursor.execute(SQL["select_secrets"], {"shop_id": shop, "at": at})).fetchall()


async def insert_api_key(conn: Connection, client: ApiClient, secret_sha256: bytes) -> None:
    values = {
        "shop_id": client.shop_id,
        "key_id": client.key_id,
        "name": client.name,
        "secret_sha256": secret_sha256,
        "scopes": sorted(client.scopes),
        "at": client.created_at,
    }
    await conn.execute(SQL["insert_api_key"], values)


async def select_api_key(conn: Connection, shop: ShopId, key_id: UUID) -> StoredKey | None:
    cursor = conn.cursor(row_factory=class_row(_KeyRow))
    row = await (await cursor.execute(SQL["select_api_key"], {"shop_id": shop, "key_id": key_id})).fetchone()
    return _stored(row) if row else None


async def select_api_keys(conn: Connection, shop: ShopId) -> list[ApiClient]:
    cursor = conn.cursor(row_factory=class_row(_KeyRow))
    rows = await (await cursor.execute(SQL["select_api_keys"], {"shop_id": shop})).fetchall()
    return [_stored(row).client for row in rows]


async def touch_api_key(conn: Connection, client: ApiClient, at: datetime, before: datetime) -> None:
    """It came, unless that is known for a time after `before`."""
    values = {"shop_id": client.shop_id, "key_id": client.key_id, "at": at, "before": before}
    await conn.execute(SQL["touch_api_key"], values)


async def revoke_api_key(conn: Connection, shop: ShopId, key_id: UUID, at: datetime) -> bool:
    values = {"shop_id": shop, "key_id": key_id, "at": at}
    return (await conn.execute(SQL["revoke_api_key"], values)).rowcount == 1


def _stored(row: _KeyRow) -> StoredKey:
    client = ApiClient(
        shop_id=ShopId(row.shop_id),
        key_id=row.key_id,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes)),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        agreement=Decision(row.agreement) if row.agreement else None,
    )
    return StoredKey(client, bytes(row.secret_sha256))
