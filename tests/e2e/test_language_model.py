"""A language model that is there, wrong, late or gone: the customer gets an answer, and money moves on a yes only."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from tests.e2e.conftest import ORDER, Shop, Talk, open_shop
from tests.models.llm.server import Reply, ScriptedServer, scripted_server

pytestmark = pytest.mark.slow

RETURN = (
    {"type": "start_flow", "flow": "return_refund", "evidence": "退"},
    {"type": "set_slot", "slot": "order", "value": ORDER, "evidence": "台灯"},
    {"type": "set_slot", "slot": "reason", "value": "seven_day", "evidence": "不想要"},
)
WORDS = "台灯不想要了，想退"


def says(*commands: dict[str, Any]) -> Reply:
    return Reply(msgspec.json.encode({"commands": commands}).decode())


@pytest.fixture
async def model() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture
async def shop(model: ScriptedServer) -> AsyncIterator[Shop]:
    toml = f'[llm]\nurl = "{model.url}"\ndeadline_s = 2.0\n[conversation]\nquiet_ms = 100\n'
    async with throwaway(toml) as place, Site.at(place.settings, place.status) as site:
        yield await open_shop(site)


async def sources(talk: Talk) -> list[tuple[str, str | None]]:
    return [(e.data["source"], e.data.get("fell_back")) for e in await talk.log("commands.understood")]


async def test_with_a_language_model(shop: Shop, model: ScriptedServer) -> None:
    async with shop.talk() as talk:
        model.will_say(says(*RETURN))
        assert await talk.say(WORDS) == "confirm"
        assert await sources(talk) == [("llm", None)]

        model.will_say(says({"type": "affirm"}))
        assert await talk.say("嗯哼，那运费算谁的来着") == "confirm"
        assert await shop.writes() == 0

        model.will_say(Reply(hangs=True))
        await talk.say("运费到底谁出")
        assert (await sources(talk))[-1] == ("compact", "model_late")

        model.will_say(Reply(status=500, body={}))
        await talk.say("多久能到账")
        assert (await sources(talk))[-1] == ("compact", "model_unavailable")

        await talk.say("确认")
        await talk.until_logged("receipt.received")
        assert await shop.writes() == 1
