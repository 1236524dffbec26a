"""Customers of the storm: each has one order and wants one thing done, so that all that may be written is written."""

from datetime import datetime
from random import Random
from typing import Any

import msgspec

NOW = datetime.fromisoformat("2026-06-10T15:00:00+08:00")
SPECIAL = "special_refund"
"""Beyond policy: proposed by one of the shop's people and approved by another."""
OPENINGS = {
    "return_refund": "台灯不想要了，没拆封，帮我退货",
    "cancel_order": "我不想要了，帮我取消订单",
    "exchange": "台灯颜色不喜欢，换成黑色的",
    "repair": "台灯不亮了，帮我申请保修维修",
    "refund_only": "台灯一直没收到货，帮我申请仅退款",
    "resend": "台灯少发了，帮我补寄",
    "return_parcel": "台灯寄回去了，顺丰单号{parcel}",
    "withdraw_case": "台灯我不退了，撤销退货申请",
    "change_address": "收货地址改成{address}",
    "change_spec": "台灯还没发货，帮我改成黑色的",
    "urge_shipment": "台灯怎么还不发货，催一下",
    "price_protection": "台灯降价了，帮我退差价",
    "invoice": "台灯帮我开张个人发票",
    "complaint": "我要投诉你们",
    "leave_message": "我想给你们留言",
    SPECIAL: "你好",
}
KINDS = tuple(OPENINGS)
BACK = frozenset({"return_refund", "cancel_order", "refund_only", SPECIAL})
"""By these the price comes back."""
UNSENT = frozenset({"cancel_order", "change_address", "change_spec", "urge_shipment"})
"""What is asked for before the parcel is sent."""
LEFT = {"complaint": "complaint", "leave_message": "call_back"}
"""What is written nowhere but in a work order of this kind."""
OF_CASE = frozenset({"return_parcel", "withdraw_case"})
"""What is asked for a return that was approved before."""
FREE_AGAIN = frozenset({"urge_shipment", *OF_CASE, *LEFT})
"""After these nothing stays held, so that a second one is another one."""
CHEAPER_FEN = 300
"""So much less does the lamp of whoever asks for the difference cost today."""
_TIMES = ("paid_at", "shipped_at", "delivered_at")
_USUAL = ("2026-06-03T10:00:00+08:00", "2026-06-04T10:00:00+08:00", "2026-06-07T10:00:00+08:00")
_NEVER_CAME = ("2026-05-20T10:00:00+08:00", "2026-05-21T10:00:00+08:00")
_LONG_AGO = ("2026-02-03T10:00:00+08:00", "2026-02-04T10:00:00+08:00", "2026-02-07T10:00:00+08:00")


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
    devices: int = 1
    """In as many conversations at once does he ask for it."""

    @property
    def refund_fen(self) -> int:
        """Goods less the coupon; freight only where nothing was sent yet; of a lower price the difference."""
        if self.kind == "price_protection":
            return CHEAPER_FEN * self.quantity
        if self.kind not in BACK:
            return 0
        goods = self.paid_fen - self.freight_fen
        return goods + (self.freight_fen if self.kind in ("cancel_order", "refund_only") else 0)

    @property
    def paid_fen(self) -> int:
        return self.unit_price_fen * self.quantity - self.coupon_fen + self.freight_fen

    @property
    def written(self) -> str | None:
        """The kind of the one write that is due; None: what he wants is no matter of the order system."""
        return None if self.kind in LEFT else "refund_only" if self.kind == SPECIAL else self.kind

    @property
    def held_units(self) -> int:
        """What his case still holds once it is done: units, one change of a line or an order, or nothing."""
        one = {"change_address": 1, "change_spec": 1, "invoice": 1}
        return 0 if self.kind in FREE_AGAIN else one.get(self.kind, self.quantity)

    @property
    def work_order(self) -> str | None:
        """Of what kind one is due. He paid days ago, so that an urge is the warehouse's work too."""
        return "urge_warehouse" if self.kind == "urge_shipment" else LEFT.get(self.kind)

    @property
    def answers(self) -> dict[str, str]:
        return {
            "reason": "少发了" if self.kind == "resend" else "不喜欢这个颜色",
            "order": "就是台灯",
            "line": "就是台灯",
            "quantity": f"{self.quantity}件",
            "spec": "黑色",
            "invoice_title": "个人",
            "message": "请问台灯的保修卡放在哪里",
            "phone": "14611223344",
            "callback_time": "明天下午三点",
            "carrier": "顺丰",
            "return_tracking_no": self.parcel,
        }

    @property
    def parcel(self) -> str:
        return f"SF55600{self.order_id[-8:]}"

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
        return OPENINGS[self.kind].format(address=self.address, parcel=self.parcel)

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
        line = {
            "line_id": "L1",
            "sku": f"{self.customer_id}-WHT",
            "title": "台灯 护眼款 白",
            "category": "electronics",
            "quantity": self.quantity,
            "unit_price_fen": self.unit_price_fen,
        }
        return {
            "order_id": self.order_id,
            "freight_fen": self.freight_fen,
            "coupon_fen": self.coupon_fen,
            "lines": [line],
            "cases": self._cases(),
        } | self._way()

    def _way(self) -> dict[str, Any]:
        """How far the parcel has come."""
        if self.kind in UNSENT:
            return {"status": "paid", "paid_at": _USUAL[0]}
        times = {"refund_only": _NEVER_CAME, SPECIAL: _LONG_AGO}.get(self.kind, _USUAL)
        status = "shipped" if self.kind == "refund_only" else "delivered"
        parcel = {"status": status, "carrier": "中通", "tracking_no": f"ZT{self.order_id}"}
        return parcel | dict(zip(_TIMES, times, strict=False))

    def _cases(self) -> list[dict[str, Any]]:
        """A return that was approved before, for whoever tells its parcel's number or takes it back."""
        if self.kind not in OF_CASE:
            return []
        case = {"case_id": f"CS{self.order_id}", "kind": "return_refund", "status": "open", "stage": "awaiting_parcel"}
        units = {
            "lines": [{"line_id": "L1", "quantity": self.quantity}],
            "refund_fen": self.paid_fen - self.freight_fen,
        }
        return [case | units | {"reason": "changed_mind", "created_at": "2026-06-08T10:00:00+08:00"}]


def buyers(count: int, dice: Random, kinds: tuple[str, ...] = KINDS) -> list[Buyer]:
    return [
        Buyer(
            customer_id=f"B{number:05d}",
            order_id=f"5560000{number:07d}",
            kind=kinds[number % len(kinds)],
            unit_price_fen=dice.randrange(2_000, 90_000),
            quantity=dice.choice((1, 1, 2, 3)),
            coupon_fen=dice.randrange(0, 1_000),
            freight_fen=dice.choice((0, 600, 1_200)),
            devices=1 if kinds[number % len(kinds)] in FREE_AGAIN | {SPECIAL} else dice.choice((1, 1, 2)),
        )
        for number in range(count)
    ]
