"""Labels as a client gets them: in words when a conversation starts, at each thing said, and in what is exported."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from security import aigc

Fixture = Any


@pytest.fixture
async def http(place: Fixture) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=place.web_url, trust_env=False, timeout=30) as http:
        yield http


@pytest.mark.control("L-01", "K10")
async def test_starting_gives_the_words_to_keep_showing(http: httpx.AsyncClient, shop: Fixture) -> None:
    answer = await http.post("/api/chat/v1/conversations", json={"shop": shop.name})
    assert (answer.status_code, answer.json()["ai_label"]) == (201, "本服务由人工智能提供")


@pytest.mark.control("L-01", "L-04")
async def test_everything_the_bot_says_is_labelled_and_nothing_the_customer_says(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认", "转人工")
        labelled = {(event.speaker.value, event.is_ai) for event in talk.conversation.events if event.text}
    assert labelled == {("system", True), ("bot", True), ("customer", False)}


@pytest.mark.control("L-03", "G-04")
async def test_an_export_saved_to_a_file_still_says_what_it_is(http: httpx.AsyncClient, shop: Fixture) -> None:
    async with shop.talk() as talk:
        number = talk.conversation.conversation_id
        await talk.say("你好")
    headers = {"authorization": f"Bearer {shop.keys.api_key}"}
    exported = await http.get(f"/api/v1/conversations/{number}/trace", headers=headers)

    assert aigc.read(exported.content) == aigc.Metadata(content_producer=shop.name, produce_id=number)
    [model] = exported.json()["models"]
    assert model.startswith("compact/")
    assert len(model) > len("compact/")
