"""``bench text``: whole conversations at saturation and at half of it, beside one durable row a request.

Where more shares of saturation are asked for, a turn's mean at each of them stands beside what queueing says: the mean
at the lowest share, and by how much longer than there a core is waited for (M/M/c, a turn taking its cores' share of a
second at saturation).

Everything shares this machine: appliance, PostgreSQL, demo order system, and the load generator, whose share is told.
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random
from statistics import fmean

from appliance.client.chat import Conversation
from appliance.db.location import owner_url
from appliance.evaluation.bench import model, rows
from appliance.evaluation.bench.crowd import Crowd, Turns, turns_a_conversation
from appliance.evaluation.bench.model import Measure, Report
from appliance.evaluation.bench.processor import cpu_s
from appliance.evaluation.bench.supply import Person, Supply, mix
from appliance.evaluation.sizing.queueing import mean_wait_s
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import OneShop, Site

PEOPLE = 24
"""At once, at saturation: more add waiting and no turns."""
WARM_UP_S = 6.0
_SEED = 20261
_SPARE = 1.6
"""More customers are made ready than the rate so far would use up."""


async def measure(duration_s: float, loads: Sequence[int], say: Callable[[str], None]) -> Report:
    """``loads``: further ones, in percent of saturation."""
    async with throwaway(say=say) as place, Site.at(place.settings, place.status) as site:
        shop = await OneShop.opened(site, "bench")
        supply = Supply(mix(), shop.load)

        async def start(person: Person) -> Conversation:
            return await shop.start(person.case)

        bench = _Bench(place, supply, start, say)
        return await bench.run(duration_s, sorted(set(loads)))


class _Bench:
    def __init__(
        self,
        place: Throwaway,
        supply: Supply,
        start: Callable[[Person], Awaitable[Conversation]],
        say: Callable[[str], None],
    ) -> None:
        self._place = place
        self._supply = supply
        self._crowd = Crowd(supply, start)
        self._say = say

    async def run(self, duration_s: float, loads: Sequence[int]) -> Report:
        warm = await self._warm_up()
        await self._restock(warm, WARM_UP_S, (2 + sum(loads) / 100) * duration_s)
        self._say(f"{PEOPLE} customers at once for {duration_s:.0f} s")
        cpu, own, began = cpu_s(self._place.status.pid), rows.own_cpu_s(), time.perf_counter()
        full = _sound(await self._crowd.press(PEOPLE, duration_s))
        took = time.perf_counter() - began
        cpu, own = cpu_s(self._place.status.pid) - cpu, rows.own_cpu_s() - own
        turns_per_s = len(full.ms) / took

        arrivals = turns_per_s / turns_a_conversation(full)
        self._say(f"half of that, {turns_per_s / 2:.1f} turns/s, arriving whatever the answers take")
        half = await self._arriving(arrivals / 2, duration_s)
        at_loads = {}
        for load in loads:
            self._say(f"{load}% of that")
            at_loads[load] = await self._arriving(arrivals * load / 100, duration_s)

        self._say("the baseline, one durable row a request")
        row_ms, half_row_ms = await self._baseline(duration_s / 2)
        rows_per_s = len(row_ms) / (duration_s / 2)
        return Report(
            measures=(
                model.rate("turns_per_second", turns_per_s, rows_per_s),
                model.latency("turn_ms_at_saturation", full.ms, row_ms),
                model.latency("turn_ms_at_half_load", half.ms, half_row_ms),
                model.plain("cpu_ms_per_turn", "ms", cpu * 1000 / len(full.ms)),
                model.plain("load_generator_cores", "cores", own / took),
                model.plain("turns_per_conversation", "turns", turns_a_conversation(full)),
                *_beside_queueing(at_loads, turns_per_s, duration_s),
            ),
            machine=model.machine(),
        )

    async def _arriving(self, conversations_per_s: float, duration_s: float) -> Turns:
        chance = Random(_SEED)  # noqa: S311 - not for secrets
        return _sound(await self._crowd.arrive(conversations_per_s, duration_s, chance))

    async def _warm_up(self) -> Turns:
        self._say("warming up")
        await self._supply.stock(400)
        return _sound(await self._crowd.press(PEOPLE, WARM_UP_S))

    async def _restock(self, seen: Turns, seconds: float, ahead_s: float) -> None:
        needed = int(_SPARE * seen.conversations / seconds * ahead_s) + PEOPLE - len(self._supply)
        if needed > 0:
            await self._supply.stock(needed)

    async def _baseline(self, duration_s: float) -> tuple[list[float], list[float]]:
        url = owner_url(self._place.settings)
        async with rows.baseline_at(url, self._place.environment) as port:
            await rows.write_rows(port, PEOPLE, 1.0)
            full = await rows.write_rows(port, PEOPLE, duration_s)
            return full, await rows.write_rows(port, PEOPLE, duration_s, len(full) / duration_s / 2)


def _beside_queueing(at_loads: dict[int, Turns], turns_per_s: float, duration_s: float) -> Iterator[Measure]:
    """Each load is told as it was, for chance arrivals are never quite as many as were meant."""
    cores = os.cpu_count() or 1
    service_s = cores / turns_per_s
    base_ms = None
    for load, turns in at_loads.items():
        mean_ms, came = fmean(turns.ms), len(turns.ms) / duration_s
        wait_ms = mean_wait_s(cores, came * service_s, service_s) * 1000
        base_ms = mean_ms - wait_ms if base_ms is None else base_ms
        yield model.plain(f"turns_per_second_at_{load}", "1/s", came)
        yield model.compared(f"mean_turn_ms_at_{load}", "ms", mean_ms, base_ms + wait_ms)


def _sound(turns: Turns) -> Turns:
    """A number from conversations that broke off would be worth nothing."""
    if turns.failed or not turns.ms:
        raise model.NotMeasured(f"{turns.failed} of {turns.conversations} conversations broke off: {turns.why}")
    return turns
