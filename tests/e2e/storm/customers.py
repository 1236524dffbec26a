"""Customers of the storm: each has one order, wants one thing done with it, and says yes to the quote that is due."""

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
ANSWERS = {
    "reason": "不喜欢这个颜色",
    "order": "就是台灯",
    "line": "就是台灯",
    "spec": "黑色",
    "invoice_title": "个人",
}
BACK = frozenset({"return_refund", "cancel_order"})
"""By these the price comes back."""
WAITING = frozenset({"cancel_order", "change_address", "change_spec", "urge_shipment"})
"""What is asked for before the parcel is sent."""
OPENINGS = {
    "return_refund": "台灯不想要了，没拆封，帮我退货",
    "cancel_order": "我不想要了，帮我取消订单",
    "exchange": "台灯颜色不喜欢，换成黑色的",
    "repair": "台灯不亮了，帮我申请保修维修",
    "change_address": "收货地址改成{address}",
    "change_spec": "台灯还没发货，帮我改成黑色的",
    "urge_shipment": "台灯怎么还不发货，催一下",
    "price_protection": "台灯降价了，帮我退差价",
    "invoice": "台灯帮我开张个人发票",
}
CHEAPER_FEN = 300
"""So much less does the lamp of whoever asks for the difference cost today."""


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """One customer, what he wants, and what policy owes him."""

    customer_id: str
    order_id: str
    kind: str
    """Of the one case that is due."""
    unit_price_fen: int
    quantity: int
    coupon_fen: int
    freight_fen: int

    @property
    def refund_fen(self) -> int:
        """Goods less the coupon; freight only where nothing was sent yet; of a lower price the difference."""
        if self.kind == "price_protection":
            return CHEAPER_FEN * self.quantity
        if self.kind not in BACK:
            return 0
        goods = self.unit_price_fen * self.quantity - self.coupon_fen
        return goods + (self.freight_fen if self.kind == "cancel_order" else 0)

    @property
    def held_units(self) -> int:
        """What his case still holds once it is done: units, one change of a line or an order, nothing for an urge."""
        one = {"change_address": 1, "change_spec": 1, "invoice": 1, "urge_shipment": 0}
        return one.get(self.kind, self.quantity)

    @property
    def work_orders(self) -> int:
        """He paid days ago, so that an urge is the warehouse's work too."""
        return 1 if self.kind == "urge_shipment" else 0

    @property
    def address(self) -> str | None:
        if self.kind != "change_address":
            return None
        return f"浙江省杭州市余杭区良睦路{int(self.order_id[-4:]) + 1}号2单元1402室"

    @property
    def target_sku(self) -> str | None:
        return f"{self.customer_id}-BLK" if self.kind in ("exchange", "change_spec") else None

    @property
    def opening(self) -> str:
        return OPENINGS[self.kind].format(address=self.address)

    def fixture(self) -> dict[str, Any]:
        return {"customer": self._customer(), "catalog": self._catalog(), "orders": [self._order()]}

    def _customer(self) -> dict[str, Any]:
        phone = "14611223344"
        return {"id": self.customer_id, "name": "尚晓川", "phone": phone, "level": "normal", "verified": True}

    def _catalog(self) -> list[dict[str, Any]]:
        names = {"WHT": "白", "BLK": "黑"}
        return [
            {
                "sku": f"{self.customer_id}-{code}",
                "product": self.customer_id,
                "spec": name,
                "price_fen": self.unit_price_fen - (CHEAPER_FEN if self.kind == "price_protection" else 0),
                "stock": 9,
            }
            for code, name in names.items()
        ]

    def _order(self) -> dict[str, Any]:
        is_waiting = self.kind in WAITING
        line = {
            "line_id": "L1",
            "sku": f"{self.customer_id}-WHT",
            "title": "台灯 护眼款 白",
            "category": "electronics",
            "quantity": self.quantity,
            "unit_price_fen": self.unit_price_fen,
        }
        order = {
            "order_id": self.order_id,
            "status": "paid" if is_waiting else "delivered",
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
        return order if is_waiting else order | parcel


def buyers(count: int, dice: Random) -> list[Buyer]:
    kinds = tuple(OPENINGS)
    return [
        Buyer(
            customer_id=f"B{number:05d}",
            order_id=f"5560000{number:07d}",
            kind=kinds[number % len(kinds)],
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
