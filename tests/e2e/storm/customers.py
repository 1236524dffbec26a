"""Customers of the storm: each has one order, wants one thing of it, and says yes to the quote that is due."""

import asyncio
import time
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from appliance.client import ChatClient
from appliance.clock import SystemClock
from appliance.evaluation.registrar import ShopKeys
from tests.e2e.storm.widget import Widget, persistently

NOW = datetime.fromisoformat("2026-06-10T15:00:00+08:00")
MOST_CONVERSATIONS = 40
"""Whom an ailing order system sent away before his yes was taken comes back, but not for ever."""
MOST_QUESTIONS = 6
LONGEST_THOUGHT_S = 2.0
"""Before something is said: so a storm lasts long enough to be one, however fast the machine."""
ANSWERS = {"reason": "不想要了", "order": "就是台灯", "line": "就是台灯", "invoice_title": "个人"}
OPENINGS = {
    "return_refund": "台灯不想要了，没拆封，帮我退货",
    "cancel_order": "我不想要了，帮我取消订单",
    "price_protection": "台灯降价了，帮我退差价",
    "invoice": "台灯帮我开张个人发票",
}
KINDS = tuple(OPENINGS)
CHEAPER_FEN = 300
"""So much less does the lamp of whoever asks for the difference cost today."""


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """One customer, and what policy owes him."""

    customer_id: str
    order_id: str
    kind: str
    unit_price_fen: int
    quantity: int
    coupon_fen: int
    freight_fen: int

    @property
    def is_cancelling(self) -> bool:
        return self.kind == "cancel_order"

    @property
    def units(self) -> int:
        """That are held: an invoice holds the order itself, once."""
        return 1 if self.kind == "invoice" else self.quantity

    @property
    def refund_fen(self) -> int:
        """Goods less the coupon; freight only where nothing was sent yet; of a lower price the difference."""
        if self.kind == "invoice":
            return 0
        if self.kind == "price_protection":
            return CHEAPER_FEN * self.quantity
        goods = self.unit_price_fen * self.quantity - self.coupon_fen
        return goods + (self.freight_fen if self.is_cancelling else 0)

    @property
    def sku(self) -> str:
        return f"LAMP-{self.order_id}"

    @property
    def opening(self) -> str:
        return OPENINGS[self.kind]

    def fixture(self) -> dict[str, Any]:
        line = {
            "line_id": "L1",
            "sku": self.sku,
            "title": "台灯 护眼款",
            "category": "home",
            "quantity": self.quantity,
            "unit_price_fen": self.unit_price_fen,
        }
        order = {
            "order_id": self.order_id,
            "status": "paid" if self.is_cancelling else "delivered",
            "paid_at": "2026-06-03T10:00:00+08:00",
            "freight_fen": self.freight_fen,
            "coupon_fen": self.coupon_fen,
            "lines": [line],
        }
        parcel = {
            "shipped_at": "2026-06-04T10:00:00+08:00",
            "delivered_at": "2026-06-07T10:00:00+08:00",
            "carrier": "中通",
            "tracking_no": f"ZT{self.order_id}",
        }
        customer = {
            "id": self.customer_id,
            "name": "尚晓川",
            "phone": "14611223344",
            "level": "normal",
            "verified": True,
        }
        orders = [order if self.is_cancelling else order | parcel]
        price_fen = self.unit_price_fen - (CHEAPER_FEN if self.kind == "price_protection" else 0)
        on_sale = {"sku": self.sku, "product": self.sku, "spec": "护眼款", "price_fen": price_fen, "stock": 9}
        return {"customer": customer, "orders": orders, "catalog": [on_sale]}


def buyers(count: int, dice: Random) -> list[Buyer]:
    return [
        Buyer(
            customer_id=f"B{number:05d}",
            order_id=f"5560000{number:07d}",
            kind=KINDS[number % len(KINDS)],
            unit_price_fen=dice.randrange(2_000, 90_000),
            quantity=dice.choice((1, 1, 2, 3)),
            coupon_fen=dice.randrange(0, 1_000),
            freight_fen=dice.choice((0, 600, 1_200)),
        )
        for number in range(count)
    ]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation in which a buyer said yes, how many it took, and how long he waited for the receipt."""

    buyer: Buyer
    widget: Widget
    conversations: int
    waited_s: float


class Street:
    """Where buyers come from, each with a browser of his own."""

    def __init__(self, client: ChatClient, keys: ShopKeys, dice: Random) -> None:
        self._client = client
        self._keys = keys
        self._dice = dice

    async def visit(self, buyer: Buyer) -> Visit:
        """Comes until a yes of his was taken, and stays until the receipt is heard."""
        for number in range(1, MOST_CONVERSATIONS + 1):
            widget = await self._enter(buyer)
            if await self._ask(widget, buyer) == "confirm":
                await self._think()
                began = time.monotonic()
                await widget.say("确认")
                await widget.until(lambda: bool(widget.receipts) or widget.is_sent_away)  # noqa: B023 (awaited here)
                waited_s = time.monotonic() - began
                if widget.receipts:
                    return Visit(buyer=buyer, widget=widget, conversations=number, waited_s=waited_s)
            await widget.close()
            await self._think()
        raise AssertionError(f"{buyer.customer_id} was sent away {MOST_CONVERSATIONS} times")

    async def _enter(self, buyer: Buyer) -> Widget:
        token = self._keys.token(buyer.customer_id, SystemClock())

        async def start() -> Widget:
            started = await self._client.start(self._keys.shop, token=token, business_now=NOW)
            return Widget(self._client, started.conversation_id, started.access_token, self._dice)

        return await persistently(start, self._dice)

    async def _ask(self, widget: Widget, buyer: Buyer) -> str | None:
        await self._think()
        awaiting = await widget.say(buyer.opening)
        for _ in range(MOST_QUESTIONS):
            answer = f"{buyer.quantity}件" if awaiting == "quantity" else ANSWERS.get(awaiting or "")
            if answer is None:
                break
            awaiting = await widget.say(answer)
        return awaiting

    async def _think(self) -> None:
        await asyncio.sleep(self._dice.random() * LONGEST_THOUGHT_S)
