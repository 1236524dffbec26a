"""A language model that puts words anew, well and badly, over HTTP: the customer reads good ones or the template."""

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from tests.e2e.conftest import Shop, Talk, open_shop
from tests.models.llm.server import Reply, ScriptedServer, scripted_server

pytestmark = pytest.mark.slow

_ORIGINAL = re.compile(r"【原文】\n(.*)\n【完】\Z", re.DOTALL)


class Twofold:
    """Understands nothing, so that the compact model does; puts words anew as ``ending`` says."""

    def __init__(self) -> None:
        self.ending = ""
        self.status = 200
        self.hangs = False

    async def answer(self, body: dict[str, Any], _: dict[str, str]) -> Reply:
        properties = body["response_format"]["json_schema"]["schema"]["properties"]
        if "commands" in properties:
            return Reply('{"commands": [{"type": "none"}]}')
        found = _ORIGINAL.search(body["messages"][-1]["content"])
        assert found is not None
        text = msgspec.json.encode({"text": f"您好，{found[1]}{self.ending}"}).decode()
        return Reply(text, status=self.status)


@pytest.fixture
async def model() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture
def speaker(model: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Twofold:
    twofold = Twofold()
    monkeypatch.setattr(model, "answer", twofold.answer)
    return twofold


@pytest.fixture
async def shop(model: ScriptedServer) -> AsyncIterator[Shop]:
    toml = f'[llm]\nurl = "{model.url}"\nrephrase = true\n[conversation]\nquiet_ms = 100\n'
    async with throwaway(toml) as place, Site.at(place.settings, place.status) as site:
        yield await open_shop(site)


async def last(talk: Talk) -> tuple[bool, str | None]:
    data = (await talk.log("bot.said"))[-1].data
    return data.get("rephrased", False), data.get("fell_back")


async def test_good_words_are_shown_and_bad_ones_never(shop: Shop, speaker: Twofold) -> None:
    async with shop.talk() as talk:
        await talk.say("退货运费谁出")
        assert await last(talk) == (True, None)
        assert "您好，寄回的运费" in talk.shown

        for ending, why in (
            ("已为您全额退款。", "claim"),
            ("24小时内到账。", "figure"),
            ("请看 http://x.cn", "format"),
        ):
            speaker.ending = ending
            await talk.say("退货运费谁出")
            assert await last(talk) == (False, why)
            assert ending not in talk.shown

        speaker.status = 500
        await talk.say("退货运费谁出")
        assert await last(talk) == (False, "model_unavailable")

        speaker.status, speaker.ending = 200, ""
        assert await talk.return_the_lamp() == "confirm"
        await talk.say("确认")
        await talk.until_logged("receipt.received")
        assert await shop.writes() == 1
        told = {entry.data["key"]: entry.data.get("rephrased", False) for entry in await talk.log("bot.said")}
        assert [
            key for key, anew in told.items() if anew and key.split(".")[0] in {"quote", "confirm", "receipt"}
        ] == []
