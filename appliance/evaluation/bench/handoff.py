"""``bench handoff``: from a customer's 转人工 to an agent's console, beside a bare NOTIFY round trip in the same run.

Customers arrive at a steady rate whatever the answers take; everything shares this machine, both sides of the line too.
"""

import asyncio
import math
import time
from collections.abc import Callable

import psycopg

from appliance.client.chat import ChatClient
from appliance.db.location import database_url
from appliance.evaluation.bench import model
from appliance.evaluation.bench.agents import CAPACITY, Consoles, consoles
from appliance.evaluation.bench.model import NotMeasured, Report
from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import OneShop, Site

WORDS = "转人工"
SHOP = "bench"
ROUND_TRIPS = 300
LIMITS = "[limits]\nstarts_per_min = 100000\n"
PATIENCE_S = 60.0


async def measure(duration_s: float, per_s: float, say: Callable[[str], None]) -> Report:
    count = math.ceil(duration_s * per_s)
    async with throwaway(LIMITS, say=say) as place:
        async with Site.at(place.settings, place.status) as site:
            await OneShop.opened(site, SHOP)
        agents = math.ceil(count / CAPACITY) + 1
        say(f"{agents} agents, {count} customers who ask for a person, {per_s:g} a second")
        async with consoles(place.settings, place.web_url, SHOP, agents) as made:
            asked = await _arrive(place.web_url, count, per_s)
            took = await _took(made, asked)
        say("the baseline, a bare NOTIFY round trip")
        bare = await _round_trips(database_url(place.settings))
    return Report(
        measures=(model.latency("handoff_ms", took, bare), model.rate("handoffs_per_second", per_s)),
        machine=model.machine(),
    )


async def _arrive(web_url: str, count: int, per_s: float) -> dict[str, float]:
    """When each conversation asked, in seconds of the loop."""
    asked: dict[str, float] = {}
    loop = asyncio.get_running_loop()

    async def one(client: ChatClient, number: int, began: float) -> None:
        await asyncio.sleep(max(0.0, began + number / per_s - loop.time()))
        async with await client.start(SHOP) as conversation:
            asked[conversation.conversation_id] = loop.time()
            sent = await conversation.say(WORDS)
            await conversation.turn_end(sent)

    async with ChatClient(web_url) as client:
        began = loop.time()
        await asyncio.gather(*(one(client, number, began) for number in range(count)))
    return asked


async def _took(made: Consoles, asked: dict[str, float]) -> list[float]:
    """Milliseconds from asking to the console, of everybody."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while asked.keys() - made.given.keys():  # noqa: ASYNC110 - consoles tell nobody
                await asyncio.sleep(0.1)
    except TimeoutError as late:
        raise NotMeasured(f"{len(asked.keys() - made.given.keys())} customers reached no console") from late
    return [(made.given[each] - at) * 1000 for each, at in asked.items()]


async def _round_trips(url: str) -> list[float]:
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as hears,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as tells,
    ):
        await hears.execute("LISTEN bench_handoff")
        took = []
        for _ in range(ROUND_TRIPS):
            began = time.perf_counter()
            await tells.execute("NOTIFY bench_handoff")
            async for _heard in hears.notifies(timeout=PATIENCE_S, stop_after=1):
                pass
            took.append((time.perf_counter() - began) * 1000)
    return took
