"""Whole calls that we make: the dialplan's steps, real sockets and conversations, engines of paper."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from appliance.channels.phone.agi import CALL_ID, NUMBER, OUTBOUND
from appliance.channels.phone.server import Ports, serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.db import Database
from appliance.joints.outbound_talk import OutboundCalls
from appliance.joints.voice import Calls, pace_of, people_of
from appliance.outbound.opening import OpeningWords
from appliance.voice.call import Parts, monotonic_ms
from appliance.voice.phrases import Phrases
from tests.appliance.channels.phone.phones import OverAudioSocket, OverMediaSocket, Phone, Transport, then
from tests.appliance.channels.phone.test_agi import run as run_agi
from tests.appliance.conversation.world import PHONE
from tests.appliance.joints.test_voice import SETTINGS, Announcing
from tests.appliance.outbound.world import CallWorld
from tests.appliance.voice.engines import LoudIsSpeech, ScriptedRecogniser

WORDS = OpeningWords.load()


@pytest.fixture
def world(db: Database, tmp_path: Path) -> CallWorld:
    return CallWorld(db, tmp_path)


@asynccontextmanager
async def making(world: CallWorld, speaker: Announcing, *lines: str) -> AsyncIterator[Ports]:
    parts = Parts(
        recogniser=ScriptedRecogniser(*lines),
        speaker=speaker,
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        pace=pace_of(SETTINGS),
        out_of_order=people_of(SETTINGS),
    )
    made = OutboundCalls(world.process.conversations, world.desk, WORDS, people_of(SETTINGS), world.unkept)
    calls = Calls(world.process.conversations, SETTINGS, parts, made=made)
    switchboard = Switchboard(monotonic_ms, people_of(SETTINGS))
    async with serving(SETTINGS, switchboard, calls.hold, world.desk.tried) as ports:
        yield ports
        await calls.finish(5)


async def answer(
    world: CallWorld, ports: Ports, over: Transport = OverAudioSocket, number: str = PHONE
) -> tuple[Phone, dict[str, str]]:
    """As the sample dialplan does once he has answered: by which attempt, then the sound."""
    said = {f"${{{OUTBOUND}}}": world.pbx.asked[-1].token, f"${{{NUMBER}}}": number}
    channel = await run_agi(ports.agi, {"agi_network_script": "answered"}, said)
    return await over.dial(ports, UUID(channel[CALL_ID])), channel


async def dialled(world: CallWorld) -> None:
    await world.message_left()
    await world.caller.plan()
    assert await world.caller.dial_due() == 1


async def over(world: CallWorld, calling: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(30):
        await calling
    await world.process.conversations.finish()


@pytest.mark.parametrize("transport", [OverAudioSocket, OverMediaSocket])
async def test_it_says_that_a_machine_calls_and_why_and_goes_on_at_a_good_moment(
    world: CallWorld, transport: Transport
) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker, "方便", "运费谁出") as ports:
        phone, _ = await answer(world, ports, transport)
        calling = asyncio.create_task(phone.run())
        await speaker.until("别再打了")
        assert "由人工智能为您服务" in "".join(speaker.spoken)
        assert "您之前留言请我们回电" in "".join(speaker.spoken)
        phone.speak()
        await speaker.until("您留言的事")
        phone.speak()
        await speaker.until("运费")
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    assert await world.attempts() == [(1, "talked")]
    assert await world.rows("SELECT state FROM work_order WHERE summary ? 'message'") == [("resolved",)]


@pytest.mark.parametrize(
    ("said", "outcome", "farewell"),
    [
        ("我在开会", "not_now", WORDS.said.not_now),
        ("别再打了", "opted_out", WORDS.said.refused),
        ("以后不要再给我打电话了", "opted_out", WORDS.said.refused),
        ("你打错了", "wrong_person", WORDS.said.wrong),
        ("喂您好，这里是前台，请问您找谁", "stand_in", WORDS.said.not_now),
    ],
)
async def test_who_does_not_want_it_is_left_in_peace(world: CallWorld, said: str, outcome: str, farewell: str) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker, said) as ports:
        phone, channel = await answer(world, ports)
        calling = asyncio.create_task(phone.run())
        await speaker.until("别再打了")
        phone.speak()
        await over(world, calling)
        assert await then(ports, channel) == ("hangup", "")
    assert farewell.partition("，")[0] in "".join(speaker.spoken)
    assert await world.attempts() == [(1, outcome)]
    assert await world.rows("SELECT 1 FROM work_order WHERE summary ? 'message' AND state = 'resolved'") == []


async def test_a_no_is_kept_before_it_is_promised(world: CallWorld) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker, "别再打了") as ports:
        phone, _ = await answer(world, ports)
        calling = asyncio.create_task(phone.run())
        await speaker.until("别再打了")
        phone.speak()
        await speaker.until("以后不会再给您打")
        assert await world.rows("SELECT how FROM outbound_refusal") == [("on_the_call",)] * 2
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)


async def test_the_key_says_no_as_well(world: CallWorld) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker) as ports:
        phone, _ = await answer(world, ports)
        calling = asyncio.create_task(phone.run())
        await speaker.until("别再打了")
        phone.press("9#")
        await over(world, calling)
    assert await world.attempts() == [(1, "opted_out")]


async def test_on_a_machine_nothing_is_left(world: CallWorld) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker, "您拨打的用户暂时无法接听，请在嘀声后留言") as ports:
        phone, channel = await answer(world, ports)
        calling = asyncio.create_task(phone.run())
        phone.speak()
        await over(world, calling)
        assert await then(ports, channel) == ("hangup", "")
    assert await world.attempts() == [(1, "machine")]
    assert await world.calls() == [("call_back", "asked_for", "waiting", 1)]


async def test_a_beep_is_a_machine(world: CallWorld) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker) as ports:
        phone, _ = await answer(world, ports)
        phone.beep(600)
        await over(world, asyncio.create_task(phone.run()))
    assert await world.attempts() == [(1, "machine")]


async def test_who_hangs_up_at_once_was_not_spoken_with(world: CallWorld) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker) as ports:
        phone, _ = await answer(world, ports)
        calling = asyncio.create_task(phone.run())
        await speaker.until("您好")
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    assert await world.attempts() == [(1, "hung_up")]


async def test_a_call_that_nobody_made_is_hung_up(world: CallWorld) -> None:
    await dialled(world)
    speaker = Announcing()
    async with making(world, speaker) as ports:
        phone, channel = await answer(world, ports, number="13700137000")
        await over(world, asyncio.create_task(phone.run()))
        assert await then(ports, channel) == ("hangup", "")
    assert speaker.spoken == []
    assert await world.attempts() == [(1, None)]


async def test_the_dialplan_tells_of_who_did_not_answer(world: CallWorld) -> None:
    await dialled(world)
    async with making(world, Announcing()) as ports:
        said = {"agi_network_script": "tried", "agi_arg_1": world.pbx.asked[0].token, "agi_arg_2": "BUSY"}
        await run_agi(ports.agi, said)
    assert await world.attempts() == [(1, "busy")]
