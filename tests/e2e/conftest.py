"""One throw-away appliance for all end-to-end tests, and a shop of its own for each test that asks for one.

Nothing here reaches inside: what a test sees it sees through the chat protocol, the intranet API, the commands, or the
order system's own administrator.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from appliance.client import Conversation
from appliance.clock import SystemClock
from appliance.evaluation.model import Entry, ReceivedCase
from appliance.evaluation.picture import png
from appliance.evaluation.registrar import ShopKeys
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from tests.e2e.people import Office

NOW = datetime.fromisoformat("2026-06-10T15:00:00+08:00")
_SETTINGS = """
[conversation]
lease_s = 3  # short: a turn whose process was killed is taken up while a test waits
receipt_wait_s = 2
[access]
origin = "http://localhost"  # what a browser of the tests finds this appliance under, where passkeys are tried
[webhooks]
networks = ["127.0.0.0/8"]  # where the tests listen
"""

PHONE = "14611223344"
ORDER = "55501234567890"
SHIPPED = "55501234567891"


@pytest.fixture(scope="session")
def place() -> Iterator[Throwaway]:
    with asyncio.Runner() as runner:
        context = throwaway(_SETTINGS)
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))


@pytest.fixture
async def site(place: Throwaway) -> AsyncIterator[Site]:
    async with Site.at(place.settings, place.status) as site:
        yield site


class Shop:
    """A shop with one customer, who has a lamp (delivered) and a kettle (on its way)."""

    def __init__(self, site: Site, keys: ShopKeys, customer: str, orders: Sequence[str] = (ORDER, SHIPPED)) -> None:
        """``orders``: numbers of the customer's own."""
        self.site = site
        self.keys = keys
        self.customer = customer
        self.orders = orders

    @property
    def name(self) -> str:
        return self.keys.shop

    def token(self) -> str:
        return self.keys.token(self.customer, SystemClock())

    @asynccontextmanager
    async def talk(self, *, is_known: bool = True, now: datetime | None = NOW) -> AsyncIterator["Talk"]:
        token = self.token() if is_known else None
        conversation = await self.site.chat.start(self.name, token=token, business_now=now)
        async with conversation:
            yield Talk(self, conversation)

    async def writes(self) -> int:
        return (await self.site.orders.received(self.name))[1]

    async def received(self) -> list[ReceivedCase]:
        return list((await self.site.orders.received(self.name))[0])


class Talk:
    """A conversation, one sentence a turn."""

    def __init__(self, shop: Shop, conversation: Conversation) -> None:
        self.shop = shop
        self.conversation = conversation

    async def say(self, *words: str) -> str | None:
        """Said in turn, each once the one before was answered; what the bot waits for after the last."""
        awaiting = None
        for each in words:
            sent = await self.conversation.say(each)
            await self.conversation.flush()
            awaiting = await self.conversation.turn_end(sent)
        return awaiting

    async def show(self) -> str | None:
        sent = await self.conversation.show(await self.conversation.upload(png()))
        await self.conversation.flush()
        return await self.conversation.turn_end(sent)

    async def return_the_lamp(self) -> str | None:
        """Up to the quote: what is awaited then is the plain yes."""
        awaiting = await self.say("台灯不想要了，没拆封，帮我退货")
        if awaiting == "reason":
            awaiting = await self.say("不想要了")
        return awaiting

    @property
    def shown(self) -> str:
        """Everything the bot has shown so far."""
        parts: list[str] = []
        for event in self.conversation.said_by_bot():
            parts += [event.text, *(reply.label for reply in event.quick_replies)]
            parts += [words for card in event.cards for words in (card.title, *card.lines)]
        return "\n".join(parts)

    async def until_logged(self, type_: str) -> list[Entry]:
        """Wait until the log holds such an entry: each look follows something new that was shown."""
        while True:
            seen = self.conversation.last_seq
            if found := await self.log(type_):
                return found
            await self.conversation.until(lambda: self.conversation.last_seq > seen)  # noqa: B023

    async def log(self, *types: str) -> list[Entry]:
        events = await self.shop.site.trace(self.conversation.conversation_id, self.shop.keys.api_key)
        return [Entry(type=event.type, data=event.data) for event in events if not types or event.type in types]


def orders_of(customer: str) -> dict[str, Any]:
    return {
        "customer": {"id": customer, "name": "尚晓川", "phone": PHONE, "level": "normal", "verified": True},
        "orders": [
            {
                "order_id": ORDER,
                "status": "delivered",
                "paid_at": "2026-06-03T10:00:00+08:00",
                "shipped_at": "2026-06-04T10:00:00+08:00",
                "delivered_at": "2026-06-07T10:00:00+08:00",
                "carrier": "中通",
                "tracking_no": "ZT5550000001",
                "freight_fen": 500,
                "coupon_fen": 600,
                "lines": [
                    {
                        "line_id": "L1",
                        "sku": "LAMP-5",
                        "title": "台灯 护眼款",
                        "category": "home",
                        "quantity": 1,
                        "unit_price_fen": 20600,
                    }
                ],
            },
            {
                "order_id": SHIPPED,
                "status": "shipped",
                "paid_at": "2026-06-07T10:00:00+08:00",
                "shipped_at": "2026-06-08T10:00:00+08:00",
                "carrier": "圆通",
                "tracking_no": "YT5550000002",
                "lines": [
                    {
                        "line_id": "L1",
                        "sku": "KET-2",
                        "title": "烧水壶 两升",
                        "category": "home",
                        "quantity": 1,
                        "unit_price_fen": 9900,
                    }
                ],
                "trace": [{"at": "2026-06-09T08:00:00+08:00", "place": "芜湖", "text": "快件到达芜湖转运中心"}],
            },
        ],
    }


async def open_shop(site: Site, order_system_url: str = "") -> Shop:
    customer = f"C{secrets.randbelow(10**8):08d}"
    keys = await site.open_shop(f"e2e-{uuid4().hex[:12]}", now=NOW, order_system_url=order_system_url)
    await site.orders.load(keys.shop, orders_of(customer))
    return Shop(site, keys, customer)


@pytest.fixture
async def shop(site: Site) -> Shop:
    return await open_shop(site)


@pytest.fixture
async def other_shop(site: Site) -> Shop:
    return await open_shop(site)


def as_json(value: Any) -> bytes:
    return msgspec.json.encode(value)


@pytest.fixture(scope="session")
def office(place: Throwaway) -> Office:
    """The people of the one throw-away appliance."""
    office = Office(place)

    async def open_office() -> None:
        async with httpx.AsyncClient(base_url=place.web_url, trust_env=False, timeout=30) as http:
            await office.open(http)

    asyncio.run(open_office())
    return office
