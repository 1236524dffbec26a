"""Bad input at every edge: a clear refusal, never a failure of ours, and the conversation goes on."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from appliance.clock import SystemClock
from appliance.identity import customer_token
from appliance.ids import CustomerId

Fixture = Any
START = "/api/chat/v1/conversations"


@pytest.fixture
async def http(place: Fixture) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=place.web_url, trust_env=False, timeout=30) as http:
        yield http


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    problem: dict[str, Any] = msgspec.json.decode(answer.content)
    assert (answer.status_code, problem["status"]) == (status, status), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "Traceback" not in answer.text
    return problem


@pytest.mark.control("M-24")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b"\xff\xfe", 400),
        (b'{"shop": 7}', 422),
        (b'{"shop": "no such shop!"}', 422),
        (b'{"shop": "nobody-knows-it"}', 404),
        (b'{"shop": "x", "channel": "fax"}', 422),
        (b'{"shop": "x", "role": "admin"}', 422),
        (b'{"shop": "x", "business_now": "yesterday"}', 422),
    ],
)
async def test_a_start_that_makes_no_sense_is_refused(http: httpx.AsyncClient, body: bytes, status: int) -> None:
    refused(await http.post(START, content=body, headers={"content-type": "application/json"}), status)


@pytest.mark.control("P-15")
async def test_a_token_must_be_this_shops_and_of_now(
    http: httpx.AsyncClient, shop: Fixture, other_shop: Fixture
) -> None:
    now = SystemClock().now()

    async def start(secret: str, **claims: Any) -> httpx.Response:
        stated = {"shop": shop.keys.shop, "token_id": uuid4().hex, "now": now, "life": timedelta(minutes=5)} | claims
        token = customer_token.sign(CustomerId(shop.customer), secret=secret, **stated)
        return await http.post(START, json={"shop": shop.name, "token": token})

    assert (await start(shop.keys.token_secret)).status_code < 300
    refused(await start(other_shop.keys.token_secret), 401)
    refused(await start(shop.keys.token_secret, shop=other_shop.keys.shop), 401)
    refused(await start(shop.keys.token_secret, now=now - timedelta(hours=2)), 401)
    refused(await start(shop.keys.token_secret, life=timedelta(days=400)), 401)
    refused(await http.post(START, json={"shop": shop.name, "token": "e30.e30."}), 401)


@pytest.mark.control("P-15", "M-16")
async def test_an_access_token_opens_its_own_conversation_only(http: httpx.AsyncClient, shop: Fixture) -> None:
    async with shop.talk() as mine, shop.talk() as other:
        path = f"{START}/{other.conversation.conversation_id}/events"
        refused(await http.get(path, headers={"authorization": f"Bearer {mine.conversation.access_token}"}), 404)
        refused(await http.get(path, headers={"authorization": "Bearer nonsense"}), 401)
        refused(await http.get(path), 401)


@pytest.mark.control("M-24", "M-27")
async def test_what_is_no_picture_is_no_evidence(http: httpx.AsyncClient, shop: Fixture) -> None:
    async with shop.talk() as talk:
        headers = {"authorization": f"Bearer {talk.conversation.access_token}", "content-type": "image/png"}
        path = f"{START}/{talk.conversation.conversation_id}/images"
        for content in (b"", b"<script>alert(1)</script>", b"\x89PNG\r\n\x1a\n" + b"\0" * 64):
            refused(await http.post(path, content=content, headers=headers), 422)
        refused(await http.post(path, content=b"\0" * (9 << 20), headers=headers), 413)
        refused(await http.post(path, content=b"x", headers={"content-type": "image/png"}), 401)


@pytest.mark.control("P-15", "M-16")
async def test_the_trace_is_for_the_shops_own_key(http: httpx.AsyncClient, shop: Fixture, other_shop: Fixture) -> None:
    async with shop.talk() as talk:
        path = f"/api/v1/conversations/{talk.conversation.conversation_id}/trace"
        refused(await http.get(path), 401)
        refused(await http.get(path, headers={"authorization": f"Bearer {other_shop.keys.api_key}"}), 404)
        refused(await http.get(path, headers={"authorization": f"Bearer {talk.conversation.access_token}"}), 401)
        own = await http.get(path, headers={"authorization": f"Bearer {shop.keys.api_key}"})
        assert own.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/chat/v1/conversations/not-a-uuid/events", 404),
        ("/api/chat/v1/conversations/00000000-0000-0000-0000-000000000000/events", 401),
        ("/api/v1/conversations/%00/trace", 404),
        ("/api/chat/v1/../../../etc/passwd", 404),
        ("/no/such/path", 404),
    ],
)
async def test_a_path_that_leads_nowhere_is_a_problem_too(http: httpx.AsyncClient, path: str, status: int) -> None:
    refused(await http.get(path), status)


FRAMES = [
    "",
    "nonsense",
    "[]",
    '{"type": "grant_refund", "id": "a", "amount_fen": 1000000}',
    '{"type": "message", "id": "a"}',
    '{"type": "message", "id": "a b c", "text": "x"}',
    '{"type": "message", "id": "a", "text": "x", "awaiting": "confirm"}',
    '{"type": "image", "id": "a", "evidence_id": "00000000-0000-0000-0000-000000000000"}',
    '{"type": "choice", "id": "a", "payload": ""}',
    '{"type": "hello", "access_token": "again"}',
    '{"type": "message", "id": "long", "text": "' + "退" * 20_000 + '"}',
]


@pytest.mark.control("M-24")
@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
async def test_a_frame_that_makes_no_sense_is_refused_and_the_talk_goes_on(shop: Fixture, frame: str) -> None:
    async with shop.talk() as talk:
        socket = talk.conversation._socket
        await socket.send(frame)
        await talk.conversation.until(lambda: bool(talk.conversation.errors))
        assert not talk.conversation.errors[0].detail.startswith("something went wrong")
        await talk.say("我的烧水壶到哪了")
        assert "芜湖" in talk.shown


@pytest.mark.parametrize(
    "words", ["", "   ", "\u200b\ufeff", "😂🙏", "\x07\x1b[31m退\x1b[0m", "<script>", "' OR 1=1; --"]
)
async def test_words_that_mean_nothing_are_answered_and_do_nothing(shop: Fixture, words: str) -> None:
    async with shop.talk() as talk:
        await talk.say(words)
        assert "\x1b" not in talk.shown
        assert "<script" not in talk.shown
        assert await shop.writes() == 0


@pytest.mark.control("P-15")
@pytest.mark.parametrize(("hello", "code"), [('{"type":"hello","access_token":"x"}', 4401), ('{"type":"flush"}', 4400)])
async def test_a_socket_without_its_token_is_closed(shop: Fixture, hello: str, code: int) -> None:
    async with shop.talk() as talk:
        url = shop.site.chat.socket_url(talk.conversation.conversation_id, 0)
        async with connect(url, proxy=None) as stranger:
            await stranger.send(hello)
            received: list[str] = []
            with contextlib.suppress(ConnectionClosed):
                received += [str(frame) async for frame in stranger]
        assert not any("notice" in frame for frame in received)
        assert stranger.close_code == code
