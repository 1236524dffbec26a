"""A shop where a system finds something of everything: a conversation, a case with its decision, a real order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import msgspec

from appliance.aftersales.cases.service import CaseService
from appliance.clock import FixedClock
from appliance.demo.order_system.server import running
from appliance.identity import signature
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.model import Scope, SecretPurpose
from appliance.ids import ConversationId
from tests.appliance.aftersales.cases.world import NOW, ORDER_ID, SHOP, World, accept, order, record, return_of
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, DEMO_MAPPING, as_fixture
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.channels.whole import Whole

EVENT: Final = {"tradeNo": ORDER_ID}
"""What the order system says of its order."""
_PUSHES: Final = """events:
  order_id: tradeNo
  event_id: number
  signature:
    header: X-Signature
    algorithm: hmac-sha256
    encoding: hex
    text: "{timestamp}.{body}"
    timestamp: {header: X-Timestamp, format: epoch_s, zone: UTC, window_s: 300}
"""
"""In its own way, which is as ours: one signature fits both."""


@dataclass(frozen=True)
class BusyShop:
    whole: Whole
    conversation_id: UUID
    """A customer's, without words."""
    api_key: str
    """With every scope."""
    events_secret: str

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of the order system that reports this."""
        now = str(int(self.whole.core.clock.now().timestamp()))
        return {"X-Timestamp": now, "X-Signature": signature.sign(self.events_secret, now, body)}


@asynccontextmanager
async def busy_shop(whole: Whole, home: Path) -> AsyncIterator[BusyShop]:
    made = await whole.core.shops.create(SHOP, "示范店")
    mapping = home / "pushes.yaml"
    mapping.write_text(
        DEMO_MAPPING.read_text("utf-8").replace("events: {order_id: tradeNo, stock: skuCode}\n", _PUSHES), "utf-8"
    )
    with running(home / "orders.db", ADMIN_KEY) as orders:
        link = OrderSystemLink(mapping=str(mapping), base_url=orders, credentials={"api_key": await stocked(orders)})
        await Links(whole.core.db, whole.core.ring).connect(SHOP, link)
        async with whole.http() as http:
            opened = (await http.post("/api/chat/v1/conversations", json={"shop": SHOP})).json()
        conversation_id = UUID(opened["conversation_id"])
        await agree_to_a_case(whole, ConversationId(conversation_id))
        yield BusyShop(
            whole,
            conversation_id,
            await whole.key_of(SHOP, *Scope),
            made.valid(SecretPurpose.ORDER_EVENTS, whole.core.clock.now())[0],
        )


async def agree_to_a_case(whole: Whole, conversation_id: ConversationId) -> None:
    """Decided, quoted and confirmed; the order system has not been told yet."""
    world, db = World(FixedClock(NOW)), whole.core.db
    service = CaseService(audit=world, delivery=world, clock=world.clock, work=work_orders(world, world.clock))
    quote = return_of(1)
    await record(db, service, quote, conversation_id, order())
    await accept(db, service, quote, conversation_id, order())


async def stocked(url: str) -> str:
    """Its key for a shop that knows the order."""
    fixture = {
        "customer": {"id": "U1001", "name": "张伟", "phone": "13800138000", "level": "normal", "verified": True},
        "orders": [as_fixture(order(paid_at=NOW, shipped_at=NOW, delivered_at=NOW))],
    }
    async with httpx.AsyncClient(base_url=url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin:
        key: str = (await admin.put(f"/admin/shops/{SHOP}", json={})).json()["api_key"]
        answer = await admin.post(f"/admin/shops/{SHOP}/fixtures", json=msgspec.to_builtins(fixture))
    assert answer.is_success, answer.text
    return key
