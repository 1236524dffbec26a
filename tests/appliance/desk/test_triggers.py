"""What brings a customer to a person, each by its setting, each recorded with its reason."""

import msgspec
import pytest

from appliance.config_desk import HandoffSettings
from appliance.conversation.hearing import Listening
from appliance.conversation.replay import replay
from appliance.understanding.model import Understood
from models.commands import Context
from tests.appliance.conversation.stories import record
from tests.appliance.conversation.world import ScriptedUnderstanding, Talk
from tests.appliance.desk.world import DeskWorld
from tests.appliance.dialogue.world import FLOWS


class Unsure(ScriptedUnderstanding):
    async def understand(self, text: str, context: Context) -> Understood:
        return msgspec.structs.replace(await super().understand(text, context), confidence=0.4)


def listen(world: DeskWorld, settings: HandoffSettings, understanding: ScriptedUnderstanding | None = None) -> None:
    world.process.workshop.listening = Listening(understanding or ScriptedUnderstanding(), handoff=settings)


async def reasons(talk: Talk) -> list[str]:
    """As the events say, and as the tickets do."""
    made = [event.data["reason"] for event in await talk.of("handoff.made")]
    assert [event.data["reason"] for event in await talk.of("ticket.drawn")] == made
    return made


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("转人工", "customer_asked"),
        ("什么垃圾店，气死我了", "emotion"),
        ("我要打12315，找律师告你们", "risk_words"),
    ],
)
async def test_what_the_customer_says_hands_over_with_its_reason(talk: Talk, words: str, reason: str) -> None:
    await talk.say(words)
    assert await reasons(talk) == [reason]


@pytest.mark.parametrize("misses", [1, 2, 3])
async def test_so_many_misses_in_a_row_hand_over(world: DeskWorld, talk: Talk, misses: int) -> None:
    listen(world, HandoffSettings(misses=misses))
    for _ in range(misses):
        assert await reasons(talk) == []
        await talk.say("嘟嘟囔囔")
    assert await reasons(talk) == ["three_misses"]


@pytest.mark.parametrize(("waiting_s", "expected"), [(120, ["waiting"]), (0, []), (121, [])])
async def test_who_has_waited_too_long_for_an_answer_goes_to_a_person(
    world: DeskWorld, talk: Talk, waiting_s: int, expected: list[str]
) -> None:
    """The process that had the message died; it is taken up two minutes later."""
    listen(world, HandoffSettings(waiting_s=waiting_s))
    world.orders.failures.append(ConnectionError("the process is gone"))
    await talk.send(talk.text("我的券"))
    await world.people.conversations.finish()
    world.later(seconds=120)
    await talk.look()
    assert await reasons(talk) == expected


@pytest.mark.parametrize(("below", "expected"), [(0.5, ["low_confidence"]), (0.4, []), (0.0, [])])
async def test_what_is_understood_with_too_little_confidence_goes_to_a_person(
    world: DeskWorld, talk: Talk, below: float, expected: list[str]
) -> None:
    listen(world, HandoffSettings(low_confidence=below), Unsure())
    await talk.say("我的券")
    assert await reasons(talk) == expected


async def test_a_trigger_is_in_the_record_so_a_replay_needs_no_settings(world: DeskWorld, talk: Talk) -> None:
    listen(world, HandoffSettings(low_confidence=0.5, misses=1), Unsure())
    await talk.say("我的券")
    assert replay(FLOWS, await record(talk)).difference is None
