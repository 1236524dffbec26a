"""The smaller model is asked where the first is away or left alone, and no longer once that answers again."""

from collections.abc import AsyncIterator

import pytest

from models.errors import AnswerCut, ModelUnavailable
from models.llm.client import ChatModel, Endpoint
from models.llm.ladder import Ladder
from models.question import Question
from tests.models.llm.server import Reply, ScriptedServer, scripted_server

QUESTION = [{"role": "user", "content": "你好"}]
FAILURES = 2
AWAY = "http://127.0.0.1:9/v1"


@pytest.fixture
async def below() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture
async def ladder(server: ScriptedServer, below: ScriptedServer) -> AsyncIterator[Ladder]:
    first, smaller = (
        ChatModel(Endpoint(url=each.url, model=name), failures=FAILURES, rest_s=0.001)
        for each, name in ((server, "large"), (below, "small"))
    )
    made = Ladder(first, smaller)
    yield made
    await made.aclose()


async def ask(chat: Ladder, watch: list[Question] | None = None) -> str:
    told = watch.append if watch is not None else None
    return await chat.ask(QUESTION, {"type": "object"}, max_tokens=50, within_s=30, watch=told)


async def test_the_first_answers_alone_while_it_can(
    ladder: Ladder, server: ScriptedServer, below: ScriptedServer
) -> None:
    server.will_say(Reply('{"by": 1}'))
    assert await ask(ladder) == '{"by": 1}'
    assert (len(server.asked), len(below.asked), ladder.is_resting, ladder.is_on_smaller) == (1, 0, False, False)


async def test_what_the_first_fails_at_the_smaller_one_answers_and_both_questions_are_told(
    ladder: Ladder, server: ScriptedServer, below: ScriptedServer
) -> None:
    server.will_say(Reply(status=503))
    below.will_say(Reply('{"by": 2}'))
    told: list[Question] = []
    assert await ask(ladder, told) == '{"by": 2}'
    assert [each.outcome for each in told] == [ModelUnavailable.code, "answered"]
    assert below.asked[0]["model"] == "small"


async def test_the_rung_is_reached_when_the_first_rests_and_left_when_it_answers(
    ladder: Ladder, server: ScriptedServer, below: ScriptedServer
) -> None:
    for _ in range(FAILURES):
        server.will_say(Reply(status=503))
        below.will_say(Reply('{"by": 2}'))
        await ask(ladder)
    assert (ladder.is_resting, ladder.is_on_smaller) == (True, True)
    server.will_say(Reply('{"by": 1}'))
    while await ask_either(ladder, below) != '{"by": 1}':
        pass
    assert (ladder.is_resting, ladder.is_on_smaller) == (False, False)


async def ask_either(ladder: Ladder, below: ScriptedServer) -> str:
    below.will_say(Reply('{"by": 2}'))
    return await ask(ladder)


async def test_where_both_are_away_nobody_answers_and_it_is_no_rung_of_the_smaller_one() -> None:
    first, smaller = (ChatModel(Endpoint(url=AWAY, model="x"), failures=1, rest_s=300) for _ in range(2))
    ladder = Ladder(first, smaller)
    with pytest.raises(ModelUnavailable):
        await ask(ladder)
    assert (ladder.is_resting, ladder.is_on_smaller) == (True, False)
    await ladder.aclose()


async def test_an_answer_that_cannot_be_used_is_not_asked_for_below(
    ladder: Ladder, server: ScriptedServer, below: ScriptedServer
) -> None:
    server.will_say(Reply('{"a": ', finish_reason="length"))
    with pytest.raises(AnswerCut):
        await ask(ladder)
    assert below.asked == []
