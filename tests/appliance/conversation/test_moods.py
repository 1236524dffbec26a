"""A customer's mood, heard by the models that ship: noted as codes, replayed, told to whoever takes over."""

from pathlib import Path

import pytest

from appliance.config import MoodResponse as R
from appliance.config import MoodSettings
from appliance.conversation.hearing import Listening
from appliance.conversation.replay import replay
from appliance.db import Database
from appliance.understanding.service import Understanding
from models.compact.model import CompactModel
from tests.appliance.conversation.stories import record
from tests.appliance.conversation.world import Talk, World
from tests.appliance.dialogue.world import FLOWS

COMPACT = CompactModel.load()


async def talk_with(db: Database, tmp_path: Path, **moods: object) -> Talk:
    world = World(db, tmp_path)
    settings = MoodSettings(**moods)  # type: ignore[arg-type]
    world.process.workshop.listening = Listening(Understanding(COMPACT), settings)
    return await world.talk()


async def moods(talk: Talk) -> list[str]:
    return [event.data["level"] for event in await talk.of("mood.changed")]


async def test_an_annoyed_customer_is_apologised_to_once_and_calms_down(db: Database, tmp_path: Path) -> None:
    talk = await talk_with(db, tmp_path, annoyed=(R.SOFTEN,), calm_turns=2)
    assert (await talk.say("烦死了，退货运费谁出"))[0] == "soften.annoyed"
    assert "soften.annoyed" not in await talk.say("到底几天到账")
    await talk.say("你好")
    assert await moods(talk) == ["annoyed"]
    await talk.say("你好")
    assert await moods(talk) == ["annoyed", "calm"]
    assert (await talk.say("烦死了，退货运费谁出"))[0] == "soften.annoyed"


async def test_a_threat_is_taken_over_with_all_that_is_known(db: Database, tmp_path: Path) -> None:
    talk = await talk_with(db, tmp_path, legal=(R.LEGAL_WORK_ORDER,))
    await talk.say("真是烦死了")
    assert await talk.say("再不处理我就找律师起诉你们") == ["handoff.risk_words"]
    assert await moods(talk) == ["annoyed", "threatening"]
    (handed,) = await talk.of("handoff.made")
    assert (handed.data["reason"], handed.data["is_urgent"]) == ("risk_words", True)
    assert handed.words is not None
    assert "扬言维权" in handed.words
    assert "诉讼" in handed.words
    assert [event.data["kind"] for event in await talk.of("work_order.created")] == ["legal", "complaint"]
    assert [event.data["risks"] for event in await talk.of("agents.alerted")] == [["legal"]]


async def test_words_of_self_harm_are_answered_at_once(db: Database, tmp_path: Path) -> None:
    talk = await talk_with(db, tmp_path, self_harm=())
    assert await talk.say("我不想活了") == ["handoff.self_harm"]
    assert await talk.say("在吗") == []


async def test_a_calm_customer_leaves_no_word_of_mood(db: Database, tmp_path: Path) -> None:
    talk = await talk_with(db, tmp_path)
    await talk.say("你好")
    await talk.say("转人工")
    assert await moods(talk) == []
    (handed,) = await talk.of("handoff.made")
    assert handed.words is not None
    assert "情绪" not in handed.words
    assert "is_urgent" not in handed.data


@pytest.mark.control("P-14")
async def test_it_is_replayed_as_it_was_whatever_the_settings_are_now(db: Database, tmp_path: Path) -> None:
    talk = await talk_with(db, tmp_path, annoyed=(R.SOFTEN, R.ALERT), angry=(R.SOFTEN,), calm_turns=1)
    for words in ("烦死了", "骗子，垃圾店！气死我了", "你好", "你好", "你好", "我是小学生", "我要去12315投诉你们"):
        await talk.say(words)
    events = await record(talk)
    assert await moods(talk) == ["annoyed", "angry", "annoyed", "calm", "calm", "threatening"]
    assert replay(FLOWS, events).difference is None


async def test_what_is_noted_of_a_mood_is_codes(db: Database, tmp_path: Path) -> None:
    talk = await talk_with(db, tmp_path)
    await talk.say("我才12岁，烦死了")
    for event in (*await talk.of("mood.changed"), *await talk.of("agents.alerted")):
        assert event.words is None
        assert "岁" not in str(event.data)
