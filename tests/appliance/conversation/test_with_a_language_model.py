"""A model that takes its time: asked once for what was said, and told what was said before."""

import asyncio
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.conversation.hearing import Listening
from appliance.db import Database
from appliance.understanding.model import Understood
from models.commands import Context, Exchange
from tests.appliance.conversation.world import SHOP, ScriptedUnderstanding, Talk, World


class Attentive(ScriptedUnderstanding):
    reads_history = True

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.told: list[tuple[Exchange, ...]] = []
        self.has_heard = asyncio.Event()

    async def understand(self, text: str, context: Context) -> Understood:
        self.heard.append(text)
        self.told.append(context.history)
        self.has_heard.set()
        return await super().understand(text, context)


def attend(world: World) -> Attentive:
    attentive = Attentive()
    world.process.workshop.listening = Listening(attentive)
    return attentive


async def test_it_is_told_what_was_said_before_masked_and_oldest_first(talk: Talk, world: World) -> None:
    attentive = attend(world)
    await talk.say("我要退货，电话13800138000")
    await talk.say("运费谁出")
    first, second = attentive.told
    assert [each.speaker for each in first] == ["bot"]
    assert [each.speaker for each in second][:3] == ["bot", "customer", "bot"]
    assert second[1].words == "我要退货，电话⟨手机1⟩"


async def test_of_a_long_conversation_it_is_told_the_end(talk: Talk, world: World) -> None:
    attentive = attend(world)
    for words in ("你好", "运费谁出") * 4:
        await talk.say(words)
    assert len(attentive.told[-1]) == 6
    assert attentive.told[-1][-2].words == "你好"


@pytest.fixture
async def slow(db: Database, tmp_path: Path) -> Talk:
    """Whose unfinished words are waited for until they are said to be over."""
    return await World(db, tmp_path, SystemClock(), quiet_ms=60_000).talk()


async def test_words_that_nothing_is_added_to_are_understood_once(slow: Talk) -> None:
    attentive = attend(slow.world)
    await slow.send(slow.text("退…"))
    await attentive.has_heard.wait()
    await slow.world.process.conversations.flush(SHOP, slow.conversation_id)
    await slow.world.process.conversations.finish()
    assert attentive.heard == ["退…"]


async def test_words_that_something_is_added_to_are_understood_anew(slow: Talk) -> None:
    attentive = attend(slow.world)
    await slow.send(slow.text("退…"))
    await attentive.has_heard.wait()
    await slow.send(slow.text("你好"))
    await slow.world.process.conversations.finish()
    assert attentive.heard == ["退…", "退…\n你好"]
