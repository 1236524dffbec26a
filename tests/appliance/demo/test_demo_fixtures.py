"""Test data is taken exactly as the suites write it; a mistake is named with its path."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

SUITES = Path(__file__).parents[4] / "shared" / "suites" / "conversations"
CASES = sorted(SUITES.glob("*/*.yaml"))
FIXTURE_KEYS = ("customer", "customers", "orders", "catalog")
Shop = Any


async def test_amounts_are_yuan_and_times_are_wall_time(shop: Shop, fixture: dict[str, Any]) -> None:
    await shop.load(fixture)
    trade = (await shop.api.get("/trades/O1")).json()["trade"]
    assert (trade["state"], trade["times"]["shipped"], trade["payment"]["postage"]) == (
        "SIGNED",
        "2026-11-11 09:00:00",
        "8.00",
    )


async def test_without_a_catalogue_every_sku_is_on_sale_at_the_newest_price_paid(
    shop: Shop, fixture: dict[str, Any]
) -> None:
    order = fixture["orders"][0]
    older = order | {
        "order_id": "O0",
        "paid_at": "2026-01-01T00:00:00+08:00",
        "lines": [order["lines"][0] | {"unit_price_fen": 100}],
    }
    fixture["orders"].append(older)
    await shop.load(fixture)
    family = (await shop.api.get("/skus/CUP-W/family")).json()["skus"]
    assert [(sku["skuCode"], sku["price"], sku["stock"]) for sku in family] == [("CUP-W", "33.33", None)]


async def test_with_a_catalogue_only_what_stands_in_it_is_on_sale(shop: Shop, fixture: dict[str, Any]) -> None:
    spec = {"sku": "CUP-B", "product": "CUP", "spec": "蓝", "price_fen": 2999, "stock": 0}
    await shop.load(fixture | {"catalog": [spec, spec | {"sku": "CUP-W", "spec": "白", "stock": 7}]})
    family = (await shop.api.get("/skus/CUP-W/family")).json()["skus"]
    assert [(sku["skuCode"], sku["stock"]) for sku in family] == [("CUP-B", 0), ("CUP-W", 7)]
    assert (await shop.api.get("/skus/LAMP-1/family")).status_code == 404


async def test_other_customers_and_their_orders_stand_beside(shop: Shop, fixture: dict[str, Any]) -> None:
    fixture["customers"] = [{"id": "U2", "name": "周舟", "phone": "13900000002", "level": "normal"}]
    fixture["orders"].append(fixture["orders"][0] | {"order_id": "O2", "customer_id": "U2"})
    await shop.load(fixture)
    assert (await shop.api.get("/members/U2")).json()["member"]["realName"] == "周舟"
    rows = (await shop.api.get("/trades", params={"memberNo": "U2"})).json()["rows"]
    assert [row["tradeNo"] for row in rows] == ["O2"]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("customer", "vip"), True, "unknown field `vip` - at `$.customer`"),
        (("orders", 0, "gift"), True, "unknown field `gift` - at `$.orders[0]`"),
        (("orders", 0, "lines", 0, "colour"), "white", "unknown field `colour` - at `$.orders[0].lines[0]`"),
        (("weather",), "rain", "unknown field `weather`"),
        (("orders", 0, "freight_fen"), "800", "Expected `int`, got `str` - at `$.orders[0].freight_fen`"),
        (("orders", 0, "freight_fen"), True, "Expected `int`, got `bool`"),
        (("orders", 0, "freight_fen"), -1, "Expected `int` >= 0 - at `$.orders[0].freight_fen`"),
        (("orders", 0, "paid_at"), "2026-11-10T09:00:00", "timezone component - at `$.orders[0].paid_at`"),
        (("orders", 0, "paid_at"), "0001-01-01T00:00:00Z", "a time is outside the years that can be kept"),
        (("orders", 0, "status"), "lost", "Invalid enum value 'lost' - at `$.orders[0].status`"),
        (("orders", 0, "lines", 0, "tags"), ["haunted"], "Invalid enum value 'haunted'"),
        (("orders", 0, "lines", 1, "line_id"), "L1", "`$.orders[0].lines[1].line_id` stands here twice"),
        (("customer", "level"), None, "at `$.customer.level`"),
    ],
)
async def test_a_mistake_is_named_with_its_path(
    shop: Shop, fixture: dict[str, Any], path: tuple[Any, ...], value: Any, told: str
) -> None:
    place: Any = fixture
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    answer = await shop.admin.post("/fixtures", json=fixture)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert told in answer.json()["detail"]
    assert (await shop.api.get("/members/U1")).status_code == 404


async def test_a_case_on_a_line_that_is_not_there_is_refused(shop: Shop, fixture: dict[str, Any]) -> None:
    case = {"case_id": "C1", "kind": "repair", "status": "open", "lines": [{"line_id": "L9", "quantity": 1}]}
    fixture["orders"][0]["cases"] = [case]
    answer = await shop.admin.post("/fixtures", json=fixture)
    assert "`$.orders[0].cases[0].lines[0].line_id` is no line of the order" in answer.json()["detail"]


async def test_a_case_id_stands_on_one_order_only(shop: Shop, fixture: dict[str, Any]) -> None:
    case = {"case_id": "C1", "kind": "repair", "status": "open", "lines": [{"line_id": "L1", "quantity": 1}]}
    fixture["orders"][0]["cases"] = [case]
    fixture["orders"].append(fixture["orders"][0] | {"order_id": "O2"})
    assert (await shop.admin.post("/fixtures", json=fixture)).status_code == 409
    assert (await shop.api.get("/trades/O1")).status_code == 404


async def test_loaded_again_an_order_starts_anew(shop: Shop, fixture: dict[str, Any]) -> None:
    await shop.load(fixture)
    body = {"tradeNo": "O1", "memberNo": "U1", "type": "RETURN", "refundAmount": "1.00"}
    assert (await shop.write("/services", body)).status_code == 201
    await shop.load(fixture)
    assert (await shop.api.get("/trades/O1")).json()["trade"]["services"] == []
    await shop.admin.delete("/data")
    assert await shop.count_writes() == 0


@pytest.mark.skipif(not SUITES.is_dir(), reason="the suites are not here")
async def test_every_case_of_the_suites_loads(shop: Shop) -> None:
    assert CASES
    for file in CASES:
        case = yaml.safe_load(file.read_text("utf-8"))
        await shop.admin.delete("/data")
        body = msgspec.json.encode({key: case[key] for key in FIXTURE_KEYS if key in case})
        answer = await shop.admin.post("/fixtures", content=body)
        assert answer.status_code == 201, (file.name, answer.text)
