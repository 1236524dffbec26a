"""How often a shop's system may ask: all processes count together, and it is told what is left."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from appliance.channels.intranet.allowance import Allowances
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import TooManyRequests
from appliance.ids import ShopId
from tests.appliance.channels.whole import Whole

DEMO, OTHER = ShopId("demo"), ShopId("other")
OFTEN = 7
"""No divisor of a minute's microseconds."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 21, 2, 0, tzinfo=UTC))


async def test_a_minutes_worth_may_come_at_once_and_no_more(db: Database, clock: FixedClock) -> None:
    calls = Allowances(db, clock, OFTEN)
    left = [await calls.take(DEMO, "erp") for _ in range(OFTEN)]
    assert [each.remaining for each in left] == list(reversed(range(OFTEN)))
    assert {(each.limit, each.wait_s) for each in left} == {(OFTEN, 0)}

    refused = await calls.take(DEMO, "erp")

    assert (refused.remaining, refused.wait_s) == (0, 9)
    with pytest.raises(TooManyRequests) as error:
        refused.check()
    assert error.value.wait_s == 9


async def test_who_waits_as_long_as_he_is_told_is_let_in(db: Database, clock: FixedClock) -> None:
    calls = Allowances(db, clock, OFTEN)
    while not (wait_s := (await calls.take(DEMO, "erp")).wait_s):
        pass
    clock.move(timedelta(seconds=wait_s))
    assert (await calls.take(DEMO, "erp")).wait_s == 0
    assert (await calls.take(DEMO, "erp")).wait_s > 0, "asking in vain cost nothing, and waiting gave one"


async def test_processes_count_together_however_they_meet(db: Database, clock: FixedClock) -> None:
    processes = [Allowances(db, clock, OFTEN) for _ in range(3)]
    left = await asyncio.gather(*(each.take(DEMO, "erp") for each in processes for _ in range(OFTEN)))
    assert sum(each.wait_s == 0 for each in left) == OFTEN


async def test_each_system_of_each_shop_has_its_own(db: Database, clock: FixedClock) -> None:
    calls = Allowances(db, clock, 10)
    asked = [(DEMO, "erp"), (DEMO, "order_events"), (OTHER, "erp")]
    assert [(await calls.take(*each)).remaining for each in asked] == [9, 9, 9]


async def test_the_answer_says_what_is_left(whole: Whole) -> None:
    async with whole.http({"X-API-Key": whole.api_key}) as http:
        answers = [await http.get(f"/api/v1/{what}") for what in ("cases", "cases?cursor=x")]
        stranger = await http.get("/health/live")
    limits = [int(answer.headers["ratelimit-limit"]) for answer in answers]
    remaining = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
    assert limits == [100_000, 100_000]
    assert all(0 < each < 100_000 for each in remaining)
    assert answers[1].status_code == 422, "refused for another reason, and told all the same"
    assert int(answers[0].headers["ratelimit-reset"]) >= 1
    assert "ratelimit-limit" not in stranger.headers
