"""What the calls of a shop begin with is on disk before anybody calls."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import msgspec
import pytest

from appliance.config import Settings
from appliance.config_calls import OutboundSettings, Purpose
from appliance.config_voice import VoiceSettings
from appliance.db import Database
from appliance.errors import NotFound
from appliance.ids import ShopId
from appliance.joints import spoken_ahead
from appliance.joints.spoken_ahead import MOST_SHOPS, SpokenAhead, shops_with_calls, welcomes_of
from appliance.joints.voice import ConversationTalk, people_of
from appliance.joints.voice_engines import Engines, engines
from appliance.voice.events import BotSays
from models.errors import ModelUnavailable
from models.tts.voices import Voice
from tests.appliance.conversation.world import SHOP, World
from tests.models.tts.server import KEY, ScriptedSpeech, scripted_speech

VOICE = VoiceSettings(recogniser_url="ws://127.0.0.1:1", voice="selftest-female")


class Paper:
    """Notes what it was to make ahead."""

    def __init__(self, *failures: Exception) -> None:
        self.made: list[list[str]] = []
        self.failures = list(failures)
        self.is_done = asyncio.Event()

    async def make_ahead(self, texts: Iterable[str], *, voice: str, speed: float = 1.0) -> int:
        assert (voice, speed) == (VOICE.voice, VOICE.speed)
        if self.failures:
            raise self.failures.pop()
        self.made.append(list(texts))
        self.is_done.set()
        return 1


async def words(shop: ShopId, welcomes: Sequence[str]) -> tuple[str, ...]:
    return (f"您好，我是{shop}的智能客服。随时可以说转人工。", *welcomes)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return World(db, tmp_path)


@pytest.fixture
async def speech() -> AsyncIterator[ScriptedSpeech]:
    async with scripted_speech() as speech:
        yield speech


@pytest.fixture
async def found(speech: ScriptedSpeech, tmp_path: Path) -> AsyncIterator[Engines]:
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    settings = msgspec.structs.replace(VOICE, speaker_url=speech.url, speaker_key_file=str(key))

    async def untold(_: Voice) -> None:
        """Nobody is told who speaks."""

    async with engines(settings, tmp_path, (), untold) as found:
        yield found


async def test_who_calls_hears_notice_and_greeting_without_the_engine(
    world: World, speech: ScriptedSpeech, found: Engines
) -> None:
    ahead = SpokenAhead(found.speaker, VOICE, world.process.conversations.first_words)
    async with ahead.running((SHOP,)):
        await ahead.until_idle()
    made = len(speech.asked)
    talk = await ConversationTalk.begin(world.process.conversations, SHOP, people_of(VOICE))
    told = talk.said()
    notice, greeting = [await anext(told) for _ in range(2)]
    assert isinstance(notice, BotSays)
    assert isinstance(greeting, BotSays)
    said = (*notice.prompt.sentences, *greeting.prompt.sentences)
    for sentence in said:
        assert [piece async for piece in found.speaker.speak(sentence, voice=VOICE.voice)] != []
    assert len(said) >= 4
    assert made >= len(said)
    assert len(speech.asked) == made


async def test_each_shop_has_its_own_and_they_are_made_sentence_by_sentence() -> None:
    speaker = Paper()
    ahead = SpokenAhead(speaker, VOICE, words, ("请讲。", "现在打过来。"))
    async with ahead.running((ShopId("a"), ShopId("b"), ShopId("a"))):
        await ahead.until_idle()
    assert speaker.made == [
        [f"您好，我是{shop}的智能客服。", "随时可以说转人工。", "请讲。", "现在打过来。"] for shop in ("a", "b")
    ]


async def test_a_shop_that_has_changed_is_made_again_and_others_are_left() -> None:
    speaker = Paper()
    ahead = SpokenAhead(speaker, VOICE, words)
    async with ahead.running((ShopId("a"), ShopId("b"))):
        await ahead.until_idle()
        await ahead.changed("b")
        await ahead.changed("nobody")
        await ahead.until_idle()
    assert [made[0] for made in speaker.made[2:]] == ["您好，我是b的智能客服。"]


async def test_what_was_made_later_is_taken_where_pages_may_call() -> None:
    speaker = Paper()
    ahead = SpokenAhead(speaker, VOICE, words)
    async with ahead.running((), takes_new=True):
        await ahead.changed("new")
        await ahead.until_idle()
    assert len(speaker.made) == 1


async def test_a_speaker_that_is_away_is_asked_again_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken_ahead, "_AGAIN_AFTER_S", 0)
    speaker = Paper(ModelUnavailable("away"), ModelUnavailable("away"))
    ahead = SpokenAhead(speaker, VOICE, words)
    async with ahead.running((ShopId("a"),)):
        await speaker.is_done.wait()
    assert len(speaker.made) == 1


async def test_words_that_are_refused_are_left_alone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken_ahead, "_AGAIN_AFTER_S", 0)
    asked: list[ShopId] = []
    was_tenth = asyncio.Event()

    async def refused(shop: ShopId, _welcomes: Sequence[str]) -> tuple[str, ...]:
        asked.append(shop)
        if shop == "b":
            return ("请讲。",)
        if len(asked) == 10:
            was_tenth.set()
        raise NotFound("no such shop")

    speaker = Paper()
    ahead = SpokenAhead(speaker, VOICE, refused)
    async with ahead.running((ShopId("a"),), takes_new=True):
        await was_tenth.wait()
        await ahead.changed("b")
        await speaker.is_done.wait()
        await ahead.until_idle()
    assert asked == [*(["a"] * 10), "b"]


async def test_of_very_many_shops_the_first_are_made() -> None:
    speaker = Paper()
    ahead = SpokenAhead(speaker, VOICE, words)
    async with ahead.running(ShopId(f"shop-{n}") for n in range(MOST_SHOPS + 5)):
        await ahead.until_idle()
        await ahead.again()
        await ahead.until_idle()
    assert len(speaker.made) == 2 * MOST_SHOPS


def test_the_shops_of_numbers_come_first_and_all_where_pages_may_call() -> None:
    voice = VoiceSettings(numbers=("1=b", "2=c"), shop="d")
    all_shops = tuple(map(ShopId, "abcde"))
    assert shops_with_calls(Settings(voice=voice), all_shops) == ("b", "c", "d")
    pages = msgspec.structs.replace(voice, page_lines=2)
    assert shops_with_calls(Settings(voice=pages), all_shops) == ("b", "c", "d", "a", "e")
    outbound = OutboundSettings(enabled=True, shops=("e",))
    assert shops_with_calls(Settings(voice=voice, outbound=outbound), all_shops) == ("b", "c", "d", "e")


def test_calls_that_we_make_begin_with_why() -> None:
    assert welcomes_of(Settings()) == ("welcome",)
    made = OutboundSettings(enabled=True, purposes=(Purpose.CALL_BACK, Purpose.REFUNDED))
    assert welcomes_of(Settings(outbound=made)) == ("welcome", "outbound.call_back", "outbound.refunded")
