"""The widget's script, how it is to appear, and which pages may hold it: over HTTP and over a socket."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from appliance.channels.web.socket import Close
from appliance.channels.web.widget import Script
from appliance.errors import ConfigurationError
from appliance.evaluation.picture import png
from appliance.identity.widgets import AVATAR_PX, Look, avatar_from
from tests.appliance.channels.conftest import Served
from tests.appliance.channels.whole import SHOP, Whole
from tests.appliance.channels.world import Customer, World

LOOK = f"/api/chat/v1/shops/{SHOP}/widget"
OURS, THEIRS = "http://appliance", "https://shop.example"


async def test_a_page_learns_how_the_widget_is_to_appear(world: World, http: httpx.AsyncClient) -> None:
    world.widgets.dress(SHOP, accent="#c0392b", avatar=b"picture")

    look = (await http.get(LOOK)).json()

    assert look == {
        "shop_name": "示范店",
        "bot_name": "小鹿",
        "ai_label": "本服务由人工智能提供",
        "accent": "#c0392b",
        "avatar": look["avatar"],
        "has_calls": False,
    }
    picture = await http.get(f"/api/chat/v1{look['avatar']}")
    assert (picture.content, picture.headers["content-type"]) == (b"picture", "image/png")


async def test_a_changed_look_is_seen_at_its_next_use(whole: Whole) -> None:
    async with whole.http() as http:
        before = (await http.get(LOOK)).json()
        await whole.core.widgets.dress(SHOP, Look(accent="#123456", avatar=avatar_from(png())))
        after = (await http.get(LOOK)).json()
        picture = await http.get(f"/api/chat/v1{after['avatar']}")

    assert (before["accent"], before["avatar"], after["accent"]) == (None, None, "#123456")
    assert picture.content.startswith(b"\x89PNG")
    assert int.from_bytes(picture.content[16:20]) == AVATAR_PX


@pytest.mark.control("M-16")
@pytest.mark.parametrize(
    ("origin", "named", "status"),
    [
        (None, (), 200),
        (OURS, (), 200),
        (THEIRS, (), 403),
        (THEIRS, (THEIRS,), 200),
        (THEIRS + ":8443", (THEIRS,), 403),
        ("http://shop.example", (THEIRS,), 403),
        ("https://shop.example.evil", (THEIRS,), 403),
        ("null", (THEIRS,), 403),
        ("http://appliance.evil", (), 403),
        ("http://[", (), 403),
    ],
)
async def test_only_pages_that_the_shop_has_named_may_hold_its_chat(
    world: World, http: httpx.AsyncClient, customer: Customer, origin: str | None, named: tuple[str, ...], status: int
) -> None:
    world.widgets.dress(SHOP, origins=list(named))
    headers = {} if origin is None else {"Origin": origin}

    look = await http.get(LOOK, headers=headers)
    begun = await http.post("/api/chat/v1/conversations", json={"shop": SHOP}, headers=headers)
    events = await http.get(f"{customer.path}/events", headers=customer.headers | headers)

    assert (look.status_code, begun.status_code, events.status_code) == (status, {200: 201}.get(status, status), status)
    if status == 403:
        assert {answer.json()["code"] for answer in (look, begun, events)} == {"origin_not_allowed"}


async def test_a_page_of_another_origin_may_read_why_it_is_refused(http: httpx.AsyncClient) -> None:
    asked = {"Origin": THEIRS, "Access-Control-Request-Method": "POST"}
    preflight = await http.options("/api/chat/v1/conversations", headers=asked)
    refused = await http.get(LOOK, headers={"Origin": THEIRS})
    own = await http.get(LOOK, headers={"Origin": OURS})
    elsewhere = await http.get("/api/docs/openapi.json", headers={"Origin": THEIRS})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "authorization, content-type"
    assert {answer.headers["access-control-allow-origin"] for answer in (preflight, refused)} == {THEIRS}
    assert "access-control-allow-credentials" not in refused.headers
    assert refused.headers["vary"] == "Origin"
    assert [name for name in (*own.headers, *elsewhere.headers) if name.startswith("access-control-")] == []


@pytest.mark.control("M-16")
async def test_a_socket_of_a_page_that_was_not_named_is_closed(served: Served) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", trust_env=False) as http:
        customer = await Customer.start(http)
    headers: Any = {"Origin": THEIRS}

    async with connect(served.socket_url(customer), additional_headers=headers, proxy=None) as socket:
        await socket.send(json.dumps({"type": "hello", "access_token": customer.access_token}))
        said = json.loads(await socket.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert said["code"] == "origin_not_allowed"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == Close.FORBIDDEN


async def test_the_script_is_the_same_packed_and_plain_and_is_not_sent_twice(whole: Whole) -> None:
    async with whole.http() as http:
        plain = await http.get("/widget.js", headers={"Accept-Encoding": "identity", "Origin": THEIRS})
        packed = await http.get("/widget.js", headers={"Accept-Encoding": "gzip"})
        again = await http.get("/widget.js", headers={"If-None-Match": plain.headers["etag"]})

    assert plain.content == packed.content
    assert (packed.headers["content-encoding"], plain.headers["content-type"]) == (
        "gzip",
        "text/javascript; charset=utf-8",
    )
    assert plain.headers["access-control-allow-origin"] == "*"
    assert plain.headers["cross-origin-resource-policy"] == "cross-origin"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.control("M-16")
async def test_in_production_there_is_no_page_on_which_one_may_be_anybody(whole: Whole) -> None:
    async with whole.http() as http:
        found = [(await http.get(f"/demo{path}")).status_code for path in ("/shop", "/visitors", "/visitors/x/token")]
    assert found == [404, 404, 404]


MOST_KB = 60


def test_the_script_stays_within_its_budget() -> None:
    assert len(gzip.compress(Script().plain, 9)) <= MOST_KB * 1024


async def test_what_runs_beside_a_calls_sound_is_for_every_page(whole: Whole) -> None:
    async with whole.http() as http:
        script = await http.get("/widget-audio.js", headers={"Origin": THEIRS})
    assert script.status_code == 200
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["access-control-allow-origin"] == "*"
    assert "registerProcessor" in script.text


def test_where_it_was_not_built_the_appliance_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"run \./install\.sh"):
        Script(tmp_path / "widget.js")
