"""The language model as a command model: one repair, one deadline."""

from datetime import UTC, datetime

import pytest

from models.commands import Context, Flow, Nothing, StartFlow
from models.errors import AnswerUnusable, ModelLate
from models.llm.client import ChatModel
from models.llm.commander import LanguageModel
from tests.models.llm.server import Reply, ScriptedServer

CONTEXT = Context(now=datetime(2026, 5, 4, tzinfo=UTC))
GOOD = Reply('{"commands": [{"type": "start_flow", "flow": "exchange", "evidence": "换"}]}')
BAD = Reply('{"commands": [{"type": "set_slot", "slot": "line", "value": "L9", "evidence": "换"}]}')


def model(chat: ChatModel, deadline_s: float = 30) -> LanguageModel:
    return LanguageModel(chat, {Flow.EXCHANGE: ("order", "spec")}, deadline_s=deadline_s)


async def test_a_good_answer_is_taken(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(GOOD)
    prediction = await model(chat).predict("想换", CONTEXT)
    assert prediction.commands == (StartFlow(flow=Flow.EXCHANGE, evidence="换"),)


async def test_a_bad_answer_is_asked_about_once_with_what_is_wrong(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(BAD, GOOD)
    prediction = await model(chat).predict("想换", CONTEXT)
    assert prediction.commands == (StartFlow(flow=Flow.EXCHANGE, evidence="换"),)
    again = server.asked[1]["messages"]
    assert again[:-2] == server.asked[0]["messages"]
    assert "there is no line L9" in again[-1]["content"]


async def test_twice_bad_is_given_up(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(BAD)
    with pytest.raises(AnswerUnusable):
        await model(chat).predict("想换", CONTEXT)
    assert len(server.asked) == 2


async def test_a_repair_has_no_time_of_its_own(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(BAD, Reply(hangs=True))
    with pytest.raises(ModelLate):
        await model(chat, deadline_s=0.5).predict("想换", CONTEXT)


async def test_nothing_is_said_with_less_confidence_than_something(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(GOOD, Reply('{"commands": [{"type": "none"}]}'))
    something = await model(chat).predict("想换", CONTEXT)
    nothing = await model(chat).predict("嗯", CONTEXT)
    assert nothing.commands == (Nothing(),)
    assert nothing.confidence < something.confidence


async def test_what_was_asked_is_told_in_figures_also_where_it_failed(chat: ChatModel, server: ScriptedServer) -> None:
    usage = {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912}
    server.will_say(Reply(body={**BAD.body, "usage": usage}), GOOD, BAD)
    first, second = (await model(chat).predict("想换", CONTEXT)).questions
    assert (first.outcome, first.prompt_tokens, first.answer_tokens) == ("answered", 900, 12)
    assert (second.outcome, second.prompt_tokens) == ("answered", None)
    with pytest.raises(AnswerUnusable) as failed:
        await model(chat).predict("想换", CONTEXT)
    assert [question.outcome for question in failed.value.questions] == ["answered", "answered"]


async def test_a_question_that_came_too_late_is_told(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply(hangs=True))
    with pytest.raises(ModelLate) as late:
        await model(chat, deadline_s=0.5).predict("想换", CONTEXT)
    (question,) = late.value.questions
    assert question.outcome == "model_late"
