"""Whole calls from pages: a page by script, real sockets, real conversations; engines of paper."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import FixedClock
from appliance.conversation.model import Channel
from appliance.db import Database
from appliance.desk.model import TicketState
from appliance.identity.access_token import AccessTokens
from appliance.ids import ConversationId, uuid7
from appliance.joints.page_calls import PageCalls, PageTalk, page_parts
from appliance.voice.call import Parts
from appliance.voice.events import WordsExpected
from appliance.voice.hotwords import hotwords
from appliance.voice.model import Spoken
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Recogniser
from appliance.voice.recording.service import Recordings
from models.asr.errors import RecogniserUnavailable
from tests.appliance.channels.page_call.conftest import place
from tests.appliance.channels.page_call.pages import ScriptedPage
from tests.appliance.channels.world import NOW, FakeWidgets, Root
from tests.appliance.conversation.world import ANALYZER, SHOP, Talk
from tests.appliance.desk.world import DeskWorld
from tests.appliance.dialogue.world import CUSTOMER
from tests.appliance.voice.engines import LoudIsSpeech, ScriptedRecogniser, ToneSpeaker

TO_PEOPLE = "人工客服会在这个页面上用文字继续为您服务"


@pytest.fixture
def world(db: Database, tmp_path: Path) -> DeskWorld:
    return DeskWorld(db, tmp_path)


class Away:
    def listen(self, **_: Any) -> Any:
        raise RecogniserUnavailable("nobody hears")


class Site:
    """An appliance, and pages that call it."""

    def __init__(self, world: DeskWorld, place_: Any) -> None:
        self._world = world
        self._place = place_

    async def begin(self, channel: Channel = Channel.VOICE) -> Talk:
        started = await self._world.process.conversations.start(shop=SHOP, channel=channel, customer=None)
        return Talk(self._world, started.conversation_id)

    @asynccontextmanager
    async def calling(self, talk: Talk) -> AsyncIterator[tuple[ScriptedPage, "asyncio.Task[int | None]"]]:
        token, _ = self._place.tokens.issue(SHOP, talk.conversation_id)
        async with self._place.calling(talk.conversation_id, token) as socket:
            page = ScriptedPage(socket)
            running = asyncio.create_task(page.run())
            try:
                yield page, running
            finally:
                await page.close()
                await running


@asynccontextmanager
async def site(world: DeskWorld, recogniser: Recogniser, *, is_recorded: bool = False) -> AsyncIterator[Site]:
    parts = Parts(
        recogniser=recogniser,
        speaker=ToneSpeaker(ms_per_character=2),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
    )
    process = world.process
    recordings = Recordings(world.db, process.ring, process.conversations, ANALYZER, world.clock)
    calls = PageCalls(process.conversations, page_parts(parts), recordings if is_recorded else None)
    widgets = FakeWidgets()
    widgets.kept[SHOP] = next(iter(widgets.kept.values()))
    widgets.dress(SHOP, has_calls=True)
    async with place(calls, AccessTokens(Root(), FixedClock(NOW)), widgets) as here:
        yield Site(world, here)
        await calls.finish(5)


async def until_heard(world: DeskWorld, talk: Talk, *words: str) -> None:
    async with asyncio.timeout(20), world.process.conversations.watch(talk.conversation_id) as watch:
        while not set(words) <= set(await talk.heard()):
            await watch.wait()
    await world.process.conversations.finish()


@pytest.mark.control("L-02")
async def test_a_call_from_the_notice_to_people_who_answer_in_writing(world: DeskWorld) -> None:
    async with site(world, ScriptedRecogniser("运费谁出", "转人工")) as here:
        talk = await here.begin()
        async with here.calling(talk) as (page, running):
            await page.says("由人工智能为您服务")
            await page.says("请问")
            page.speak()
            await until_heard(world, talk, "运费谁出")
            page.speak()
            await page.says(TO_PEOPLE)
            async with asyncio.timeout(20):
                assert await running == 1000
    said = [each["text"] for each in page.told if each["type"] == "says"]
    assert said[0].startswith("您好，我是")
    assert said[-1].startswith(TO_PEOPLE)
    assert page.told[-1] == {"type": "left", "how": "people"}
    assert any(page.heard)
    assert await talk.heard() == ["运费谁出", "转人工"]
    ((state,),) = await world.rows("SELECT state FROM desk_ticket")
    assert state == TicketState.WAITING


async def test_what_a_customer_says_is_there_to_read_as_it_is_understood(world: DeskWorld) -> None:
    async with site(world, ScriptedRecogniser("运费谁出")) as here:
        talk = await here.begin()
        async with here.calling(talk) as (page, _):
            await page.says("请问")
            page.speak()
            await page.until("heard", text="运费谁出", is_final=False)
            await page.until("turn", state="hearing")
            await page.until("heard", text="运费谁出", is_final=True)
            await page.until("turn", state="thinking")


@pytest.mark.parametrize("is_begun", [False, True], ids=["a first call", "a call in a conversation that goes on"])
async def test_the_recogniser_listens_for_the_goods_of_whoever_is_known(world: DeskWorld, is_begun: bool) -> None:
    conversations = world.process.conversations
    started = await conversations.start(shop=SHOP, channel=Channel.VOICE, customer=CUSTOMER)
    talk = PageTalk(
        conversations,
        SHOP,
        started.conversation_id,
        TO_PEOPLE,
        lambda titles, order_ids: hotwords((), titles, order_ids, str),
    )
    said = talk.said()
    await talk.pass_on(Spoken(text="运费谁出"))
    if is_begun:
        await conversations.finish()
    async with asyncio.timeout(20):
        while not isinstance(expected := await anext(said), WordsExpected):
            pass
    assert "保温杯" in "".join(expected.words)
    await said.aclose()


async def test_a_call_that_broke_goes_on_in_the_same_conversation(world: DeskWorld) -> None:
    """The notice is said again, and what the bot asked last; what was answered is not."""
    async with site(world, ScriptedRecogniser("运费谁出")) as here:
        talk = await here.begin()
        async with here.calling(talk) as (page, _):
            await page.says("请问")
            page.speak()
            await until_heard(world, talk, "运费谁出")
        async with here.calling(talk) as (page, _):
            await page.says("由人工智能为您服务")
            await page.says("运费")
        said = [each["text"] for each in page.told if each["type"] == "says"]
        assert not any("请问有什么" in each for each in said)


@pytest.mark.control("L-05")
async def test_a_button_ends_the_recording(world: DeskWorld) -> None:
    async with site(world, ScriptedRecogniser(), is_recorded=True) as here:
        talk = await here.begin()
        async with here.calling(talk) as (page, _):
            await page.until("begun", is_recorded=True)
            await page.says("由人工智能为您服务")
            await page.tell(type="refuse_recording")
            await page.until("recording", is_on=False)
            await page.tell(type="hang_up")
            await page.until("left", how="ended")
    ((ending, chunks),) = await world.rows("SELECT ending, chunks FROM recording")
    assert (ending, chunks) == ("refused", 0)


async def test_where_nobody_hears_the_customer_goes_on_in_writing(world: DeskWorld) -> None:
    async with site(world, Away()) as here:
        talk = await here.begin()
        async with here.calling(talk) as (page, running):
            async with asyncio.timeout(20):
                assert await running == 1000
    assert page.told[-1] == {"type": "left", "how": "out_of_order"}
    await talk.say("运费谁出")
    assert await talk.heard() == ["运费谁出"]
    assert await talk.of("handoff.made") == []
    assert [event.data["how"] for event in await talk.of("call.ended")] == ["writing"]


async def test_a_conversation_that_was_begun_in_writing_has_no_call(world: DeskWorld) -> None:
    """Its notice did not say that calls are recorded."""
    async with site(world, ScriptedRecogniser()) as here:
        talk = await here.begin(Channel.WEB)
        async with here.calling(talk) as (page, running):
            assert await running == 4409
    assert page.told[-1]["code"] == "no_call_conversation"


async def test_a_conversation_that_people_have_has_no_call(world: DeskWorld) -> None:
    async with site(world, ScriptedRecogniser()) as here:
        talk = await here.begin()
        await talk.say("转人工")
        async with here.calling(talk) as (page, running):
            assert await running == 4409
    assert page.told[-1]["code"] == "with_people"


async def test_a_conversation_of_nobody_has_no_call(world: DeskWorld) -> None:
    nobodys = Talk(world, ConversationId(uuid7()))
    async with site(world, ScriptedRecogniser()) as here, here.calling(nobodys) as (_, running):
        assert await running == 4404
