"""Whole calls over both transports: a scripted Asterisk, real sockets, real conversations; engines of paper."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from prometheus_client import generate_latest

from appliance.channels.phone.file_line import FileLine
from appliance.channels.phone.server import Ports, serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import AfterSilence, VoiceSettings
from appliance.conversation.call_events import AnswerTimes, CallMeasured
from appliance.conversation.event import EventData
from appliance.conversation.events import AskedModel, BotSaid, CommandsUnderstood, TurnEnded
from appliance.conversation.model import Channel
from appliance.conversation.store import StoredEvent
from appliance.db import Database
from appliance.desk.terms import shipped_terms
from appliance.errors import ConfigurationError
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.integrations.metrics.meters import Meters
from appliance.integrations.metrics.watching import Watching
from appliance.joints.call_measures import CallMeasures, with_elsewhere
from appliance.joints.voice import Calls, ConversationTalk, Told, pace_of, people_of, shop_of
from appliance.voice.call import Parts, monotonic_ms
from appliance.voice.events import BotIsDone, BotLeaves, BotSays, BotStillWorks, LeaveCall, WasHeard, WordsExpected
from appliance.voice.hotwords import hotwords
from appliance.voice.model import Caller, Exit, Spoken
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Recogniser
from appliance.voice.recording.service import Recordings
from security.errors import DeviceFailed, KeysUnavailable, SecurityError
from tests.appliance.channels.phone.phones import OverAudioSocket, OverMediaSocket, Transport, dial, then
from tests.appliance.conversation.world import ANALYZER, PHONE, SHOP, Talk, World
from tests.appliance.desk.world import PEOPLE, DeskWorld, moving
from tests.appliance.dialogue.world import CUSTOMER
from tests.appliance.voice.engines import LoudIsSpeech, NeverFinal, ScriptedRecogniser, ToneSpeaker, silence, tone

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


@pytest.mark.parametrize("away", [KeysUnavailable, DeviceFailed])
async def test_a_call_that_comes_while_the_keys_are_away_goes_to_people_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, away: type[SecurityError]
) -> None:
    async def start(**_: object) -> None:
        raise away("nothing can be sealed")

    monkeypatch.setattr(world.process.conversations, "start", start)
    async with answering(world, ToneSpeaker()) as ports:
        caller, channel = await dial(ports)
        async with asyncio.timeout(10):
            await caller.run()
        assert await then(ports, channel) == ("transfer", "people,s")


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


async def test_a_call_tells_of_itself_when_it_is_over(world: DeskWorld) -> None:
    """In its conversation, in figures alone; and the machine counts it."""
    meters = Meters()
    on = FileLine(tone(800) + silence(4000), caller=Caller(called="4008001234"), keys=[(4500, "1")], frame_s=0.002)
    parts = Parts(
        recogniser=ScriptedRecogniser("运费谁出"),
        speaker=ToneSpeaker(ms_per_character=2),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        now_ms=lambda: on.heard_ms,
    )
    measures = CallMeasures(world.db, world.people.floor, Watching(meters))
    await Calls(world.process.conversations, SETTINGS, parts, keep=measures.keep).hold(on)
    await world.process.conversations.finish()
    call = await the_conversation(world)
    (measured,) = [msgspec.convert(each.data, CallMeasured) for each in await call.of("call.measured")]
    assert (measured.left, measured.keys, measured.utterances) == ("caller", 1, 1)
    assert 4700 <= measured.length_ms <= 4800
    assert b'appliance_calls_total{left="caller"} 1.0' in generate_latest(meters.registry)


async def test_a_call_whose_measures_cannot_be_kept_has_been_held_all_the_same(world: DeskWorld) -> None:
    meters = Meters()
    measures = CallMeasures(world.db, world.people.floor, Watching(meters))
    await measures.keep(SHOP, ConversationId(uuid7()), CallMeasured(length_ms=1, left="caller"))
    assert b'appliance_calls_total{left="caller"} 0.0' in generate_latest(meters.registry)


def test_an_answer_knows_what_its_turn_waited_for_others() -> None:
    def stored(seq: int, data: EventData) -> StoredEvent:
        at = datetime(2026, 11, 26, tzinfo=UTC)
        return StoredEvent(
            seq=seq,
            type=data.TYPE,
            v=1,
            turn=None,
            at=at,
            business_at=at,
            data=msgspec.to_builtins(data),
            body_id=None,
            sealed=None,
            subject_id=None,
        )

    asked = AskedModel(outcome="answered", took_us=200_000)
    turns = [
        stored(3, CommandsUnderstood(types=(), source="llm", confidence=1, took_us=210_000, asked=(asked,))),
        stored(4, BotSaid(key="a", rephrased=True)),
        stored(5, TurnEnded(took_us={"orders": 50_000, "words": 100_000})),
        stored(7, BotSaid(key="b")),
        stored(8, TurnEnded(took_us={"orders": 5_000, "words": 1_000})),
    ]
    one = AnswerTimes(seq=4, total=900, end_of_turn=300, judging=0, final=80, turn=400, speech=100, line=20)
    answers = (one, msgspec.structs.replace(one, seq=7), msgspec.structs.replace(one, seq=99))
    found = with_elsewhere(CallMeasured(length_ms=1, left="caller", answers=answers), turns)
    assert [each.elsewhere for each in found.answers] == [350, 5, 0]


async def test_a_group_with_a_place_of_its_own_has_its_calls_there(world: DeskWorld) -> None:
    world.people.queue.terms = moving(shipped_terms())
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(SETTINGS))
    said = talk.said()
    await talk.pass_on(Spoken(text="转人工"))
    assert [each async for each in up_to(said, BotLeaves)][-1] == BotLeaves(Exit.TRANSFER, PEOPLE)
    await said.aclose()


async def test_who_calls_and_what_was_pressed_reach_the_conversation(world: DeskWorld) -> None:
    people = people_of(SETTINGS)
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people, Caller(number=PHONE))
    await talk.pass_on(Spoken(digits="0"))
    call = await the_conversation(world)
    await world.process.conversations.finish()
    ((vaulted,),) = await world.rows("SELECT count(*) FROM vault_value")
    assert vaulted == 1
    assert await call.of("recording.declined") != []


async def test_what_the_switchboard_says_of_a_call_reaches_whoever_takes_it_over(world: DeskWorld) -> None:
    caller = Caller(number=PHONE, headers={"X-Level": "金卡", "X-Callback": f"打{PHONE}", "X-Long": "长" * 500})
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(SETTINGS), caller)
    await talk.pass_on(Spoken(text="转人工"))
    await world.process.conversations.finish()
    (made,) = await (await the_conversation(world)).of("handoff.made")
    assert PHONE not in (made.words or "")
    kept = await world.process.conversations.state(SHOP, talk.conversation_id)
    assert kept.line == {"X-Level": "金卡", "X-Callback": "打⟨手机1⟩", "X-Long": "长" * 120}


async def test_the_recogniser_listens_for_the_goods_of_whoever_is_known(world: DeskWorld) -> None:
    conversations = world.process.conversations
    started = await conversations.start(shop=SHOP, channel=Channel.VOICE, customer=CUSTOMER)
    talk = ConversationTalk(
        conversations,
        SHOP,
        started.conversation_id,
        people_of(SETTINGS),
        lambda titles, order_ids: hotwords((), titles, order_ids, str),
    )
    said = talk.said()
    await talk.pass_on(Spoken(text="运费谁出"))
    (expected,) = [each async for each in up_to(said, WordsExpected) if isinstance(each, WordsExpected)]
    assert "保温杯" in "".join(expected.words)
    await said.aclose()


async def test_a_stranger_s_call_listens_for_the_shops_own_words(world: World) -> None:
    recogniser = ScriptedRecogniser("运费谁出", emotion="ANGRY")
    on = FileLine(tone(800) + silence(1500), caller=Caller(called="4008001234"), frame_s=0.002)
    parts = Parts(
        recogniser=recogniser,
        speaker=ToneSpeaker(ms_per_character=2),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        now_ms=lambda: on.heard_ms,
    )
    settings = msgspec.structs.replace(SETTINGS, hotwords=("星云保温杯",))
    goods = {SHOP: ("轻跑运动鞋",)}
    await Calls(world.process.conversations, settings, parts, mask=str, goods=lambda shop: goods[shop]).hold(on)
    await world.process.conversations.finish()
    assert recogniser.hotwords == [("星云保温杯", "轻跑运动鞋")]
    call = await the_conversation(world)
    assert [event.data["how"] for event in await call.of("call.ended")] == ["hang_up"]
    assert [event.data.get("sounds") for event in await call.of("customer.said")] == ["angry"]
    assert [event.data["key"] for event in await call.of("bot.heard")][:1] == ["welcome"]


async def test_a_caller_who_says_an_order_number_alone_is_asked_for_the_digits_and_told(world: World) -> None:
    speaker = ToneSpeaker(ms_per_character=2)
    recogniser = ScriptedRecogniser("订单号，20261110，123456。", PHONE[-4:])
    on = FileLine((tone(800) + silence(2500)) * 2, caller=Caller(called="4008001234"), frame_s=0.002)
    parts = Parts(
        recogniser=recogniser,
        speaker=speaker,
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        now_ms=lambda: on.heard_ms,
    )
    await Calls(world.process.conversations, SETTINGS, parts).hold(on)
    await world.process.conversations.finish()
    call = await the_conversation(world)
    assert [event.data["key"] for event in await call.of("bot.said")][1:] == [
        "verify.ask_tail",
        "verify.done",
        "status.delivered",
    ]
    assert any("下单手机号的后四位" in text for text in speaker.spoken)


class Mute(ToneSpeaker):
    async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:  # noqa: ARG002 - it fails
        raise OSError("the engine is away")
        yield b""


LATE = (tone(500) + silence(4500)) * 4


@pytest.mark.parametrize(
    ("sound", "recogniser", "speaker", "after_silence"),
    [
        (LATE, NeverFinal("订单号是", "因为", "还有", "然后"), ToneSpeaker(ms_per_character=2), Exit.HANG_UP),
        (silence(30_000), ScriptedRecogniser(), ToneSpeaker(ms_per_character=2), Exit.TRANSFER),
        (silence(3000), ScriptedRecogniser(), Mute(), Exit.HANG_UP),
    ],
    ids=["three finals are late", "nothing is said", "an engine is broken"],
)
async def test_a_call_that_goes_to_people_by_itself_is_handed_over(
    world: DeskWorld, sound: bytes, recogniser: Recogniser, speaker: ToneSpeaker, after_silence: Exit
) -> None:
    on = FileLine(sound, caller=Caller(called="4008001234"), frame_s=0.002)
    parts = Parts(
        recogniser=recogniser,
        speaker=speaker,
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        pace=msgspec.structs.replace(pace_of(SETTINGS), after_silence=after_silence),
        now_ms=lambda: on.heard_ms,
    )
    await Calls(world.process.conversations, SETTINGS, parts).hold(on)
    await world.process.conversations.finish()
    assert on.left is not None
    assert on.left.how is Exit.TRANSFER
    await is_handed_over(world, await the_conversation(world))


async def is_handed_over(world: DeskWorld, call: Talk) -> None:
    assert [event.data["reason"] for event in await call.of("handoff.made")] == ["system_down"]
    assert len(await call.of("ticket.drawn")) == 1
    assert [event.data["to"] for event in await call.of("call.transferred")] == [""]
    assert await world.rows("SELECT owner FROM conversation") == [("human",)]


async def test_a_call_whose_words_could_not_be_passed_on_is_handed_over(
    world: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OSError("cannot be kept")

    monkeypatch.setattr(ConversationTalk, "pass_on", away)
    on = FileLine(tone(800) + silence(5000), caller=Caller(called="4008001234"), frame_s=0.002)
    parts = Parts(
        recogniser=ScriptedRecogniser("运费谁出"),
        speaker=ToneSpeaker(ms_per_character=2),
        detector=LoudIsSpeech,
        phrases=Phrases.load(),
        now_ms=lambda: on.heard_ms,
    )
    await Calls(world.process.conversations, SETTINGS, parts).hold(on)
    await world.process.conversations.finish()
    await is_handed_over(world, await the_conversation(world))


async def test_a_call_that_could_not_be_recorded_is_handed_over(world: DeskWorld) -> None:
    class Full:
        def record(self, *_: object) -> None:
            raise ConfigurationError("nothing can be recorded")

    on = FileLine(silence(500), caller=Caller(called="4008001234"), frame_s=0.002)
    parts = Parts(recogniser=ScriptedRecogniser(), speaker=ToneSpeaker(), detector=LoudIsSpeech, phrases=Phrases.load())
    await Calls(world.process.conversations, SETTINGS, parts, Full()).hold(on)  # type: ignore[arg-type]
    await world.process.conversations.finish()
    await is_handed_over(world, await the_conversation(world))


async def test_of_a_group_with_a_place_of_its_own_the_log_does_not_say_that_the_call_is_there(world: DeskWorld) -> None:
    world.people.queue.terms = moving(shipped_terms())
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(SETTINGS))
    await talk.ended(Exit.TRANSFER)
    await world.process.conversations.finish()
    await is_handed_over(world, await the_conversation(world))


@pytest.mark.control("L-02", "K10")
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


async def test_who_asks_to_wait_has_time(world: World) -> None:
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(SETTINGS))
    said = talk.said()
    await anext(said), await anext(said)
    for words, has_time in (("等一下，我找找订单号", True), ("运费谁出", False)):
        await talk.pass_on(Spoken(text=words))
        assert [each async for each in up_to(said, BotIsDone)][-1] == BotIsDone(is_errand=has_time)
    await said.aclose()


async def test_a_quote_may_not_be_interrupted_and_a_receipt_is_waited_for(world: World) -> None:
    started = await world.process.conversations.start(shop=SHOP, channel=Channel.VOICE, customer=CUSTOMER)
    talk = ConversationTalk(world.process.conversations, SHOP, started.conversation_id, people_of(SETTINGS))
    said = talk.said()
    await anext(said), await anext(said)
    await talk.pass_on(Spoken(text="我要退鞋子，尺码不合适"))
    quotes = [each async for each in up_to(said, BotIsDone) if isinstance(each, BotSays) and each.prompt.is_quote]
    assert [quote.prompt.may_interrupt for quote in quotes] == [False]
    for quote in quotes:
        await talk.heard(WasHeard(quote.prompt.id, len(quote.prompt.sentences), len(quote.prompt.sentences)))
    await talk.pass_on(Spoken(text="确认"))
    assert [each async for each in up_to(said, BotStillWorks)][-1] == BotStillWorks()
    await said.aclose()


async def up_to(
    said: AsyncIterator[Told | WordsExpected], last: type[Told | WordsExpected]
) -> AsyncIterator[Told | WordsExpected]:
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
