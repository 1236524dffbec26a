"""Whole calls over both transports: a scripted Asterisk, real sockets, real conversations; engines of paper."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from appliance.channels.phone.file_line import FileLine
from appliance.channels.phone.server import Ports, serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import AfterSilence, VoiceSettings
from appliance.conversation.model import Channel
from appliance.db import Database
from appliance.desk.terms import shipped_terms
from appliance.errors import ConfigurationError
from appliance.ids import ConversationId, ShopId
from appliance.joints.voice import Calls, ConversationTalk, Told, pace_of, people_of, shop_of
from appliance.voice.call import Parts, monotonic_ms
from appliance.voice.events import BotIsDone, BotLeaves, BotSays, BotStillWorks, LeaveCall
from appliance.voice.model import Caller, Exit, Spoken
from appliance.voice.phrases import Phrases
from appliance.voice.recording.service import Recordings
from tests.appliance.channels.phone.phones import OverAudioSocket, OverMediaSocket, Transport, dial, then
from tests.appliance.conversation.world import ANALYZER, PHONE, SHOP, Talk, World
from tests.appliance.desk.world import PEOPLE, DeskWorld, moving
from tests.appliance.dialogue.world import CUSTOMER
from tests.appliance.voice.engines import LoudIsSpeech, ScriptedRecogniser, ToneSpeaker, silence, tone

SETTINGS = VoiceSettings(agi_port=0, audiosocket_port=0, media_port=0, numbers=(f"4008001234={SHOP}",))


@pytest.fixture
def world(db: Database, tmp_path: Path) -> DeskWorld:
    return DeskWorld(db, tmp_path)


class Announcing(ToneSpeaker):
    """Tells whoever waits what is about to be said."""

    def __init__(self) -> None:
        super().__init__(ms_per_character=2)
        self.said = asyncio.Condition()

    async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        async for chunk in super().speak(text, voice=voice, speed=speed):
            yield chunk
        async with self.said:
            self.said.notify_all()

    async def until(self, words: str) -> None:
        async with asyncio.timeout(10), self.said:
            await self.said.wait_for(lambda: any(words in text for text in self.spoken))


@asynccontextmanager
async def answering(world: World, speaker: ToneSpeaker, *lines: str) -> AsyncIterator[Ports]:
    parts = Parts(
        recogniser=ScriptedRecogniser(*lines),
        speaker=speaker,
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        pace=pace_of(SETTINGS),
        out_of_order=people_of(SETTINGS),
    )
    calls = Calls(world.process.conversations, SETTINGS, parts)
    async with serving(SETTINGS, Switchboard(monotonic_ms, people_of(SETTINGS)), calls.hold) as ports:
        yield ports
        await calls.finish(5)


async def the_conversation(world: World) -> Talk:
    ((conversation_id, channel),) = await world.rows("SELECT conversation_id, channel FROM conversation")
    assert channel == Channel.VOICE
    return Talk(world, ConversationId(conversation_id))


async def until_heard(world: World, talk: Talk) -> None:
    async with asyncio.timeout(15), world.process.conversations.watch(talk.conversation_id) as watch:
        while not await talk.heard():
            await watch.wait()


@pytest.mark.parametrize("over", [OverAudioSocket, OverMediaSocket])
async def test_a_call_from_the_notice_to_a_person(world: World, over: Transport) -> None:
    speaker = Announcing()
    async with answering(world, speaker, "运费谁出", "转人工") as ports:
        caller, channel = await dial(ports, over=over)
        calling = asyncio.create_task(caller.run())
        await speaker.until("转人工")
        caller.speak()
        talk = await the_conversation(world)
        await until_heard(world, talk)
        await world.process.conversations.finish()
        caller.speak()
        async with asyncio.timeout(15):
            await calling
        assert await then(ports, channel) == ("transfer", "people,s")
    assert await talk.heard() == ["运费谁出", "转人工"]
    assert await talk.of("handoff.made") != []
    assert any(caller.heard)


async def test_a_number_of_no_shop_goes_to_people_at_once(world: World) -> None:
    async with answering(world, ToneSpeaker()) as ports:
        caller, channel = await dial(ports, called="4009999999")
        async with asyncio.timeout(10):
            await caller.run()
        assert await then(ports, channel) == ("transfer", "people,s")
    assert await world.rows("SELECT 1 FROM conversation") == []


async def test_a_shop_that_is_not_there_goes_to_people_at_once(world: World) -> None:
    settings = msgspec.structs.replace(SETTINGS, numbers=(), shop="no-such-shop")
    parts = Parts(recogniser=ScriptedRecogniser(), speaker=ToneSpeaker(), detector=LoudIsSpeech, phrases=Phrases.load())
    calls = Calls(world.process.conversations, settings, parts)
    async with serving(settings, Switchboard(monotonic_ms, LeaveCall(Exit.HANG_UP)), calls.hold) as ports:
        caller, channel = await dial(ports)
        async with asyncio.timeout(10):
            await caller.run()
        assert await then(ports, channel) == ("transfer", "people,s")


@pytest.mark.control("L-05")
async def test_a_call_is_recorded_where_calls_are(world: DeskWorld) -> None:
    on = FileLine(tone(800) + silence(1500), caller=Caller(called="4008001234"), frame_s=0.002)
    parts = Parts(
        recogniser=ScriptedRecogniser("运费谁出"),
        speaker=ToneSpeaker(ms_per_character=2),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        now_ms=lambda: on.heard_ms,
    )
    process = world.process
    recordings = Recordings(world.db, process.ring, process.conversations, ANALYZER, world.clock)
    await Calls(process.conversations, SETTINGS, parts, recordings).hold(on)
    await process.conversations.finish()
    ((conversation_id, ending, chunks, length_ms),) = await world.rows(
        "SELECT conversation_id, ending, chunks, length_ms FROM recording"
    )
    assert (await the_conversation(world)).conversation_id == conversation_id
    assert (ending, chunks) == ("kept", 1)
    assert length_ms >= 2300


async def test_a_group_with_a_place_of_its_own_has_its_calls_there(world: DeskWorld) -> None:
    world.people.queue.terms = moving(shipped_terms())
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(SETTINGS))
    said = talk.said()
    await talk.pass_on(Spoken(text="转人工"))
    assert [each async for each in up_to(said, BotLeaves)][-1] == BotLeaves(Exit.TRANSFER, PEOPLE)
    await said.aclose()


async def test_who_calls_and_what_was_pressed_reach_the_conversation(world: DeskWorld) -> None:
    people = people_of(SETTINGS)
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people, Caller(number=PHONE).number)
    await talk.pass_on(Spoken(digits="0"))
    call = await the_conversation(world)
    await world.process.conversations.finish()
    ((vaulted,),) = await world.rows("SELECT count(*) FROM vault_value")
    assert vaulted == 1
    assert await call.of("recording.declined") != []


@pytest.mark.control("L-02")
async def test_what_is_said_first_may_not_be_interrupted(world: World) -> None:
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(SETTINGS))
    said = talk.said()
    notice, welcome = await anext(said), await anext(said)
    assert isinstance(notice, BotSays)
    assert isinstance(welcome, BotSays)
    assert (notice.prompt.may_interrupt, welcome.prompt.may_interrupt) == (False, True)
    await talk.pass_on(Spoken(text="运费谁出"))
    answer, done = await anext(said), await anext(said)
    assert isinstance(answer, BotSays)
    assert (answer.prompt.may_interrupt, answer.prompt.is_quote, done) == (True, False, BotIsDone())
    await said.aclose()


async def test_a_quote_may_not_be_interrupted_and_a_receipt_is_waited_for(world: World) -> None:
    started = await world.process.conversations.start(shop=SHOP, channel=Channel.VOICE, customer=CUSTOMER)
    talk = ConversationTalk(world.process.conversations, SHOP, started.conversation_id, people_of(SETTINGS))
    said = talk.said()
    await anext(said), await anext(said)
    await talk.pass_on(Spoken(text="我要退鞋子，尺码不合适"))
    quotes = [each async for each in up_to(said, BotIsDone) if isinstance(each, BotSays) and each.prompt.is_quote]
    assert [quote.prompt.may_interrupt for quote in quotes] == [False]
    await talk.pass_on(Spoken(text="确认"))
    assert [each async for each in up_to(said, BotStillWorks)][-1] == BotStillWorks()
    await said.aclose()


async def up_to(said: AsyncIterator[Told], last: type[Told]) -> AsyncIterator[Told]:
    async with asyncio.timeout(20):
        async for each in said:
            yield each
            if isinstance(each, last):
                return


async def test_strangers_are_hung_up_on(world: World) -> None:
    settings = msgspec.structs.replace(SETTINGS, networks=("10.0.0.0/8",))

    async def hold(_: object) -> None:
        raise AssertionError

    async with serving(settings, Switchboard(monotonic_ms, people_of(SETTINGS)), hold) as ports:
        for port in (ports.agi, ports.audiosocket):
            reader, _ = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.timeout(10):
                assert await reader.read() == b""


async def test_a_port_that_is_taken_is_said_with_its_cure() -> None:
    async with serving(SETTINGS, Switchboard(monotonic_ms, people_of(SETTINGS)), lambda _: asyncio.sleep(0)) as ports:
        taken = msgspec.structs.replace(SETTINGS, agi_port=ports.agi)
        with pytest.raises(ConfigurationError, match=r"set voice\.host and its ports"):
            async with serving(taken, Switchboard(monotonic_ms, people_of(SETTINGS)), lambda _: asyncio.sleep(0)):
                pass


@pytest.mark.parametrize(
    ("called", "shop"), [("4008001234", SHOP), ("4001111111", ShopId("other")), ("", ShopId("other"))]
)
def test_the_number_that_was_dialled_tells_the_shop(called: str, shop: ShopId) -> None:
    settings = msgspec.structs.replace(SETTINGS, shop="other")
    assert shop_of(settings, Caller(called=called)) == shop


def test_the_settings_tell_what_follows_a_long_silence() -> None:
    settings = msgspec.structs.replace(SETTINGS, after_silence=AfterSilence.TRANSFER, silence_s=5)
    pace = pace_of(settings)
    assert (pace.after_silence, pace.after_silence_target, pace.wait.silence_ms) == (Exit.TRANSFER, "people,s", 5000)
