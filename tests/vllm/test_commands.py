"""The product's own question to the real server: what random weights answer is commands, or is not believed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from models.commands import Context, Flow, KnownLine, KnownOrder
from models.errors import ModelError, ModelRefused, ModelUnavailable
from models.llm.client import ChatModel, Endpoint
from models.llm.commander import LanguageModel
from models.llm.schema import MOST_COMMANDS
from tests.vllm.server import VllmServer

pytestmark = pytest.mark.slow

ORDERS = (KnownOrder(order_id="77001", status="delivered", lines=(KnownLine(line_id="a", title="陶瓷杯 蓝"),)),)
CONTEXT = Context(now=datetime(2026, 5, 4, tzinfo=UTC), orders=ORDERS)
SLOTS_OF = {Flow.RETURN_REFUND: ("order", "line", "reason")}


@pytest.fixture
async def chat(vllm_server: VllmServer) -> AsyncIterator[ChatModel]:
    chat = ChatModel(Endpoint(url=vllm_server.base_url, model=vllm_server.model, api_key=vllm_server.api_key))
    yield chat
    await chat.aclose()


async def test_it_says_what_it_serves(chat: ChatModel, vllm_server: VllmServer) -> None:
    assert await chat.served() == (vllm_server.model,)


async def test_every_answer_is_a_list_of_commands_or_an_error_of_ours(chat: ChatModel) -> None:
    model = LanguageModel(chat, SLOTS_OF, deadline_s=60)
    read = 0
    for words in ("杯子碎了，退", "你好", "到哪了", "转人工", "77001 那单取消", "换个红的", "发票呢", "算了"):
        try:
            prediction = await model.predict(words, CONTEXT)
        except ModelError:
            continue
        read += 1
        assert 1 <= len(prediction.commands) <= 2 * MOST_COMMANDS
    assert read > 0


async def test_words_beyond_its_context_are_refused(chat: ChatModel) -> None:
    model = LanguageModel(chat, SLOTS_OF, deadline_s=60)
    with pytest.raises(ModelRefused):
        await model.predict("退货" * 20_000, CONTEXT)


async def test_a_server_killed_in_the_middle_of_an_answer_breaks_off_is_unavailable_and_comes_back(
    chat: ChatModel, vllm_server: VllmServer
) -> None:
    """One kill for both: whoever reads an answer of it, and the product, which asks it anew."""
    model = LanguageModel(chat, SLOTS_OF, deadline_s=60)
    asked = {"model": vllm_server.model, "messages": [{"role": "user", "content": "退货"}], "max_tokens": 12_000}
    streaming = asked | {"stream": True, "ignore_eos": True}
    headers = {"Authorization": f"Bearer {vllm_server.api_key}"}
    async with (
        httpx.AsyncClient(base_url=vllm_server.base_url, headers=headers, timeout=60) as http,
        http.stream("POST", "chat/completions", json=streaming) as answer,
    ):
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("data: ")
        vllm_server.kill()
        with pytest.raises(httpx.TransportError):
            [line async for line in lines]
    assert vllm_server.pids == []
    with pytest.raises(ModelUnavailable):
        await model.predict("你好", CONTEXT)
    vllm_server.start()
    assert await chat.served() == (vllm_server.model,)
