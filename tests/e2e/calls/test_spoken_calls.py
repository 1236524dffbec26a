"""Whole calls by both transports against a whole appliance that runs its own engines: eSpeak NG, FunASR, and the
self-test model. What was said is spoken sound, what became of it stands in the log and in the order system."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from appliance.conversation.call_events import BotHeard, CallMeasured
from appliance.evaluation import scoring
from appliance.evaluation.calls.earpiece import is_sound
from appliance.evaluation.calls.performance import STILL_MS, CallPerformance
from appliance.evaluation.calls.session import READY_S, CallCentre, Desk
from appliance.evaluation.calls.telephone import Telephone
from appliance.evaluation.model import Case, Verdict
from tests.e2e.calls.media_telephone import MediaTelephone
from tests.e2e.calls.stories import case, said

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

Transport = type[Telephone] | type[MediaTelephone]
FRAME = 320
BREATH_MS = 500
"""Longer than any pause within what is being said, shorter than until an answer to an interruption."""


async def played(centre: CallCentre, over: Transport, told: Case) -> tuple[Verdict, bool, tuple[str, str]]:
    async with centre.rings(told) as desk, over.dial(centre.ports, number=desk.caller, called=desk.number) as phone:
        found = await CallPerformance(told, phone, centre.voice, desk.log).play(desk.received)
        if found.ended == "handed off":
            await phone.until_over()
        return scoring.judge(told, found), phone.is_over, await phone.goes_on() if phone.is_over else ("", "")


async def by_both(call: Callable[[Transport], Awaitable[None]]) -> None:
    """At once: the sound of a call takes as long as it takes to hear it."""
    async with asyncio.TaskGroup() as calls:
        for over in (Telephone, MediaTelephone):
            calls.create_task(_of_one(call, over))


async def _of_one(call: Callable[[Transport], Awaitable[None]], over: Transport) -> None:
    try:
        await call(over)
    except BaseException as failed:
        failed.add_note(f"by {over.__name__}")
        raise


async def test_a_return_by_a_spoken_number_is_in_the_order_system(centre: CallCentre) -> None:
    told = case("call-return-by-number")
    number = told.fixtures["orders"][0]["order_id"]

    async def call(over: Transport) -> None:
        verdict, _, _ = await played(centre, over, told)
        assert (verdict.why, verdict.played.error) == ((), None), verdict.played.transcript
        assert [each.order_id for each in verdict.played.received] == [number]
        spoken = [each for each in verdict.played.log if each.type == "customer.said" and not each.data.get("is_keyed")]
        assert any(number in words for words in said(spoken)), said(spoken)

    await by_both(call)


async def test_everything_can_be_pressed(centre: CallCentre) -> None:
    async def call(over: Transport) -> None:
        verdict, _, _ = await played(centre, over, case("call-return-by-keys"))
        assert (verdict.why, verdict.played.error) == ((), None), verdict.played.transcript
        spoken = [entry for entry in verdict.played.log if entry.type == "customer.said"]
        assert [entry.data.get("is_keyed", False) for entry in spoken][:2] == [False, True]

    await by_both(call)


async def test_whoever_asks_for_people_is_put_through(centre: CallCentre) -> None:
    async def call(over: Transport) -> None:
        verdict, is_over, goes_on = await played(centre, over, case("call-a-person-please"))
        assert (verdict.why, is_over, goes_on) == ((), True, ("transfer", "people,s"))

    await by_both(call)


async def asked(centre: CallCentre, phone: Telephone | MediaTelephone, desk: Desk) -> tuple[int, int]:
    """Has the bot begun its long question for an order: how many frames were heard before, and how many it sounds."""
    await phone.until_sound()
    await phone.until_still(STILL_MS)
    before = len(phone.heard)
    await phone.say(await centre.voice.of("我要退货"))
    await phone.until_sound()
    while not (words := said(await desk.log(), "bot.said")[1:]):
        await phone.until_sound()
    whole = bytearray()
    for text in words:
        whole += await centre.bot_says(text)
    return before, sounding(whole)


def sounding(pcm: bytes | bytearray) -> int:
    """Frames with sound in them."""
    return sum(is_sound(bytes(pcm[at : at + FRAME])) for at in range(0, len(pcm), FRAME))


async def stopped(desk: Desk) -> dict[str, Any]:
    """What the call tells of itself in the end, once its line is gone."""
    async with asyncio.timeout(READY_S):
        while True:
            for entry in await desk.log():
                if entry.type == CallMeasured.TYPE:
                    return {name: entry.data.get(name) for name in ("yields_ms", "false_interruptions", "backchannels")}
            await asyncio.sleep(0.1)


async def test_the_bot_is_stopped_by_words_that_mean_it(centre: CallCentre) -> None:
    told = case("call-return-by-number")

    async def call(over: Transport) -> None:
        async with centre.rings(told) as desk:
            async with over.dial(centre.ports, number=desk.caller, called=desk.number) as phone:
                before, whole = await asked(centre, phone, desk)
                await phone.say(await centre.voice.of("等一下"))
                await phone.until_still(BREATH_MS)
                assert sounding(phone.heard[before:]) < 0.8 * whole
                await phone.until_still(STILL_MS)
                assert said(await desk.log())[-1] == "等一下"
                assert "好的" in said(await desk.log(), "bot.said")[-1], "he is waited for, and not asked again at once"
                assert not isinstance(phone, MediaTelephone) or phone.flushes == 1
            assert len((await stopped(desk))["yields_ms"] or ()) == 1

    await by_both(call)


async def test_a_back_channel_leaves_the_bot_speaking(centre: CallCentre) -> None:
    """To the end of what it says; a 好的 into its last sentence may be an answer to it after that. Stopped and begun
    anew it would sound as long, so the line and the call itself are asked whether it was."""
    told = case("call-return-by-number")

    async def call(over: Transport) -> None:
        async with centre.rings(told) as desk:
            async with over.dial(centre.ports, number=desk.caller, called=desk.number) as phone:
                before, whole = await asked(centre, phone, desk)
                await phone.say(await centre.voice.of("好的"))
                spoken_over = len(phone.heard)
                left = whole - sounding(phone.heard[before:])
                await phone.until_still(BREATH_MS)
                assert sounding(phone.heard[spoken_over:]) >= 0.9 * left
                assert left > 0.2 * whole, "it was said while the bot had most of it still to say"
                assert not isinstance(phone, MediaTelephone) or phone.flushes == 0
            found = await stopped(desk)
            assert (found["yields_ms"] or [], found["false_interruptions"] or 0) == ([], 0)
            accounts = [entry.data for entry in await desk.log() if entry.type == BotHeard.TYPE][:2]
            assert all(each["sentences"] == each["of"] for each in accounts), accounts

    await by_both(call)
