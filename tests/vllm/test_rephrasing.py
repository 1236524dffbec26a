"""Words put anew by a real server with random weights: nonsense, and every customer reads the template."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from models.errors import ModelError
from models.llm.client import ChatModel, Endpoint
from models.llm.rephraser import TONES, Rephraser, Voice
from tests.appliance.dialogue.test_wording import CHECK, TEMPLATES
from tests.e2e.chaos.proxy import Fault, Proxy, address_of
from tests.e2e.conftest import open_shop
from tests.vllm.server import VllmServer

pytestmark = pytest.mark.slow

AT_ONCE = 6


@pytest.fixture
async def chat(vllm_server: VllmServer) -> AsyncIterator[ChatModel]:
    model = ChatModel(
        Endpoint(url=vllm_server.base_url, model=vllm_server.model, api_key=vllm_server.api_key), at_once=16
    )
    yield model
    await model.aclose()


async def test_of_random_words_none_passes(chat: ChatModel) -> None:
    speaking, room = Rephraser(chat, deadline_s=60.0, at_once=2 * AT_ONCE), asyncio.Semaphore(AT_ONCE)
    tones, found = sorted(TONES), list[str | None]()

    async def try_one(at: int, key: str) -> None:
        """What is cut off, late or no answer at all cannot be compared."""
        voice = Voice(shop_name="本店", bot_name="小助手", tone=tones[at % len(tones)])
        async with room:
            with suppress(ModelError):
                words = await speaking.rephrase(TEMPLATES[key], voice)
                found.append(CHECK.flaw(TEMPLATES[key], words))

    await asyncio.gather(*(try_one(at, key) for at, key in enumerate(TEMPLATES)))
    assert found, "nothing was answered that could have been compared"
    assert None not in found


async def test_the_whole_appliance_goes_on_in_the_templates_words(vllm_server: VllmServer) -> None:
    async with Proxy.before(address_of(vllm_server.base_url)) as proxy:
        toml = (
            f'[llm]\nurl = "{proxy.url}/v1"\nmodel = "{vllm_server.model}"\n'
            f'api_key_file = "{vllm_server.api_key_file}"\nrephrase = true\nrephrase_deadline_s = 5.0\n'
            "[conversation]\nquiet_ms = 50\n"
        )
        async with throwaway(toml) as place, Site.at(place.settings, place.status) as site:
            shop = await open_shop(site)
            async with shop.talk() as talk:
                await talk.say("运费谁出", "你好", "烧水壶到哪了")
                assert not any(entry.data.get("rephrased") for entry in await talk.log("bot.said"))
                assert await talk.log("turn.given_up") == []

            async with proxy.failing(Fault.KILLED), shop.talk() as talk:
                await talk.say("运费谁出")
                answer = (await talk.log("bot.said"))[-1]
                said = (answer.data["key"], answer.data["fell_back"])
                assert said == ("knowledge.return_freight", "model_unavailable")
