"""Whole calls by both transports: who speaks, who is heard, and when the bot falls silent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from appliance.channels.phone.server import serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import VoiceSettings
from appliance.voice.call import Call, Parts
from appliance.voice.events import (
    Action,
    BotLeaves,
    Event,
    LeaveCall,
    SentencePlayed,
    Sign,
    Speak,
    StopSpeaking,
    TextHeard,
)
from appliance.voice.model import Exit
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Line
from tests.appliance.channels.phone.phones import OverAudioSocket, OverMediaSocket, Phone, Transport, dial, then
from tests.appliance.voice.engines import LoudIsSpeech, ScriptedRecogniser, ToneSpeaker, is_loud
from tests.appliance.voice.test_call import ScriptedTalk, says

SETTINGS = VoiceSettings(agi_port=0, audiosocket_port=0, media_port=0)
both = pytest.mark.parametrize("over", [OverAudioSocket, OverMediaSocket])


class Watched:
    """What has happened on the call so far."""

    def __init__(self) -> None:
        self.seen: list[Event | Action | Sign] = []
        self._changed = asyncio.Event()

    def __call__(self, each: Event | Action | Sign, _at_ms: int) -> None:
        self.seen.append(each)
        self._changed.set()

    async def until(self, kind: type[Event | Action]) -> None:
        async with asyncio.timeout(10):
            while not any(isinstance(each, kind) for each in self.seen):
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def on_the_phone(
    switchboard: Switchboard, over: Transport, talk: ScriptedTalk, watched: Watched, *lines: str
) -> AsyncIterator[tuple[Phone, "asyncio.Task[None]", Callable[[], Awaitable[tuple[str, str]]]]]:
    parts = Parts(
        recogniser=ScriptedRecogniser(*lines),
        speaker=ToneSpeaker(ms_per_character=60),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
    )

    async def hold(line: Line) -> LeaveCall:
        return await Call(line, talk, parts, watch=watched).run()

    async with serving(SETTINGS, switchboard, hold) as ports:
        phone, channel = await dial(ports, over=over)
        calling = asyncio.create_task(phone.run())

        async def goes_on() -> tuple[str, str]:
            async with asyncio.timeout(10):
                await calling
            return await then(ports, channel)

        yield phone, calling, goes_on
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)


@both
async def test_the_bot_is_silent_once_it_was_stopped(switchboard: Switchboard, over: Transport) -> None:
    """Also where much more sound than was heard has gone to the switchboard."""
    talk, watched = ScriptedTalk(says(1, "这一单可以为您办理退货退款，运费由我们承担，请您放心。")), Watched()
    async with on_the_phone(switchboard, over, talk, watched, "等一下") as (phone, _, _):
        await watched.until(Speak)
        phone.speak(400)
        await watched.until(StopSpeaking)
        heard = len(phone.heard)
        await talk.until_passed(1)
    assert talk.texts == ["等一下"]
    assert [frame for frame in phone.heard[heard + 5 :] if is_loud(frame)] == []
    assert heard < 27 * 60 // 20


@both
async def test_a_backchannel_leaves_it_speaking_to_the_end(switchboard: Switchboard, over: Transport) -> None:
    talk = ScriptedTalk(says(1, "这一单可以为您办理退货。", "好。"), BotLeaves(Exit.TRANSFER, "returns,s"))
    watched = Watched()
    async with on_the_phone(switchboard, over, talk, watched, "嗯嗯") as (phone, _, goes_on):
        await watched.until(Speak)
        phone.speak(100)
        await watched.until(TextHeard)
        assert await goes_on() == ("transfer", "returns,s")
    assert talk.texts == []
    assert not any(isinstance(each, StopSpeaking) for each in watched.seen)
    assert sum(is_loud(frame) for frame in phone.heard) >= 13 * 60 // 20


@both
async def test_keys_of_the_telephone_are_digits(switchboard: Switchboard, over: Transport) -> None:
    talk, watched = ScriptedTalk(says(1, "请输入。")), Watched()
    async with on_the_phone(switchboard, over, talk, watched) as (phone, _, _):
        await watched.until(SentencePlayed)
        phone.press("4402#")
        await talk.until_passed(1)
    assert talk.texts == ["#4402"]


@both
async def test_a_caller_who_hangs_up_ends_the_call(switchboard: Switchboard, over: Transport) -> None:
    talk, watched = ScriptedTalk(says(1, "这一单可以为您办理退货退款。")), Watched()
    async with on_the_phone(switchboard, over, talk, watched, "我要投诉") as (phone, calling, _):
        await watched.until(Speak)
        phone.speak(2000)
        await watched.until(TextHeard)
        calling.cancel()
        await talk.until_passed(1)
    assert talk.texts == ["我要投诉"]
