"""How a shop's order system is reached, and how its bot speaks. Credentials are sealed under the shop's own subject."""

from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from appliance.db import Connection, Database, Queries
from appliance.errors import NotFound, ShopNotConnected
from appliance.identity.model import subject_of
from appliance.identity.shop_records import THE_MACHINE, By, note
from appliance.identity.shops import Keys
from appliance.ids import ShopId
from security.access.records import Deed

SQL = Queries.beside(__file__)

CHANNEL: Final = "shop_changed"
"""Told of every changed connection and persona; the payload is the shop's id."""

_ROWS: Final = UUID("5a7b8c1e-0f5d-4b4e-9c0f-3f1f8e1f6a20")


class OrderSystemLink(msgspec.Struct, frozen=True, kw_only=True):
    """``mapping`` names a file under ``aftersales/orders/mappings`` or is a path to one of the shop's own."""

    mapping: str
    base_url: str
    credentials: dict[str, str]
    """By name, as the mapping asks for them; most often ``api_key``."""

    def __repr__(self) -> str:
        return f"OrderSystemLink({self.mapping}, {self.base_url})"


class OrderSystemPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a shop's order system is, without what proves us to it."""

    mapping: str
    base_url: str


class ShopProfile(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    persona: dict[str, Any]
    link: OrderSystemLink


class Links:
    def __init__(self, db: Database, keys: Keys) -> None:
        self._db = db
        self._keys = keys

    async def connect(self, shop: ShopId, link: OrderSystemLink, by: By = THE_MACHINE) -> None:
        """From now on the shop's orders are read and written there. NotFound if there is no such shop."""
        async with self._db.transaction(shop) as conn:
            keys = await self._keys.keys(conn, shop, subject_of(shop))
            sealed = keys.seal("shop", "secrets", row_of(shop), msgspec.json.encode(link.credentials))
            place = {"mapping": link.mapping, "base_url": link.base_url}
            values = {"shop_id": shop, "order_system": Jsonb(place), "sealed": sealed}
            if (await conn.execute(SQL["update_link"], values)).rowcount != 1:
                raise NotFound("no such shop")
            await note(conn, shop, Deed.SHOP_CONNECT, by, place)

    async def speak_as(self, shop: ShopId, persona: dict[str, Any], by: By = THE_MACHINE) -> None:
        async with self._db.transaction(shop) as conn:
            values = {"shop_id": shop, "persona": Jsonb(persona)}
            if (await conn.execute(SQL["update_persona"], values)).rowcount != 1:
                raise NotFound("no such shop")
            await note(conn, shop, Deed.SHOP_SPEAK_AS, by)

    async def place(self, shop: ShopId) -> OrderSystemPlace | None:
        """None if its order system was never connected; NotFound if there is no such shop. Opens no credentials."""
        async with self._db.transaction(shop) as conn:
            row = await _row(conn, shop)
        return msgspec.convert(row["order_system"], OrderSystemPlace) if row["secrets"] is not None else None

    async def profile(self, shop: ShopId) -> ShopProfile:
        """NotFound if there is no such shop; ShopNotConnected if its order system was never connected."""
        async with self._db.transaction(shop) as conn:
            return await self._profile(conn, shop)

    async def _profile(self, conn: Connection, shop: ShopId) -> ShopProfile:
        row = await _row(conn, shop)
        if row["secrets"] is None:
            raise ShopNotConnected(f"shop {shop} has no order system; connect one: appliance shop connect {shop} …")
        keys = await self._keys.keys(conn, shop, subject_of(shop))
        opened = keys.open("shop", "secrets", row_of(shop), bytes(row["secrets"]))
        place = row["order_system"]
        link = OrderSystemLink(mapping=place["mapping"], base_url=place["base_url"], credentials=_credentials(opened))
        return ShopProfile(name=row["name"], persona=row["persona"], link=link)


async def _row(conn: Connection, shop: ShopId) -> dict[str, Any]:
    cursor = conn.cursor(row_factory=dict_row)
    row = await (await cursor.execute(SQL["select_link"], {"shop_id": shop})).fetchone()
    if row is None:
        raise NotFound("no such shop")
    return row


def _credentials(opened: bytes) -> dict[str, str]:
    """A row from before there were others holds the API key alone."""
    try:
        return msgspec.json.decode(opened, type=dict[str, str])
    except msgspec.DecodeError:
        return {"api_key": opened.decode()}


def row_of(shop: ShopId) -> UUID:
    """A shop's row has a text key; ciphertexts are bound to this id of it."""
    return uuid5(_ROWS, shop)
