"""Where suites, demo and benches are played: a running appliance with its demo order system, and shops in both."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from aftersales_client import AftersalesError, ApiKey, AsyncClient
from aftersales_client.model import TraceEvent
from appliance.client.chat import ChatClient, Conversation
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.errors import Unavailable
from appliance.evaluation.model import Case, Entry, ReceivedCase
from appliance.evaluation.order_system import OrderSystemAdmin
from appliance.evaluation.registrar import Registrar, ShopKeys, admin_key, registrar
from appliance.identity.widgets import Look
from appliance.supervisor.model import Status


class Site:
    """A running appliance and its demo order system, as an administrator of both."""

    def __init__(self, web_url: str, order_system_url: str, key: str, desk: Registrar, http: httpx.AsyncClient) -> None:
        self.chat = ChatClient(web_url, http)
        self.orders = OrderSystemAdmin(order_system_url, key, http)
        self.web_url = web_url
        self._order_system_url = order_system_url
        self._desk = desk
        self._http = http
        self._clock = SystemClock()

    @classmethod
    @asynccontextmanager
    async def at(cls, settings: Settings, status: Status) -> AsyncIterator["Site"]:
        web, order_system = (f"http://{status.addresses[name]}" for name in ("web", "order-system"))
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http, registrar(settings) as desk:
            yield cls(web, order_system, admin_key(settings), desk, http)

    async def open_shop(
        self, shop: str, name: str = "", now: datetime | None = None, order_system_url: str = ""
    ) -> ShopKeys:
        """In both; a shop that is there already gets a new key to its order system. ``now``: what its clock shows.

        ``order_system_url``: where the appliance finds it, if not where it is.
        """
        key = secrets.token_urlsafe(24)
        await self.orders.open_shop(shop, key, now=now)
        return await self._desk.open_shop(
            shop, name or shop, order_system_url=order_system_url or self._order_system_url, order_system_key=key
        )

    async def present(self, shop: str, persona: dict[str, str], look: Look) -> None:
        """How the shop's bot speaks and its widget appears."""
        await self._desk.present(shop, persona, look)

    async def report_to_appliance(self, keys: ShopKeys) -> None:
        """From now on the order system reports what happens to this shop's orders and cases, signed."""
        url = f"{self.web_url}/api/v1/order-events/{keys.shop}"
        await self.orders.change_shop(keys.shop, webhook_url=url, webhook_secret=keys.events_secret)

    async def trace(self, conversation_id: str, api_key: str) -> Sequence[TraceEvent]:
        """Every event of the log of this conversation, oldest first, as a system with this key reads it."""
        client = AsyncClient(self.web_url, ApiKey(api_key), http=self._http)
        try:
            return (await client.trace(conversation_id)).events
        except AftersalesError as error:
            raise Unavailable(str(error)) from error

    async def newest_conversation(self, api_key: str) -> str | None:
        """The newest conversation of the shop that this key belongs to; None where nobody has spoken yet."""
        client = AsyncClient(self.web_url, ApiKey(api_key), http=self._http)
        try:
            page = await client.list_conversations(limit=1)
        except AftersalesError as error:
            raise Unavailable(str(error)) from error
        return str(page.items[0].conversation_id) if page.items else None

    async def start(self, keys: ShopKeys, case: Case, business_now: datetime | None) -> Conversation:
        """A conversation of the case's customer, not opened yet."""
        token = keys.token(case.customer.id, self._clock) if case.customer.verified else None
        return await self.chat.start(keys.shop, channel=case.channel, token=token, business_now=business_now)


class ShopSeat:
    """One conversation. With ``customer``, only this customer's writes are counted: others speak in the same shop."""

    def __init__(self, site: Site, keys: ShopKeys, conversation: Conversation, customer: str | None = None) -> None:
        self.conversation = conversation
        self._site = site
        self._keys = keys
        self._customer = customer

    async def log(self) -> list[Entry]:
        events = await self._site.trace(self.conversation.conversation_id, self._keys.api_key)
        return [Entry(type=event.type, data=event.data, words=event.words or "") for event in events]

    async def received(self) -> tuple[Sequence[ReceivedCase], int]:
        cases, writes = await self._site.orders.received(self._keys.shop)
        if self._customer is None:
            return cases, writes
        own = [each for each in cases if each.customer_id == self._customer]
        return own, len(own)


class ShopPerCase:
    """The venue of ``eval conversations``: each case in a shop of its own, whose clock shows the case's ``now``."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @asynccontextmanager
    async def seat(self, case: Case) -> AsyncIterator[ShopSeat]:
        keys = await self._site.open_shop(f"eval-{uuid4().hex[:16]}", now=case.now)
        await self._site.orders.load(keys.shop, case.fixtures)
        conversation = await self._site.start(keys, case, case.now)
        async with conversation:
            yield ShopSeat(self._site, keys, conversation)


class OneShop:
    """One shop for everybody. As a venue it is the demo's: real time, every customer's orders beside the others'."""

    def __init__(self, site: Site, keys: ShopKeys) -> None:
        self._site = site
        self._keys = keys

    @classmethod
    async def opened(cls, site: Site, shop: str, name: str = "") -> "OneShop":
        """Anew: the order system forgets what it knew of this shop's customers."""
        keys = await site.open_shop(shop, name)
        await site.orders.clear(shop)
        return cls(site, keys)

    async def report_to_appliance(self) -> None:
        await self._site.report_to_appliance(self._keys)

    async def load(self, fixtures: dict[str, Any]) -> None:
        await self._site.orders.load(self._keys.shop, fixtures)

    async def start(self, case: Case) -> Conversation:
        """At the case's own time: evaluation profile only."""
        return await self._site.start(self._keys, case, case.now)

    @asynccontextmanager
    async def seat(self, case: Case) -> AsyncIterator[ShopSeat]:
        await self.load(case.fixtures)
        conversation = await self._site.start(self._keys, case, None)
        async with conversation:
            yield ShopSeat(self._site, self._keys, conversation, case.customer.id)
