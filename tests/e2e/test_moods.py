"""A customer who loses patience, from outside: apologised to as set, then taken over with all that is known."""

from collections.abc import AsyncIterator

import pytest

from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from tests.e2e.conftest import Shop, open_shop

pytestmark = pytest.mark.slow


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    toml = '[mood]\nannoyed = ["soften"]\nlegal = ["legal_work_order"]\n[conversation]\nquiet_ms = 100\n'
    async with throwaway(toml) as place, Site.at(place.settings, place.status) as site:
        yield await open_shop(site)


async def test_from_annoyance_to_a_threat(shop: Shop) -> None:
    async with shop.talk() as talk:
        assert await talk.say("烦死了，台灯不想要了，没拆封，帮我退货") in {"reason", "confirm"}
        assert "不好意思" in talk.shown
        await talk.say("再不退我就找律师起诉你们，法院见")
        assert [entry.data["level"] for entry in await talk.log("mood.changed")] == ["annoyed", "threatening"]
        (handed,) = await talk.log("handoff.made")
        assert (handed.data["reason"], handed.data["is_urgent"]) == ("risk_words", True)
        assert {entry.data["kind"] for entry in await talk.log("work_order.created")} == {"legal", "complaint"}
        assert await shop.writes() == 0


async def test_who_speaks_of_dying_hears_of_help(shop: Shop) -> None:
    async with shop.talk() as talk:
        await talk.say("台灯不想要了，没拆封，帮我退货", "我不想活了")
        assert "12356" in talk.shown
        (handed,) = await talk.log("handoff.made")
        assert handed.data["reason"] == "emotion"
        assert len(await talk.log("agents.alerted")) == 1
