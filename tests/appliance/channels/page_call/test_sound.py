"""What goes over the socket of a call, through the web process and back, against a page by script."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from appliance.channels.page_call.frames import FRAME_BYTES, MOST_SOUND_BYTES
from appliance.channels.page_call.line import OUT_OF_ORDER
from appliance.identity.access_token import AccessTokens
from appliance.voice.events import LeaveCall, PassOn, SentencePlayed, Speak, SpeechBegan, StopSpeaking, TextHeard
from appliance.voice.model import Exit, Spoken
from appliance.voice.ports import Key, Line
from tests.appliance.channels.page_call.conftest import ENDS, Holding, place
from tests.appliance.channels.phone.conftest import Held
from tests.appliance.channels.world import FakeWidgets

FRAME = b"\x10\x27" * (FRAME_BYTES // 2)


async def told(socket: ClientConnection) -> dict[str, Any] | bytes:
    async with asyncio.timeout(10):
        got = await socket.recv()
    return got if isinstance(got, bytes) else dict(json.loads(got))


async def says(socket: ClientConnection, **command: Any) -> None:
    await socket.send(json.dumps(command))


async def test_sound_and_keys_come_in(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    held = Held(leave=ENDS)
    async with place(Holding(held), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        assert await told(socket) == {"type": "begun", "is_recorded": True, "rate_hz": 16000}
        await socket.send(FRAME)
        await says(socket, type="key", key="4")
        await says(socket, type="key", key="#")
        await held.until(lambda now: now.keys == "4#")
        await says(socket, type="hang_up")
        assert await told(socket) == {"type": "left", "how": "ended"}
    assert (held.sound, held.line.result().rate_hz) == (FRAME, 16_000)


@pytest.mark.control("L-05")
async def test_the_button_that_refuses_a_recording_is_a_whole_key(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    held = Held()
    async with place(Holding(held), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await says(socket, type="refuse_recording")
        await held.until(lambda now: now.events == [Key("0", is_whole=True)])


async def test_a_mark_comes_back_when_the_page_has_played_all_before_it(
    tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    async def speak(line: Line) -> None:
        await line.play(FRAME)
        await line.mark("7")
        await line.flush()

    held = Held(speak)
    async with place(Holding(held), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        assert [await told(socket) for _ in range(3)] == [FRAME, {"type": "mark", "mark": "7"}, {"type": "flush"}]
        assert held.reached == []
        await says(socket, type="played", mark="7")
        await held.until(lambda now: now.reached == ["7"])


@pytest.mark.parametrize(
    ("leave", "how"),
    [
        (LeaveCall(Exit.HANG_UP), "ended"),
        (LeaveCall(Exit.TRANSFER, "people"), "people"),
        (OUT_OF_ORDER, "out_of_order"),
    ],
)
async def test_a_page_is_told_how_its_call_was_left(
    leave: LeaveCall, how: str, tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    async with place(Holding(Held(leave=leave)), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        await says(socket, type="hang_up")
        assert await told(socket) == {"type": "left", "how": how}
        await socket.wait_closed()
        assert socket.close_code == 1000


async def test_what_is_heard_and_said_is_there_to_read(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async def see(line: Any) -> None:
        line.see(SpeechBegan(), 0)
        line.see(TextHeard("我要退", is_final=False), 0)
        line.see(TextHeard("我要退货", is_final=True), 0)
        line.see(PassOn(Spoken(text="我要退货")), 0)
        line.see(Speak(1, 0, "请问要退哪一件？"), 0)
        line.see(StopSpeaking(), 0)
        line.see(PassOn(Spoken(digits="0")), 0)

    async with place(Holding(Held(see)), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        assert [await told(socket) for _ in range(9)] == [
            {"type": "turn", "state": "hearing"},
            {"type": "heard", "text": "我要退", "is_final": False},
            {"type": "heard", "text": "我要退货", "is_final": True},
            {"type": "turn", "state": "thinking"},
            {"type": "turn", "state": "speaking"},
            {"type": "says", "text": "请问要退哪一件？"},
            {"type": "turn", "state": "listening"},
            {"type": "recording", "is_on": False},
            {"type": "turn", "state": "thinking"},
        ]


async def test_a_customer_is_asked_to_speak_behind_the_last_sentence_and_not_between_two(
    tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    """Who answers into a quote has agreed to nothing."""

    async def see(line: Any) -> None:
        line.see(Speak(1, 0, "退款十元。"), 0)
        line.see(SentencePlayed(1, 0), 0)
        line.see(Speak(1, 1, "要办理吗？"), 0)
        await asyncio.sleep(0)
        line.see(SentencePlayed(1, 1), 0)
        await asyncio.sleep(0)
        line.see(Speak(2, 0, "您还在吗？"), 0)
        line.see(SentencePlayed(2, 0), 0)
        line.see(PassOn(Spoken(text="在的")), 0)

    async with place(Holding(Held(see)), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        assert [await told(socket) for _ in range(7)] == [
            {"type": "turn", "state": "speaking"},
            {"type": "says", "text": "退款十元。"},
            {"type": "says", "text": "要办理吗？"},
            {"type": "turn", "state": "listening"},
            {"type": "turn", "state": "speaking"},
            {"type": "says", "text": "您还在吗？"},
            {"type": "turn", "state": "thinking"},
        ]


async def test_who_says_that_he_does_not_want_to_be_recorded_reads_that_he_is_not(
    tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    async def see(line: Any) -> None:
        line.see(PassOn(Spoken(text="我有录音为证")), 0)
        line.see(PassOn(Spoken(text="不要录音")), 0)

    async with place(Holding(Held(see)), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        assert [await told(socket) for _ in range(2)] == [
            {"type": "turn", "state": "thinking"},
            {"type": "recording", "is_on": False},
        ]


async def test_a_page_that_is_gone_without_a_word_is_hung_up_on(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    """It has sent sound all the time, muted or not."""
    held = Held(leave=ENDS)
    async with (
        place(Holding(held), tokens, widgets, silent_s=0.1) as here,
        here.calling(*here.begun()) as socket,
    ):
        await told(socket)
        await socket.send(FRAME)
        assert await told(socket) == {"type": "left", "how": "ended"}
    assert held.sound == FRAME


async def test_a_page_that_goes_has_hung_up(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    held = Held()
    async with place(Holding(held), tokens, widgets) as here:
        async with here.calling(*here.begun()) as socket:
            await told(socket)
        async with asyncio.timeout(10):
            await held.is_over.wait()


@pytest.mark.parametrize(
    "sent",
    [
        b"\0" * 641,
        "hello",
        '{"type":"key","key":"12"}',
        '{"type":"key","key":"A"}',
        '{"type":"say","text":"x"}',
        '{"type":"hang_up","now":true}',
    ],
)
async def test_what_is_no_frame_of_ours_ends_the_call(
    sent: bytes | str, tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    held = Held(leave=ENDS)
    async with place(Holding(held), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        await socket.send(sent)
        assert await told(socket) == {"type": "left", "how": "ended"}
    assert held.events == []


async def test_more_sound_than_there_is_time_ends_the_call(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    held = Held(leave=ENDS)
    async with place(Holding(held), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        for _ in range(60):
            await socket.send(bytes(MOST_SOUND_BYTES))
        assert await told(socket) == {"type": "left", "how": "ended"}
    assert len(held.sound) < 12 * 32_000


@pytest.mark.parametrize("sent", [bytes(MOST_SOUND_BYTES + 2), "x" * 1001])
async def test_a_frame_that_is_too_large_is_not_passed_on(
    sent: bytes | str, tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    held = Held()
    async with place(Holding(held), tokens, widgets) as here, here.calling(*here.begun()) as socket:
        await told(socket)
        await socket.send(sent)
        refused = await told(socket)
        assert isinstance(refused, dict)
        assert refused["code"] == "too_large"
        await socket.wait_closed()
    assert socket.close_code == 4413
    assert held.events == []
