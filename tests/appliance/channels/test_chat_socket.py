"""The chat WebSocket on real sockets: what it takes, what it shows, how it closes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from appliance.channels.web.socket import PROTOCOL, Pace
from appliance.identity.access_token import OFFERED_AS
from tests.appliance.channels.conftest import Served
from tests.appliance.channels.pictures import picture
from tests.appliance.channels.world import Customer, World

Frame = dict[str, Any]


async def send(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(msgspec.json.encode(frame), text=True)


async def receive(socket: ClientConnection) -> Frame:
    async with asyncio.timeout(10):
        frame: Frame = msgspec.json.decode(await socket.recv())
    return frame


async def receive_until(socket: ClientConnection, kind: str) -> list[Frame]:
    """Frames up to and with the first of a kind; its place among events that come at the same time is not promised."""
    frames = [await receive(socket)]
    while frames[-1]["type"] != kind:
        frames.append(await receive(socket))
    return frames


@asynccontextmanager
async def chatting(served: Served, customer: Customer, after: int = 0) -> AsyncIterator[ClientConnection]:
    async with connect(served.socket_url(customer, after), proxy=None) as socket:
        await send(socket, type="hello", access_token=customer.access_token)
        assert (await receive(socket))["type"] == "welcome"
        yield socket


async def closed(socket: ClientConnection) -> int | None:
    """The code with which the other side closed."""
    async with asyncio.timeout(10):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else None


async def test_a_conversation_flows_over_one_socket(served: Served, customer: Customer) -> None:
    async with chatting(served, customer) as socket:
        first = await receive(socket)
        await send(socket, type="message", id="m1", text="退货")
        told = await receive_until(socket, "ack")
        if len(told) == 1:
            told.append(await receive(socket))
        await send(socket, type="flush")
        said, state = await receive(socket), await receive(socket)

    assert first["event"]["kind"] == "notice"
    assert {frame["type"] for frame in told} == {"ack", "event"}
    assert next(f for f in told if f["type"] == "ack") == {"type": "ack", "id": "m1", "duplicate": False}
    assert said["event"]["text"] == "收到"
    assert (state["event"]["kind"], state["event"]["awaiting"]) == ("state", "clarify")


async def test_welcome_says_what_was_opened(served: Served, customer: Customer) -> None:
    async with connect(served.socket_url(customer), proxy=None) as socket:
        await send(socket, type="hello", access_token=customer.access_token)

        assert await receive(socket) == {
            "type": "welcome",
            "conversation_id": str(customer.conversation_id),
            "expires_at": "2026-11-22T02:00:00Z",
        }


async def test_the_token_may_come_as_a_subprotocol(served: Served, customer: Customer) -> None:
    offered = [Subprotocol(PROTOCOL), Subprotocol(OFFERED_AS + customer.access_token)]

    async with connect(served.socket_url(customer), subprotocols=offered, proxy=None) as socket:
        assert socket.subprotocol == PROTOCOL
        assert [(await receive(socket))["type"] for _ in range(2)] == ["welcome", "event"]


async def test_a_reconnect_loses_nothing_and_repeats_nothing(served: Served, customer: Customer) -> None:
    seen: list[int] = []
    for turn in range(4):
        async with chatting(served, customer, after=seen[-1] if seen else 0) as socket:
            await send(socket, type="message", id=f"m{turn}", text="x")
            await send(socket, type="flush")
            while not seen or len(seen) < 3 * turn + 2:
                frame = await receive(socket)
                if frame["type"] == "event":
                    seen.append(frame["event"]["seq"])

    everything = (await customer.get("events")).json()["events"]
    assert seen == [event["seq"] for event in everything][: len(seen)]


async def test_two_sockets_see_the_same(served: Served, customer: Customer) -> None:
    async with chatting(served, customer) as one, chatting(served, customer) as two:
        await send(one, type="message", id="m1", text="退货")
        both = [await receive_events(socket, 2) for socket in (one, two)]

    assert both[0] == both[1]
    assert both[0][1]["client_message_id"] == "m1"


async def receive_events(socket: ClientConnection, count: int) -> list[Frame]:
    events: list[Frame] = []
    while len(events) < count:
        frame = await receive(socket)
        if frame["type"] == "event":
            events.append(frame["event"])
    return events


async def test_a_repeat_is_acknowledged_and_kept_once(served: Served, world: World, customer: Customer) -> None:
    async with chatting(served, customer, after=1) as socket:
        await send(socket, type="message", id="m1", text="退货")
        await receive_until(socket, "ack")
        await send(socket, type="message", id="m1", text="退货")
        again = (await receive_until(socket, "ack"))[-1]

    assert again == {"type": "ack", "id": "m1", "duplicate": True}
    assert len(world.conversations.kept[customer.conversation_id].messages) == 1


async def test_a_picture_and_a_choice_are_taken(served: Served, world: World, customer: Customer) -> None:
    evidence_id = (await customer.upload(picture())).json()["evidence_id"]
    async with chatting(served, customer, after=1) as socket:
        await send(socket, type="image", id="i", evidence_id=evidence_id)
        await receive_until(socket, "ack")
        await send(socket, type="choice", id="c", payload="line=L1")
        await receive_until(socket, "ack")
        await send(socket, type="image", id="j", evidence_id=str(uuid4()))
        refused = (await receive_until(socket, "error"))[-1]

    assert set(world.conversations.kept[customer.conversation_id].messages) == {"i", "c"}
    assert (refused["id"], refused["code"]) == ("j", "not_found")


BAD_FRAMES: list[tuple[str | bytes, str, str | None]] = [
    ("{", "malformed_json", None),
    ("", "malformed_json", None),
    ("[" * 50_000, "invalid_input", None),
    ('"\\ud800"', "malformed_json", None),
    ("null", "invalid_input", None),
    ("{}", "invalid_input", None),
    ('{"type":"refund","id":"a"}', "invalid_input", "a"),
    ('{"type":"message","id":"a"}', "invalid_input", "a"),
    ('{"type":"message","id":"a","text":1}', "invalid_input", "a"),
    ('{"type":"message","id":"a","text":"x","speaker":"agent"}', "invalid_input", "a"),
    ('{"type":"message","id":"a","text":"\\ud800"}', "malformed_json", None),
    ('{"type":"message","id":"<b>","text":"x"}', "invalid_input", None),
    ('{"type":"message","id":7,"text":"x"}', "invalid_input", None),
    ('{"type":"image","id":"a","evidence_id":"b"}', "invalid_input", "a"),
    ('{"type":"image","id":"a","evidence_id":"' + str(uuid4()) + '","caption":"x"}', "invalid_input", "a"),
    ('{"type":"hello","access_token":"x"}', "invalid_input", None),
    ('{"type":"message","id":"a","text":"' + "字" * 10_001 + '"}', "too_large", "a"),
    ('{"type":"message","id":"a","text":"' + "x" * 170_000 + '"}', "too_large", None),
    (b'{"type":"ping"}', "invalid_input", None),
]


async def test_bad_frames_are_refused_one_by_one_and_the_socket_stays(
    served: Served, world: World, customer: Customer
) -> None:
    refused: list[tuple[str, str | None]] = []
    async with chatting(served, customer, after=1) as socket:
        for raw, _, _ in BAD_FRAMES:
            await socket.send(raw)
            frame = await receive(socket)
            refused.append((frame["code"], frame.get("id")))
        await send(socket, type="ping")
        last = await receive(socket)

    assert refused == [(code, message_id) for _, code, message_id in BAD_FRAMES]
    assert last == {"type": "pong"}
    assert world.conversations.kept[customer.conversation_id].messages == {}


async def test_an_enormous_frame_is_not_read(served: Served, customer: Customer) -> None:
    async with chatting(served, customer) as socket:
        await socket.send("x" * 300_000)
        assert await closed(socket) == 1009


async def test_a_failure_behind_is_told_and_the_socket_stays(served: Served, world: World, customer: Customer) -> None:
    async with chatting(served, customer, after=1) as socket:
        for error in (None, RuntimeError("refund of 13800138000")):
            world.conversations.is_down = error is None
            world.conversations.breaks_with = error
            await send(socket, type="message", id="m1", text="退货")
            frame = await receive(socket)
            if error is None:
                assert (frame["code"], frame["status"], frame["retryable"]) == ("unavailable", 503, True)
            else:
                assert (frame["code"], frame["status"]) == ("internal", 500)
                assert "13800138000" not in str(frame)
        world.conversations.breaks_with = None
        await send(socket, type="message", id="m1", text="退货")
        assert (await receive_until(socket, "ack"))[-1]["duplicate"] is False


async def test_a_database_that_goes_away_in_the_middle_is_not_noticed(
    served: Served, world: World, customer: Customer
) -> None:
    world.conversations.interruptions = 1
    async with chatting(served, customer) as socket:
        assert (await receive(socket))["event"]["kind"] == "notice"
        world.conversations.interruptions = 1
        await send(socket, type="message", id="m1", text="退货")
        assert (await receive_until(socket, "ack"))[-1]["duplicate"] is False


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"type": "hello", "access_token": "nonsense"}, 4401),
        ({"type": "hello", "access_token": ""}, 4401),
        ({"type": "hello"}, 4400),
        ({"type": "message", "id": "a", "text": "x"}, 4400),
        ("{", 4400),
        (b"\x00", 4400),
    ],
)
async def test_without_a_good_hello_the_socket_closes(
    served: Served, customer: Customer, hello: Frame | str | bytes, code: int
) -> None:
    async with connect(served.socket_url(customer), proxy=None) as socket:
        await socket.send(msgspec.json.encode(hello).decode() if isinstance(hello, dict) else hello)

        assert (await receive(socket))["type"] == "error"
        assert await closed(socket) == code


async def test_a_forged_subprotocol_token_closes_too(served: Served, customer: Customer) -> None:
    offered = [Subprotocol(PROTOCOL), Subprotocol(OFFERED_AS + "nonsense")]

    async with connect(served.socket_url(customer), subprotocols=offered, proxy=None) as socket:
        assert (await receive(socket))["code"] == "token_not_valid"
        assert await closed(socket) == 4401


async def test_the_token_of_another_conversation_finds_nothing(
    served: Served, customer: Customer, http: httpx.AsyncClient
) -> None:
    other = await Customer.start(http)

    async with connect(served.socket_url(other), proxy=None) as socket:
        await send(socket, type="hello", access_token=customer.access_token)
        assert (await receive(socket))["code"] == "not_found"
        assert await closed(socket) == 4404


@pytest.mark.parametrize("after", ["-1", "x", "", "1e3", "9" * 40, "٣"])
async def test_a_bad_place_to_resume_from_is_refused(served: Served, customer: Customer, after: str) -> None:
    async with connect(served.socket_url(customer, after), proxy=None) as socket:
        await send(socket, type="hello", access_token=customer.access_token)
        refused = await receive(socket)
        assert (refused["code"], refused["detail"]) == ("invalid_input", "after must be the seq of an event, or 0")
        assert await closed(socket) == 4400


async def test_what_is_no_conversation_id_is_answered_like_one_that_does_not_exist(
    served: Served, customer: Customer
) -> None:
    async with connect(f"ws://127.0.0.1:{served.port}/api/chat/v1/conversations/x/ws", proxy=None) as socket:
        await send(socket, type="hello", access_token=customer.access_token)
        refused = await receive(socket)
        assert (refused["code"], refused["detail"]) == ("not_found", "no such conversation")
        assert await closed(socket) == 4404


async def test_an_address_that_is_no_socket_is_refused_at_the_handshake(served: Served, customer: Customer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{served.port}{customer.path}/socket", proxy=None)

    assert refused.value.response.status_code == 403


async def test_a_token_that_expires_meanwhile_ends_the_talk(served: Served, world: World, customer: Customer) -> None:
    async with chatting(served, customer, after=1) as socket:
        world.clock.move(timedelta(hours=25))
        await send(socket, type="message", id="late", text="x")

        frame = await receive(socket)
        assert (frame["code"], frame["id"]) == ("token_expired", "late")
        assert await closed(socket) == 4401
    assert world.conversations.kept[customer.conversation_id].messages == {}


async def test_a_socket_that_is_left_watches_no_longer(served: Served, world: World, customer: Customer) -> None:
    async with chatting(served, customer):
        await world.conversations.watched(customer.conversation_id)

    async with asyncio.timeout(10):
        await world.conversations.watched(customer.conversation_id, by=0)


async def test_an_idle_socket_asks_the_database_nothing(served: Served, world: World, customer: Customer) -> None:
    async with chatting(served, customer) as socket:
        await receive(socket)
        asked = world.conversations.transcripts
        for _ in range(3):
            await send(socket, type="ping")
            await receive(socket)

        assert world.conversations.transcripts == asked


class TestWithLittlePatience:
    @pytest.fixture
    def world(self) -> World:
        return World(pace=Pace(hello_s=0.05, beat_s=0.05, send_s=0.2, close_s=0.1))

    async def test_who_does_not_say_hello_is_shown_out(self, served: Served, customer: Customer) -> None:
        async with connect(served.socket_url(customer), proxy=None) as socket:
            assert (await receive(socket))["code"] == "token_missing"
            assert await closed(socket) == 4408

    async def test_a_quiet_socket_is_kept_alive(self, served: Served, customer: Customer) -> None:
        async with chatting(served, customer, after=1) as socket:
            assert [await receive(socket) for _ in range(2)] == [{"type": "ping"}] * 2

    async def test_who_only_listens_is_shown_out_when_his_token_ends(
        self, served: Served, world: World, customer: Customer
    ) -> None:
        async with chatting(served, customer, after=1) as socket:
            world.clock.move(timedelta(hours=25))
            async with asyncio.timeout(10):
                assert (await receive_until(socket, "error"))[-1]["code"] == "token_expired"
            assert await closed(socket) == 4401

    async def test_who_does_not_read_is_let_go(self, served: Served, world: World, customer: Customer) -> None:
        """The client stops reading at its second unread frame; it shows once the kernel's buffers are full."""
        async with connect(served.socket_url(customer), proxy=None, max_queue=1, close_timeout=0.1) as socket:
            await send(socket, type="hello", access_token=customer.access_token)
            await world.conversations.watched(customer.conversation_id)
            for n in range(2000):
                await customer.say("长" * 9_000, f"m{n}")
                if not world.conversations.watchers(customer.conversation_id):
                    break

            async with asyncio.timeout(5):
                await world.conversations.watched(customer.conversation_id, by=0)
