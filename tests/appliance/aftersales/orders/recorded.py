"""Order systems in the shapes that public documents give, written anew: Medusa v2, Saleor, 聚水潭, 旺店通.

Each checks the proof of a request in its own way and answers from a few rows. None is the product that it stands for.
"""

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import httpx

from tests.appliance.aftersales.orders.gates import Request, read_request

Answer = tuple[int, Any]


class Recorded:
    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self._answer = answer
        self.requests: list[Request] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await read_request(scope, receive)
        self.requests.append(request)
        status, body = self._answer(request)
        content = httpx.Response(status, json=body).content
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


# Medusa v2

_MEDUSA_ADDRESS = {
    "id": "ordaddr_1",
    "first_name": "小满",
    "last_name": "林",
    "phone": "13900000001",
    "address_1": "文三路 90 号",
    "address_2": None,
    "city": "杭州市",
    "province": "浙江省",
    "country_code": "cn",
}


def medusa_order(n: int) -> dict[str, Any]:
    return {
        "id": f"order_{n:02}",
        "display_id": n,
        "customer_id": "cus_1",
        "status": "pending",
        "payment_status": "captured",
        "fulfillment_status": "shipped",
        "currency_code": "cny",
        "created_at": f"2026-11-10T09:{n:02}:00.000Z",
        "shipping_total": 8,
        "discount_total": 1.5,
        "total": 206.5,
        "summary": {"paid_total": 206.5, "refunded_total": 0},
        "shipping_address": _MEDUSA_ADDRESS,
        "items": [
            {
                "id": f"ordli_{n}",
                "variant_sku": "CUP-W",
                "variant_title": "白",
                "product_title": "马克杯",
                "product_type": None,
                "quantity": 2,
                "unit_price": 100,
            }
        ],
        "fulfillments": [
            {
                "id": "ful_0",
                "shipped_at": None,
                "delivered_at": None,
                "provider_id": "manual_sf",
                "labels": [],
            },
            {
                "id": "ful_1",
                "shipped_at": "2026-11-11T01:00:00.000Z",
                "delivered_at": None,
                "provider_id": "manual_sf",
                "labels": [{"tracking_number": "SF100"}],
            },
        ],
        "payment_collections": [{"payments": [{"captured_at": "2026-11-10T10:00:00.000Z"}]}],
    }


MEDUSA_ORDERS = {f"order_{n:02}": medusa_order(n) for n in range(60)}
MEDUSA_CUSTOMER = {
    "id": "cus_1",
    "first_name": "小满",
    "last_name": "林",
    "phone": None,
    "addresses": [{"phone": "13900000001"}],
}


def medusa(request: Request) -> Answer:
    scheme, _, pair = request.headers.get("authorization", "").partition(" ")
    if scheme != "Basic" or b64decode(pair) != b"sk_test:":
        return 401, {"type": "unauthorized", "message": "Unauthorized"}
    query, parts = dict(request.query), request.path.strip("/").split("/")
    match request.method, parts:
        case "GET", ["admin", "customers", "cus_1"]:
            return 200, {"customer": MEDUSA_CUSTOMER}
        case "GET", ["admin", "orders"]:
            rows = [each for each in MEDUSA_ORDERS.values() if each["customer_id"] == query["customer_id"]]
            offset, limit = int(query["offset"]), int(query["limit"])
            page = rows[offset : offset + limit]
            return 200, {"orders": page, "count": len(rows), "offset": offset, "limit": limit}
        case "GET", ["admin", "orders", order_id] if order_id in MEDUSA_ORDERS:
            return 200, {"order": MEDUSA_ORDERS[order_id]}
        case "POST", ["admin", "orders", order_id, "cancel"] if order_id in MEDUSA_ORDERS:
            summary = {"paid_total": 206.5, "refunded_total": 206.5}
            return 200, {"order": MEDUSA_ORDERS[order_id] | {"status": "canceled", "summary": summary}}
        case "POST", ["admin", "orders", order_id] if order_id in MEDUSA_ORDERS:
            return 200, {"order": MEDUSA_ORDERS[order_id]}
        case _:
            return 404, {"type": "not_found", "message": "not found"}


# Saleor


def saleor_node(n: int) -> dict[str, Any]:
    def yuan(amount: float) -> dict[str, Any]:
        return {"gross": {"amount": amount, "currency": "CNY"}}

    return {
        "id": f"T3JkZXI6{n}",
        "number": str(n),
        "created": f"2026-11-10T09:{n:02}:00.123456+00:00",
        "status": "FULFILLED",
        "isPaid": True,
        "customerNote": "",
        "user": {"id": "VXNlcjox"},
        "shippingPrice": yuan(8.0),
        "shippingAddress": _SALEOR_ADDRESS,
        "lines": [
            {
                "id": f"T3JkZXJMaW5lOj{n}",
                "productSku": "CUP-W",
                "productName": "马克杯",
                "variantName": "白",
                "quantity": 2,
                "unitPrice": yuan(99.9),
            }
        ],
        "fulfillments": [{"created": "2026-11-11T01:00:00+00:00", "trackingNumber": "SF100"}],
        "events": [
            {"date": f"2026-11-10T09:{n:02}:00.200000+00:00", "type": "PLACED"},
            {"date": "2026-11-10T10:00:00+00:00", "type": "ORDER_FULLY_PAID"},
            {"date": None, "type": None},
        ],
    }


_SALEOR_ADDRESS = {
    "firstName": "小满",
    "lastName": "林",
    "phone": "+8613900000001",
    "countryArea": "浙江省",
    "city": "杭州市",
    "streetAddress1": "文三路 90 号",
    "streetAddress2": "",
}
SALEOR_ORDERS = {str(n): saleor_node(n) for n in range(1, 56)}


def saleor(request: Request) -> Answer:
    if request.headers.get("authorization") != "Bearer app-token":
        return 401, {"errors": [{"message": "Invalid token"}]}
    asked = json.loads(request.body)
    query, values = asked["query"], asked["variables"]
    if "orderCancel" in query:
        changed = {"id": values["id"], "status": "CANCELED", "totalRefunded": {"amount": 207.8, "currency": "CNY"}}
        return 200, {"data": {"result": {"order": changed, "errors": []}}}
    if "orderUpdate" in query:
        refusal = {"field": "shippingAddress", "code": "INVALID"}
        return 200, {"data": {"result": {"order": None, "errors": [refusal]}}}
    if "$number" in query:
        found = SALEOR_ORDERS.get(values["number"])
        return 200, {"data": {"orders": {"edges": [{"node": found}] if found else []}}}
    if values["id"] != "VXNlcjox":
        return 200, {"data": {"user": None}}
    if "$first" not in query:
        user = {"id": "VXNlcjox", "firstName": "小满", "lastName": "林", "defaultShippingAddress": _SALEOR_ADDRESS}
        return 200, {"data": {"user": user}}
    begin = int(values["after"] or 0)
    nodes = list(SALEOR_ORDERS.values())[begin : begin + values["first"]]
    end = begin + len(nodes)
    info = {"hasNextPage": end < len(SALEOR_ORDERS), "endCursor": str(end)}
    return 200, {"data": {"user": {"orders": {"edges": [{"node": node} for node in nodes], "pageInfo": info}}}}


# 聚水潭


def jushuitan_order(n: int) -> dict[str, Any]:
    return {
        "o_id": 9000 + n,
        "so_id": f"2026111012345{n:02}",
        "shop_id": 10001,
        "shop_buyer_id": "buyer-1",
        "status": "Sent",
        "created": "2026-11-10 17:00:00",
        "pay_date": "2026-11-10 17:05:00",
        "send_date": "2026-11-11 09:00:00",
        "logistics_company": "顺丰",
        "l_id": "SF100",
        "freight": "8.00",
        "free_amount": "0.00",
        "receiver_name": "林*满",
        "receiver_mobile": "139****0001",
        "buyer_message": "",
        "items": [{"oi_id": 1, "sku_id": "CUP-W", "name": "马克杯 白", "qty": 2, "price": "99.90"}],
    }


JUSHUITAN_ORDERS = [jushuitan_order(n) for n in range(60)]


def jushuitan(request: Request) -> Answer:
    form = request.form
    pairs = "".join(key + value for key, value in sorted(form.items()) if key != "sign" and value)
    made = hashlib.md5(("app-secret" + pairs).encode()).hexdigest()  # noqa: S324
    if form["sign"] != made or form["access_token"] != "access-1" or form["version"] != "2":
        return 200, {"code": 190, "msg": "sign"}
    biz = json.loads(form["biz"])
    rows = [
        order
        for order in JUSHUITAN_ORDERS
        if order["so_id"] in biz.get("so_ids", [order["so_id"]])
        and order["shop_buyer_id"] in biz.get("shop_buyer_ids", [order["shop_buyer_id"]])
    ]
    begin = (biz["page_index"] - 1) * biz["page_size"]
    page = rows[begin : begin + biz["page_size"]]
    has_next = begin + len(page) < len(rows)
    return 200, {
        "code": 0,
        "msg": None,
        "data": {"page_index": biz["page_index"], "has_next": has_next, "orders": page},
    }


# 旺店通

WANGDIAN_TRADES = [
    {
        "trade_no": f"JY{n:04}",
        "src_tids": f"2026111054321{n:02}",
        "customer_no": "KH1",
        "trade_status": "95",
        "trade_time": "2026-11-10 17:00:00",
        "pay_time": "2026-11-10 17:05:00",
        "consign_time": "0000-00-00 00:00:00",
        "logistics_name": "顺丰",
        "logistics_no": "SF100",
        "post_amount": "8.0000",
        "discount": "1.5000",
        "receiver_name": "林*满",
        "receiver_mobile": "139****0001",
        "receiver_area": "浙江省 杭州市",
        "receiver_address": "文三路 90 号",
        "goods_list": [
            {"rec_id": "1", "spec_no": "CUP-W", "goods_name": "马克杯", "num": "2.0000", "price": "99.9000"}
        ],
    }
    for n in range(60)
]


def wangdian_sign(form: dict[str, str], secret: str) -> str:
    pairs = [f"{len(key):02}-{key}:{len(value):04}-{value}" for key, value in sorted(form.items()) if key != "sign"]
    return hashlib.md5((";".join(pairs) + secret).encode()).hexdigest()  # noqa: S324


def wangdian(request: Request) -> Answer:
    form = request.form
    if form["sign"] != wangdian_sign(form, "app-secret"):
        return 200, {"code": 1041, "message": "sign"}
    rows = [
        trade
        for trade in WANGDIAN_TRADES
        if form.get("src_tid", trade["src_tids"]) == trade["src_tids"]
        and form.get("customer_no", trade["customer_no"]) == trade["customer_no"]
    ]
    size = int(form.get("page_size", "40"))
    begin = int(form.get("page_no", "0")) * size
    return 200, {"code": 0, "message": "", "total_count": len(rows), "trades": rows[begin : begin + size]}
