"""A part that is gone while a customer talks: the rung is seen wherever people look, he is answered, and it is left."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from appliance.installation.rungs import Rung
from tests.e2e.chaos.conftest import Place
from tests.e2e.chaos.proxy import Fault
from tests.e2e.chaos.trial import PLACE, QUESTION, rung_sign
from tests.e2e.conftest import Shop, open_shop
from tests.e2e.people import Office, Session
from tests.e2e.test_metrics import scrape, value

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def agent(place: Place) -> AsyncIterator[Session]:
    async with httpx.AsyncClient(base_url=place.appliance.web_url, trust_env=False, timeout=60) as http:
        office = Office(place.appliance)
        await office.open(http)
        yield await office.log_in(http, await office.hire(http, "agent", shops=("demo",)))


class Window:
    """Where people look: the command, a monitoring system, the console."""

    def __init__(self, place: Place, agent: Session) -> None:
        self._place = place
        self._agent = agent

    async def shows(self, rung: Rung) -> list[bool]:
        program = [sys.executable, "-m", "appliance.cli.main", "status"]
        asked = await asyncio.create_subprocess_exec(
            *program, env=self._place.appliance.environment, cwd="/", stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asked.communicate()
        metrics = await scrape(self._place.appliance)
        banner = await self._agent.ask("GET", "/installation/rungs")
        return [
            any("does without" in line and f": {rung} " in line for line in said.decode().splitlines()),
            value(metrics, "appliance_rung", rung=rung) == 1,
            rung in {each["rung"] for each in banner},
        ]


async def asked(shop: Shop) -> str:
    """What a customer who has just come is answered."""
    async with shop.talk() as talk:
        before = len(talk.conversation.said_by_bot())
        await talk.say(QUESTION)
        said = talk.conversation.said_by_bot()[before:]
        return "\n".join([*(event.text for event in said), *(line for e in said for c in e.cards for line in c.lines)])


@asynccontextmanager
async def customers(shop: Shop, answers: list[str]) -> AsyncIterator[None]:
    """One after another, for as long as something is waited for. That each was answered is seen at the end."""

    is_over = asyncio.Event()

    async def come() -> None:
        while not is_over.is_set():
            answers.append(await asked(shop))

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        is_over.set()
        await coming


async def is_reached_and_left(
    place: Place,
    agent: Session,
    shop: Shop,
    rung: Rung,
    failing: Callable[[Fault], AbstractAsyncContextManager[None]],
) -> list[str]:
    """The answers while it lasted."""
    window, sign = Window(place, agent), rung_sign(place.state_dir, rung)
    assert PLACE in await asked(shop)
    assert await window.shows(rung) == [False, False, False]
    async with failing(Fault.KILLED):
        answers = list[str]()
        async with customers(shop, answers):
            await sign.comes()
            assert await window.shows(rung) == [True, True, True]
        answers.append(await asked(shop))
    async with customers(shop, []):
        await sign.goes()
    assert await window.shows(rung) == [False, False, False]
    assert PLACE in await asked(shop)
    assert all(answers)
    return answers


@pytest.mark.control("M-32")
async def test_without_any_language_model_customers_are_told_the_same(place: Place, agent: Session) -> None:
    shop = await open_shop(place.site)
    answers = await is_reached_and_left(place, agent, shop, Rung.COMPACT_MODEL, place.models.failing)
    assert all(PLACE in each for each in answers)


@pytest.mark.control("M-32")
async def test_while_the_language_model_is_away_the_smaller_one_is_asked(place: Place, agent: Session) -> None:
    shop, before = await open_shop(place.site), len(place.models.below.asked)
    answers = await is_reached_and_left(place, agent, shop, Rung.SMALLER_MODEL, place.models.first.failing)
    assert all(PLACE in each for each in answers)
    assert len(place.models.below.asked) > before


@pytest.mark.control("M-32")
async def test_without_the_order_system_customers_are_told_so(place: Place, agent: Session) -> None:
    proxy = await place.order_proxy()
    shop = await open_shop(place.site, proxy.url)
    answers = await is_reached_and_left(place, agent, shop, Rung.WORK_ORDERS, proxy.failing)
    assert not any(PLACE in each for each in answers)
