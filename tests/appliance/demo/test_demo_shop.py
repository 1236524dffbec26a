"""The shop's own API: keys, idempotency, what it refuses, and that bad input is never its fault."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Shop = Any
RETURN = {
    "tradeNo": "O1",
    "memberNo": "U1",
    "type": "RETURN",
    "items": [{"itemNo": "L1", "num": 1}],
    "reasonCode": "DEFECT",
    "refundAmount": "30.00",
    "postageBy": "SELLER",
}


@pytest.fixture
async def open_shop(shop: Shop, fixture: dict[str, Any]) -> Shop:
    await shop.load(fixture)
    return shop


async def test_a_key_opens_its_own_shop_only(open_shop: Shop, demo_url: str) -> None:
    for key in ("", "wrong", "ü"):
        answer = await open_shop.api.get("/members/U1", headers={"X-Api-Key": key.encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "KEY_INVALID")
    other = await open_shop.admin.put(f"{demo_url}/admin/shops/other", json={})
    answer = await open_shop.api.get("/members/U1", headers={"X-Api-Key": other.json()["api_key"]})
    assert answer.status_code == 404


async def test_the_admin_api_needs_the_admin_key(open_shop: Shop) -> None:
    answer = await open_shop.admin.get("/counters", headers={"X-Admin-Key": open_shop.api_key})
    assert answer.status_code == 401


async def test_a_key_is_told_once_and_can_be_set(open_shop: Shop, demo_url: str) -> None:
    path = f"{demo_url}/admin/shops/{open_shop.shop_id}"
    assert (await open_shop.admin.put(path, json={})).json()["api_key"] is None
    changed = await open_shop.admin.put(path, json={"api_key": f"{open_shop.shop_id}-a-long-key"})
    assert changed.json()["api_key"] == f"{open_shop.shop_id}-a-long-key"
    assert (await open_shop.api.get("/members/U1")).status_code == 401


async def test_a_list_comes_in_pages_newest_first(shop: Shop, fixture: dict[str, Any]) -> None:
    order = fixture["orders"][0]
    fixture["orders"] = [order | {"order_id": f"O{n}", "paid_at": f"2026-11-1{n}T00:00:00Z"} for n in range(5)]
    await shop.load(fixture)
    page = (await shop.api.get("/trades", params={"memberNo": "U1", "page": 2, "size": 2})).json()
    assert (page["total"], [row["tradeNo"] for row in page["rows"]]) == (5, ["O2", "O1"])


async def test_the_same_key_and_body_are_one_write(open_shop: Shop) -> None:
    answers = await asyncio.gather(*(open_shop.write("/services", RETURN) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await open_shop.count_writes() == 1
    assert (await open_shop.api.get("/requests/k1")).json() == answers[0].json()


async def test_the_same_key_and_another_body_are_refused(open_shop: Shop) -> None:
    await open_shop.write("/services", RETURN)
    answer = await open_shop.write("/services", RETURN | {"refundAmount": "29.99"})
    assert (answer.status_code, answer.json()["code"]) == (422, "KEY_REUSED")
    assert await open_shop.count_writes() == 1


async def test_a_write_without_a_key_is_refused(open_shop: Shop) -> None:
    answer = await open_shop.api.post("/services", json=RETURN)
    assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")


async def test_a_refused_write_leaves_its_key_free(open_shop: Shop) -> None:
    assert (await open_shop.write("/services", RETURN | {"refundAmount": "999.00"})).status_code == 422
    assert (await open_shop.api.get("/requests/k1")).status_code == 404
    assert (await open_shop.write("/services", RETURN)).status_code == 201


async def test_what_was_written_is_seen_in_the_words_of_the_suites(open_shop: Shop) -> None:
    await open_shop.write("/services", RETURN)
    (seen,) = (await open_shop.admin.get("/writes")).json()
    assert seen["idempotency_key"] == "k1"
    assert seen["body"]["refundAmount"] == "30.00"
    assert seen["case"] == {
        "kind": "return_refund",
        "order_id": "O1",
        "customer_id": "U1",
        "reason": "quality",
        "refund_fen": 3000,
        "freight_payer": "merchant",
        "lines": [{"line_id": "L1", "quantity": 1}],
        "target_sku": None,
        "address": None,
        "phone": None,
        "invoice_title": None,
        "tax_id": None,
        "returned": None,
        "carrier": None,
        "tracking_no": None,
        "withdrawn": None,
        "note": None,
    }


async def test_a_part_of_an_item_becomes_an_item_of_its_own_when_its_sku_changes(
    shop: Shop, fixture: dict[str, Any]
) -> None:
    fixture["orders"][0] |= {"status": "paid", "shipped_at": None, "delivered_at": None}
    cups = [("CUP-W", "白", 4), ("CUP-B", "蓝", 1)]
    fixture["catalog"] = [
        {"sku": sku, "product": "CUP", "spec": spec, "price_fen": 3333, "stock": stock} for sku, spec, stock in cups
    ]
    await shop.load(fixture)
    body = {"memberNo": "U1", "items": [{"itemNo": "L1", "num": 1}], "skuCode": "CUP-B"}
    assert (await shop.write("/trades/O1/sku", body)).status_code == 201
    items = (await shop.api.get("/trades/O1")).json()["trade"]["items"]
    assert [(item["itemNo"], item["skuCode"], item["num"], item["title"]) for item in items[:2]] == [
        ("L1", "CUP-W", 1, "马克杯 白"),
        ("L1-2", "CUP-B", 1, "马克杯 蓝"),
    ]
    stock = {sku["skuCode"]: sku["stock"] for sku in (await shop.api.get("/skus/CUP-W/family")).json()["skus"]}
    assert stock == {"CUP-W": 5, "CUP-B": 0}


async def test_a_shops_clock_can_be_moved(open_shop: Shop, demo_url: str) -> None:
    path = f"{demo_url}/admin/shops/{open_shop.shop_id}"
    await open_shop.admin.put(path, json={"now": "2030-01-01T00:00:00+08:00"})
    receipt = (await open_shop.write("/services", RETURN)).json()["receipt"]
    assert receipt["accepted"].startswith("2030-01-01 00:00:")


async def test_openapi_shows_bodies(demo_url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        schema = (await client.get(f"{demo_url}/schema/openapi.json")).json()
    body = schema["paths"]["/api/services"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/OpenService"}
    assert "swapSku" in schema["components"]["schemas"]["OpenService"]["properties"]


WORD = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ALMOST_RIGHT = st.fixed_dictionaries(
    {}, optional={key: JSON | st.just(value) for key, value in (RETURN | {"swapSku": "X", "remark": "r"}).items()}
)


@pytest.fixture
def browser(demo_url: str, shop: Shop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{demo_url}/api", headers={"X-Api-Key": shop.api_key}, trust_env=False) as client:
        yield client


@given(path=st.text(max_size=10), key=WORD, body=JSON | ALMOST_RIGHT, raw=st.binary(max_size=20))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bad_input_is_never_the_shops_fault(browser: httpx.Client, path: str, key: str, body: Any, raw: bytes) -> None:
    segment = quote(path, safe="", errors="replace")
    headers = {"Idempotency-Key": key.strip()}
    answers = [
        browser.post("/services", content=msgspec.json.encode(body), headers=headers),
        browser.post(f"/trades/{segment}/close", content=raw, headers=headers),
        browser.get(f"/trades/{segment}"),
        browser.get(f"/trades?memberNo={segment}&page={segment}"),
        browser.get("/members/x", headers={"X-Api-Key": raw.hex()}),
    ]
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
