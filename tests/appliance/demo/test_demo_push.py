"""Events reach the subscriber signed, at least once, and in order within a trade."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

Shop = Any
SECRET = "a-webhook-secret-of-length"


class Subscriber:
    """Takes requests; answers what it is told to, 200 when nothing is left."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        self.answers: list[int] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            key.lower(): value for key, value in (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self.got.put_nowait((headers, body))

    async def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        headers, body = await asyncio.wait_for(self.got.get(), 10)
        signed = hmac.new(SECRET.encode(), headers["x-timestamp"].encode() + b"." + body, "sha256").hexdigest()
        assert hmac.compare_digest(headers["x-signature"], signed)
        event = msgspec.json.decode(body)
        assert (headers["x-event-id"], headers["x-event-type"]) == (event["eventNo"], event["type"])
        return headers, event


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    subscriber = Subscriber()
    server = await asyncio.start_server(subscriber.serve, "127.0.0.1", 0)
    subscriber.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/events"
    yield subscriber
    server.close()


@pytest.fixture
async def subscribed(shop: Shop, fixture: dict[str, Any], subscriber: Subscriber, demo_url: str) -> Shop:
    settings = {"webhook_url": subscriber.url, "webhook_secret": SECRET}
    answer = await shop.admin.put(f"{demo_url}/admin/shops/{shop.shop_id}", json=settings)
    assert answer.status_code == 200
    await shop.load(fixture)
    return shop


async def open_return(shop: Shop) -> str:
    body = {"tradeNo": "O1", "memberNo": "U1", "type": "RETURN", "refundAmount": "30.00"}
    number: str = (await shop.write("/services", body)).json()["receipt"]["documentNo"]
    return number


async def test_a_case_is_followed_to_its_refund(subscribed: Shop, subscriber: Subscriber) -> None:
    case = await open_return(subscribed)
    for step in ("goods_received", "inspected", "refunded"):
        assert (await subscribed.admin.post(f"/cases/{case}/{step}", json={})).status_code == 201
    events = [(await subscriber.next())[1] for _ in range(5)]
    assert [(event["type"], event["stage"]) for event in events] == [
        ("SERVICE_OPENED", "WAIT_PARCEL"),
        ("SERVICE_MOVED", "CHECKING"),
        ("SERVICE_MOVED", "PAYING_BACK"),
        ("SERVICE_MOVED", "PAID_BACK"),
        ("REFUND_PAID", "PAID_BACK"),
    ]
    assert {event["serviceNo"] for event in events} == {case}
    member = (await subscribed.api.get("/members/U1")).json()["member"]
    assert member["refundsIn90Days"] == 1
    assert (await subscribed.admin.get("/counters")).json()["refunds"] == {"paid": 1}


async def test_an_event_that_was_not_taken_comes_again_before_the_next_of_its_trade(
    subscribed: Shop, subscriber: Subscriber
) -> None:
    subscriber.answers = [500]
    case = await open_return(subscribed)
    await subscribed.admin.post(f"/cases/{case}/goods_received", json={})
    first, again, second = [await subscriber.next() for _ in range(3)]
    assert first[0]["x-event-id"] == again[0]["x-event-id"] != second[0]["x-event-id"]
    assert [event["type"] for _, event in (first, again, second)] == ["SERVICE_OPENED"] * 2 + ["SERVICE_MOVED"]


async def test_an_event_can_be_delivered_twice_on_purpose(subscribed: Shop, subscriber: Subscriber) -> None:
    await subscribed.admin.put("/faults", json={"duplicate_delivery": {"count": 1}})
    await open_return(subscribed)
    first, again = await subscriber.next(), await subscriber.next()
    assert first[0]["x-event-id"] == again[0]["x-event-id"]


async def test_without_a_subscriber_nothing_is_pushed(shop: Shop, fixture: dict[str, Any]) -> None:
    await shop.load(fixture)
    await open_return(shop)
    assert (await shop.admin.get("/events")).json() == []


async def test_a_webhook_without_a_secret_is_refused(shop: Shop, demo_url: str) -> None:
    answer = await shop.admin.put(f"{demo_url}/admin/shops/{shop.shop_id}", json={"webhook_url": "http://x"})
    assert answer.status_code == 422


async def test_an_order_goes_its_way_and_no_other(subscribed: Shop, fixture: dict[str, Any]) -> None:
    order = fixture["orders"][0] | {"order_id": "O2", "status": "unpaid"}
    del order["paid_at"], order["shipped_at"], order["delivered_at"]
    await subscribed.load(fixture | {"orders": [order]})
    assert (await subscribed.admin.post("/orders/O2/deliver", json={})).status_code == 409
    states = []
    for step in ("pay", "ship", "deliver", "complete"):
        parcel = {"carrier": "顺丰", "tracking_no": "SF1", "text": "已出库"} if step == "ship" else {}
        states.append((await subscribed.admin.post(f"/orders/O2/{step}", json=parcel)).json()["state"])
    assert states == ["WAIT_SHIP", "SHIPPED", "SIGNED", "SUCCESS"]
    trade = (await subscribed.api.get("/trades/O2")).json()["trade"]
    assert (trade["delivery"]["waybill"], trade["delivery"]["tracks"][0]["desc"]) == ("SF1", "已出库")


async def test_a_withdrawn_exchange_gives_its_goods_and_units_back(shop: Shop, fixture: dict[str, Any]) -> None:
    spec = {"sku": "CUP-W", "product": "CUP", "spec": "白", "price_fen": 3333, "stock": 2}
    await shop.load(fixture | {"catalog": [spec]})
    body = {
        "tradeNo": "O1",
        "memberNo": "U1",
        "type": "SWAP",
        "items": [{"itemNo": "L1", "num": 2}],
        "swapSku": "CUP-W",
    }
    case = (await shop.write("/services", body)).json()["receipt"]["documentNo"]
    assert (await shop.api.get("/skus/CUP-W/family")).json()["skus"][0]["stock"] == 0
    await shop.admin.post(f"/cases/{case}/withdrawn", json={})
    assert (await shop.api.get("/skus/CUP-W/family")).json()["skus"][0]["stock"] == 2
    assert (await shop.write("/services", body, key="k2")).status_code == 201
