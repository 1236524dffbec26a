"""Makes shops in an appliance of this machine, as its administrator would: with its database and its root key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

import msgspec

from appliance.clock import Clock, SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.location import database_url
from appliance.errors import Conflict
from appliance.identity import customer_token
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.model import Scope, SecretPurpose, ShopIdentity
from appliance.identity.shops import Shops
from appliance.identity.widgets import Look, Widgets
from appliance.ids import CustomerId, ShopId
from appliance.joints.root_key import open_root
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

_TOKEN_LIFE = timedelta(hours=1)
_MAPPING = "demo"
_CONNECTIONS = 4


class ShopKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop's own systems hold."""

    shop: ShopId
    token_secret: str
    events_secret: str
    """Signs what the order system reports."""
    api_key: str

    def __repr__(self) -> str:
        return f"ShopKeys({self.shop})"

    def token(self, customer: str, clock: Clock) -> str:
        """As the shop's own page would sign it."""
        return customer_token.sign(
            CustomerId(customer),
            shop=self.shop,
            secret=self.token_secret,
            token_id=uuid4().hex,
            now=clock.now(),
            life=_TOKEN_LIFE,
        )


class Registrar(Protocol):
    async def open_shop(self, shop: str, name: str, *, order_system_url: str, order_system_key: str) -> ShopKeys:
        """The shop, made if it is not there, connected to this order system, with a new API key to read traces."""
        ...

    async def present(self, shop: str, persona: dict[str, str], look: Look) -> None:
        """How the shop's bot speaks and its widget appears, as ``appliance shop`` sets them."""
        ...

    async def keys_of(self, shop: str) -> ShopKeys:
        """Of a shop that is there; NotFound otherwise."""
        ...


class LocalRegistrar:
    def __init__(self, shops: Shops, links: Links, api_keys: ApiKeys, widgets: Widgets, clock: Clock) -> None:
        self._shops = shops
        self._links = links
        self._api_keys = api_keys
        self._widgets = widgets
        self._clock = clock

    async def open_shop(self, shop: str, name: str, *, order_system_url: str, order_system_key: str) -> ShopKeys:
        try:
            identity = await self._shops.create(shop, name)
        except Conflict:
            identity = await self._shops.get(ShopId(shop))
        link = OrderSystemLink(mapping=_MAPPING, base_url=order_system_url, credentials={"api_key": order_system_key})
        await self._links.connect(identity.shop.shop_id, link)
        return await self._keys(identity)

    async def present(self, shop: str, persona: dict[str, str], look: Look) -> None:
        await self._links.speak_as(ShopId(shop), persona)
        await self._widgets.dress(ShopId(shop), look)

    async def keys_of(self, shop: str) -> ShopKeys:
        return await self._keys(await self._shops.get(ShopId(shop)))

    async def _keys(self, identity: ShopIdentity) -> ShopKeys:
        shop = identity.shop.shop_id
        _, api_key = await self._api_keys.create(shop, "evaluation", [Scope.CONVERSATIONS_READ])
        now = self._clock.now()
        return ShopKeys(
            shop=shop,
            token_secret=identity.valid(SecretPurpose.CUSTOMER_TOKEN, now)[0],
            events_secret=identity.valid(SecretPurpose.ORDER_EVENTS, now)[0],
            api_key=api_key,
        )


@asynccontextmanager
async def registrar(settings: Settings) -> AsyncIterator[Registrar]:
    clock = SystemClock()
    root = open_root(settings)
    db = await Database.open(database_url(settings), size=_CONNECTIONS, name="evaluation")
    try:
        ring = KeyRing(root, Suite[settings.crypto.suite.name], clock)
        yield LocalRegistrar(Shops(db, ring, clock), Links(db, ring), ApiKeys(db, clock), Widgets(db, clock), clock)
    finally:
        await db.close()


async def keys_of(settings: Settings, shop: str) -> ShopKeys:
    async with registrar(settings) as desk:
        return await desk.keys_of(shop)


def admin_key(settings: Settings) -> str:
    """Of the demo order system's administrator."""
    return (settings.state_path / "secrets" / "order-system-admin.key").read_text(encoding="utf-8").strip()
