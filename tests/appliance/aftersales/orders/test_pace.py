"""How often an order system is asked, what it says of its own limits, and pages that it leads to itself."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from appliance.aftersales.orders.limiter import Limiter, Pace, retry_after_s
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.operations import Paging, PagingKind, ReadName
from appliance.aftersales.orders.wire import NotSent
from appliance.errors import OrderSystemUnavailable
from appliance.ids import CustomerId, OrderId

Play = Any
Script = Any
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ITEM = {"itemNo": "L1", "skuCode": "S", "title": "杯", "category": "kitchen", "num": 1, "price": "10.00"}


def trade(n: int) -> dict[str, Any]:
    return {"tradeNo": f"O{n}", "memberNo": "U1", "state": "SIGNED", "items": [ITEM]}


def answer(body: Any, status: int = 200, headers: str = "") -> bytes:
    content = json.dumps(body).encode()
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode() + content


class Watch:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.at += seconds


def limiter(pace: Pace | None) -> tuple[Limiter, Watch]:
    watch = Watch()
    return Limiter(pace, watch.now, watch.sleep), watch


async def test_as_many_at_once_as_allowed_and_then_one_by_one() -> None:
    paced, watch = limiter(Pace(requests=3, per_s=6))
    for _ in range(5):
        await paced.take(within_s=60)
    assert watch.slept == [2, 2]


async def test_who_cannot_have_a_turn_in_time_is_told_at_once_and_takes_none() -> None:
    paced, watch = limiter(Pace(requests=1, per_s=10))
    await paced.take(within_s=1)
    for _ in range(3):
        with pytest.raises(NotSent, match=r"next turn is in 10\.0 s"):
            await paced.take(within_s=1)
    watch.at += 10
    await paced.take(within_s=1)
    assert watch.slept == []


async def test_what_it_asks_to_wait_holds_everybody_back() -> None:
    held, watch = limiter(None)
    held.hold(30)
    with pytest.raises(NotSent):
        await held.take(within_s=5)
    await held.take(within_s=30)
    assert watch.slept == [30]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("Sat, 21 Nov 2026 02:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 01:00:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


async def test_a_read_waits_as_it_is_told(play: Play, script: Script) -> None:
    system = play(answer({}, 429, "Retry-After: 0\r\n"), answer({"trade": trade(1)}))
    assert (await system.order(OrderId("O1"))).order_id == "O1"
    assert len(script.requests) == 2


async def test_after_a_long_retry_after_nothing_is_sent(play: Play, script: Script) -> None:
    system = play(answer({}, 503, "Retry-After: 250\r\n"))
    with pytest.raises(OrderSystemUnavailable, match="held back"):
        await system.order(OrderId("O1"))
    with pytest.raises(OrderSystemUnavailable, match="held back"):
        await system.order(OrderId("O2"))
    assert len(script.requests) == 1


def paged(mapping: Mapping, paging: Paging) -> Mapping:
    operation = replace(mapping.reads[ReadName.ORDERS_OF], paging=paging)
    changed: Mapping = replace(mapping, reads={**mapping.reads, ReadName.ORDERS_OF: operation})
    return changed


async def test_a_list_is_followed_by_its_offset(play: Play, tmp_path: Path, script: Script) -> None:
    text = (Path(__file__).parents[4] / "appliance/aftersales/orders/mappings/demo.yaml").read_text("utf-8")
    text = text.replace('page: "{page}", size: "{size}"', 'from: "{offset}", size: "{size}"')
    text = text.replace("{kind: page, first: 1, size: 50, total: total}", "{kind: offset, size: 2, total: total}")
    file = tmp_path / "shop.yaml"
    file.write_text(text, "utf-8")
    pages = [answer({"rows": [trade(1), trade(2)], "total": 3}), answer({"rows": [trade(3)], "total": 3})]
    assert len(await play(*pages, mapping=Mapping.load(file)).orders_of(CustomerId("U1"))) == 3
    assert ["from=0" in script.requests[0][0], "from=2" in script.requests[1][0]] == [True, True]


@pytest.mark.parametrize("more", [True, "true", 1])
async def test_a_list_goes_on_while_it_says_so(play: Play, demo_mapping: Mapping, more: Any) -> None:
    mapping = paged(demo_mapping, Paging(kind=PagingKind.PAGE, size=50, more=("more",)))
    pages = [answer({"rows": [trade(1)], "more": more}), answer({"rows": [trade(2)], "more": False})]
    assert len(await play(*pages, mapping=mapping).orders_of(CustomerId("U1"))) == 2


@pytest.mark.parametrize("where", ["body", "header"])
async def test_a_link_leads_to_the_next_page(play: Play, script: Script, demo_mapping: Mapping, where: str) -> None:
    link = "/api/trades?memberNo=U1&after=a%2Fb"
    following = ("next",) if where == "body" else None
    mapping = paged(demo_mapping, Paging(kind=PagingKind.LINK, size=2, next=following))
    header = f'Link: </api/trades?page=1>; rel="prev", <{link}>; rel="next"\r\n' if where == "header" else ""
    pages = [answer({"rows": [trade(1)], "next": link}, 200, header), answer({"rows": [trade(2)]})]
    assert len(await play(*pages, mapping=mapping).orders_of(CustomerId("U1"))) == 2
    assert script.requests[1][0] == "GET /api/trades?memberNo=U1&after=a%2Fb HTTP/1.1"
    assert script.requests[1][1]["x-api-key"] == "k-1"


@pytest.mark.control("A9")
@pytest.mark.parametrize(
    "link", ["http://elsewhere.example/api/trades", "//elsewhere.example/", "ftp://x/", "/api?a=1&a=2"]
)
async def test_a_link_never_leads_our_key_elsewhere(
    play: Play, script: Script, demo_mapping: Mapping, link: str
) -> None:
    mapping = paged(demo_mapping, Paging(kind=PagingKind.LINK, size=2, next=("next",)))
    with pytest.raises(OrderSystemUnavailable, match="does not lie below the base URL"):
        await play(answer({"rows": [trade(1)], "next": link}), mapping=mapping).orders_of(CustomerId("U1"))
    assert len(script.requests) == 1
