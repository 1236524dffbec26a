"""Whatever comes in, the answer is never a failure of ours, and always a problem that says why."""

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from tests.appliance.channels.pictures import picture
from tests.appliance.channels.world import SHOP, Customer, World

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "message", "choice", "image", "hello", "flush", "ping"]) | JSON,
        "shop": st.just(SHOP) | JSON,
        "channel": st.sampled_from(["web", "voice"]) | JSON,
        "token": st.text(max_size=60) | JSON,
        "id": st.just("m1") | JSON,
        "client_message_id": st.just("m1") | JSON,
        "text": st.text(max_size=200) | JSON,
        "payload": st.text(max_size=60) | JSON,
        "evidence_id": st.uuids().map(str) | JSON,
        "by_s": st.integers() | JSON,
    },
)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
BROKEN_PICTURE = st.builds(
    lambda content, at, cut: content[: at % len(content)] + cut + content[at % len(content) :],
    st.sampled_from([picture("PNG"), picture("JPEG"), picture("GIF"), picture("WEBP")]),
    st.integers(0, 10_000),
    st.binary(max_size=12),
)
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

ROUTES = [
    ("POST", "/api/chat/v1/conversations"),
    ("POST", "{conversation}/messages"),
    ("POST", "{conversation}/flush"),
    ("POST", "{conversation}/images"),
    ("POST", "{conversation}/clock"),
    ("POST", "/api/v1/order-events"),
    ("POST", "/api/v1/order-events/demo"),
    ("POST", "/api/v1/order-events/demo/pushed"),
]


def is_ours_to_answer(answer: httpx.Response) -> bool:
    if answer.status_code < 400:
        return True
    problem = answer.json()
    return (
        answer.status_code < 500
        and answer.headers["content-type"] == "application/problem+json"
        and problem["status"] == answer.status_code
        and bool(problem["code"] and problem["detail"] and problem["request_id"])
    )


def as_json(value: Any) -> bytes:
    return msgspec.json.encode(value)


@pytest.mark.control("M-24")
@quick
@given(
    route=st.sampled_from(ROUTES),
    body=NEARLY.map(as_json) | JSON.map(as_json) | st.binary(max_size=200) | BROKEN_PICTURE,
    kind=st.sampled_from(["application/json", "image/png", "multipart/form-data; boundary=x"]) | HEADER,
    is_evaluation=st.booleans(),
)
def test_no_body_breaks_a_route(route: tuple[str, str], body: bytes, kind: str, is_evaluation: bool) -> None:
    async def attempt() -> httpx.Response:
        async with World(is_evaluation=is_evaluation).http() as http:
            customer = await Customer.start(http)
            path = route[1].format(conversation=customer.path)
            headers: list[tuple[bytes, bytes]] = [
                (b"authorization", customer.headers["Authorization"].encode()),
                (b"content-type", kind.encode("latin-1")),
                (b"x-event-id", b"e"),
                (b"x-timestamp", b"1"),
                (b"x-signature", b"0"),
            ]
            return await http.request(route[0], path, content=body, headers=headers)

    assert is_ours_to_answer(asyncio.run(attempt()))


@pytest.mark.control("M-24")
@quick
@given(
    path=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    query=st.dictionaries(st.sampled_from(["after", "wait_s", "x"]), HEADER, max_size=3),
    token=HEADER,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
)
def test_no_path_query_or_token_breaks_a_route(path: str, query: dict[str, str], token: str, method: str) -> None:
    async def attempt() -> list[httpx.Response]:
        async with World().http() as http:
            headers = [(b"authorization", b"Bearer " + token.encode("latin-1"))]
            places = [f"/api/chat/v1/conversations/{uuid4()}/", "/api/chat/v1/conversations/", "/api/v1/", "/"]
            return [await http.request(method, place + quote(path), params=query, headers=headers) for place in places]

    assert all(map(is_ours_to_answer, asyncio.run(attempt())))


@pytest.mark.control("M-24")
def test_no_frame_breaks_a_socket() -> None:
    """One socket takes them all, one after another, and is still there."""
    world = World(is_evaluation=True)
    with TestClient(world.web) as client:
        opened = client.post("/api/chat/v1/conversations", json={"shop": SHOP}).json()
        with client.websocket_connect(
            f"/api/chat/v1/conversations/{opened['conversation_id']}/ws?after=9999999"
        ) as socket:
            socket.send_json({"type": "hello", "access_token": opened["access_token"]})
            assert socket.receive_json()["type"] == "welcome"

            @quick
            @given(frame=NEARLY.map(as_json) | JSON.map(as_json) | st.text(max_size=100).map(str.encode) | st.binary())
            def take(frame: bytes) -> None:
                try:
                    socket.send_text(frame.decode())
                except UnicodeDecodeError:
                    socket.send_bytes(frame)
                socket.send_json({"type": "ping"})
                answers = [socket.receive_json()]
                while answers[-1]["type"] != "pong":
                    answers.append(socket.receive_json())
                assert all(answer["status"] < 500 for answer in answers if answer["type"] == "error")

            take()
