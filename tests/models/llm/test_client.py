"""One question and what may become of it, against a server on loopback."""

import asyncio
import gzip

import pytest

from models.errors import AnswerCut, AnswerTooLarge, ModelBusy, ModelLate, ModelRefused, ModelResting, ModelUnavailable
from models.llm.client import FAILURES, MAX_ANSWER_BYTES, ChatModel, Endpoint
from tests.models.llm.server import Reply, ScriptedServer

QUESTION = [{"role": "user", "content": "你好"}]
SCHEMA = {"type": "object"}


async def ask(chat: ChatModel, within_s: float = 30) -> str:
    return await chat.ask(QUESTION, SCHEMA, max_tokens=50, within_s=within_s)


async def test_it_asks_as_the_protocol_says_and_returns_the_text(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply('{"a": 1}'))
    assert await ask(chat) == '{"a": 1}'
    (asked,) = server.asked
    assert (asked["model"], asked["messages"], asked["max_tokens"]) == ("chat", QUESTION, 50)
    assert asked["response_format"]["json_schema"]["schema"] == SCHEMA
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert server.headers[0]["authorization"] == "Bearer k"


async def test_an_answer_without_an_end_is_none(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply('{"a": ', finish_reason="length"))
    with pytest.raises(AnswerCut):
        await ask(chat)


async def test_a_server_that_is_silent_is_given_up_at_the_deadline(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply(hangs=True))
    with pytest.raises(ModelLate):
        await ask(chat, within_s=0.05)


async def test_what_is_too_much_is_not_queued(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply("{}", hangs=True))
    asking = [asyncio.create_task(ask(chat)) for _ in range(2)]
    while len(server.asked) < 2:
        server.is_asked.clear()
        await server.is_asked.wait()
    with pytest.raises(ModelBusy):
        await ask(chat)
    server.goes_on.set()
    assert await asyncio.gather(*asking) == ["{}", "{}"]
    assert await ask(chat) == "{}"


async def test_a_server_that_keeps_failing_is_left_alone(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply(status=503, body={"error": "no"}))
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable):
            await ask(chat)
    asked = len(server.asked)
    with pytest.raises(ModelResting):
        await ask(chat)
    assert len(server.asked) == asked


async def test_after_its_rest_it_is_asked_again(server: ScriptedServer) -> None:
    chat = ChatModel(Endpoint(url=server.url, model="chat"), rest_s=0.01)
    server.will_say(*[Reply(status=500, body={})] * FAILURES, Reply("{}"))
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable):
            await ask(chat)
    async with asyncio.timeout(10):
        while True:
            try:
                assert await ask(chat) == "{}"
                break
            except ModelResting:
                await asyncio.sleep(0)
    await chat.aclose()


async def test_after_its_rest_one_question_tries_it_and_the_others_do_not_wait(server: ScriptedServer) -> None:
    chat = ChatModel(Endpoint(url=server.url, model="chat"), rest_s=0.0)
    await rests(chat, server)
    server.will_say(Reply("{}", hangs=True))
    server.is_asked.clear()
    trial = asyncio.create_task(ask(chat))
    await server.is_asked.wait()
    with pytest.raises(ModelResting):
        await ask(chat)
    assert chat.is_resting
    server.goes_on.set()
    assert await trial == "{}"
    assert not chat.is_resting
    assert await ask(chat) == "{}"
    await chat.aclose()


async def test_a_trial_that_its_customer_gives_up_leaves_its_place_to_the_next(server: ScriptedServer) -> None:
    chat = ChatModel(Endpoint(url=server.url, model="chat"), rest_s=0.0)
    await rests(chat, server)
    server.will_say(Reply("{}", hangs=True))
    server.is_asked.clear()
    trial = asyncio.create_task(ask(chat))
    await server.is_asked.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    assert chat.is_resting
    server.will_say(Reply("{}"))
    assert await ask(chat) == "{}"
    assert not chat.is_resting
    await chat.aclose()


async def rests(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply(status=500, body={}))
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable):
            await ask(chat)
    assert chat.is_resting


async def test_one_that_is_back_is_known_to_be_though_nobody_has_a_question(server: ScriptedServer) -> None:
    chat = ChatModel(Endpoint(url=server.url, model="chat"), rest_s=0.0)
    await rests(chat, server)
    await chat.look_for()
    assert not chat.is_resting
    server.will_say(Reply("{}"))
    assert await ask(chat) == "{}"
    await chat.aclose()


async def test_one_that_does_not_say_what_it_serves_stays_alone(server: ScriptedServer) -> None:
    chat = ChatModel(Endpoint(url=server.url, model="chat"), rest_s=0.0)
    await rests(chat, server)
    server.lists_endlessly = (b" " * 16_384, 0)
    await chat.look_for()
    assert chat.is_resting
    await chat.aclose()


async def test_during_its_rest_nobody_looks_for_it(chat: ChatModel, server: ScriptedServer) -> None:
    await rests(chat, server)
    await chat.look_for()
    assert chat.is_resting


async def test_a_question_that_is_refused_says_nothing_about_the_server(
    chat: ChatModel, server: ScriptedServer
) -> None:
    server.will_say(Reply(status=400, body={"error": {"message": "too long"}}))
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelRefused):
            await ask(chat)


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{}]}, "no", [1]], ids=str)
async def test_an_answer_of_another_shape_is_no_answer(chat: ChatModel, server: ScriptedServer, body: object) -> None:
    server.will_say(Reply(body=body))
    with pytest.raises(ModelUnavailable):
        await ask(chat)


async def test_nobody_there_is_unavailable() -> None:
    chat = ChatModel(Endpoint(url="http://127.0.0.1:9/v1", model="chat"))
    with pytest.raises(ModelUnavailable):
        await ask(chat)
    await chat.aclose()


async def test_it_tells_what_is_served(chat: ChatModel) -> None:
    assert await chat.served() == ("chat",)


async def test_an_answer_without_bound_is_read_to_the_bound_only(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply(endless=(b" " * 16_384, 0)))
    with pytest.raises(AnswerTooLarge):
        await ask(chat)
    server.will_say(Reply("{}"))
    assert await ask(chat) == "{}", "its place is free again"


async def test_one_whole_answer_that_is_too_large_is_refused_and_a_large_one_is_not(
    chat: ChatModel, server: ScriptedServer
) -> None:
    server.will_say(Reply("x" * MAX_ANSWER_BYTES))
    with pytest.raises(AnswerTooLarge):
        await ask(chat)
    server.will_say(Reply("x" * (MAX_ANSWER_BYTES - 1024)))
    assert len(await ask(chat)) == MAX_ANSWER_BYTES - 1024


async def test_a_packed_answer_is_not_unpacked(chat: ChatModel, server: ScriptedServer) -> None:
    server.will_say(Reply(packed=gzip.compress(b" " * 100 * MAX_ANSWER_BYTES)))
    with pytest.raises(ModelUnavailable, match="no chat completion"):
        await ask(chat)
    assert server.headers[0]["accept-encoding"] == "identity"


async def test_an_answer_that_drips_for_ever_is_given_up_at_the_deadline(
    chat: ChatModel, server: ScriptedServer
) -> None:
    server.will_say(Reply(endless=(b" ", 0.01)))
    with pytest.raises(ModelLate):
        await ask(chat, within_s=0.2)
    assert server.sent_bytes > 0


async def test_a_server_that_sends_too_much_again_and_again_is_left_alone(
    chat: ChatModel, server: ScriptedServer
) -> None:
    server.will_say(Reply(endless=(b" " * 65_536, 0)))
    for _ in range(FAILURES):
        with pytest.raises(AnswerTooLarge):
            await ask(chat)
    with pytest.raises(ModelResting):
        await ask(chat)


async def test_neither_does_the_list_of_models_have_no_end(chat: ChatModel, server: ScriptedServer) -> None:
    server.lists_endlessly = (b" " * 16_384, 0)
    with pytest.raises(AnswerTooLarge):
        await chat.served()
    server.lists_endlessly = (b" ", 0.01)
    with pytest.raises(ModelLate):
        await chat.served(within_s=0.2)
