"""Words put anew by a real server with random weights: nonsense, and every customer reads the template."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from models.errors import ModelError
from models.llm.client import ChatModel, Endpoint
from models.llm.rephraser import TONES, Rephraser, Voice
from tests.appliance.dialogue.test_wording import CHECK, TEMPLATES
from tests.e2e.conftest import open_shop
from tests.vllm.server import VllmServer

pytestmark = pytest.mark.slow

UNANSWERED = {"answer_cut", "model_late", "answer_unusable"}


@pytest.fixture
async def chat(vllm_server: VllmServer) -> AsyncIterator[ChatModel]:
    model = ChatModel(
        Endpoint(url=vllm_server.base_url, model=vllm_server.model, api_key=vllm_server.api_key), at_once=16
    )
    yield model
    await model.aclose()


async def test_of_random_words_none_passes(chat: ChatModel) -> None:
    speaking = Rephraser(chat, deadline_s=20.0, at_once=16)
    outcomes: Counter[str] = Counter()
    tones = sorted(TONES)
    for at, key in enumerate(TEMPLATES):
        voice = Voice(shop_name="本店", bot_name="小助手", tone=tones[at % len(tones)])
        try:
            words = await speaking.rephrase(TEMPLATES[key], voice)
        except ModelError as error:
            outcomes[error.code] += 1
        else:
            outcomes[str(CHECK.flaw(key, TEMPLATES[key], words))] += 1
    assert outcomes["None"] == 0
    assert outcomes.keys() - UNANSWERED, "nothing was answered that could have been compared"


async def test_the_whole_appliance_goes_on_in_the_templates_words(vllm_server: VllmServer) -> None:
    toml = (
        f'[llm]\nurl = "{vllm_server.base_url}"\nmodel = "{vllm_server.model}"\n'
        f'api_key_file = "{vllm_server.api_key_file}"\nrephrase = true\nrephrase_deadline_s = 5.0\n'
        "[conversation]\nquiet_ms = 50\n"
    )
    async with throwaway(toml) as place, Site.at(place.settings, place.status) as site:
        shop = await open_shop(site)
        async with shop.talk() as talk:
            await talk.say("运费谁出", "你好", "烧水壶到哪了")
            assert not any(entry.data.get("rephrased") for entry in await talk.log("bot.said"))
            assert await talk.log("turn.given_up") == []

        vllm_server.kill()
        async with shop.talk() as talk:
            await talk.say("运费谁出")
            answer = (await talk.log("bot.said"))[-1]
            assert (answer.data["key"], answer.data["fell_back"]) == ("knowledge.return_freight", "model_unavailable")
