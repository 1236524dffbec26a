"""An order system that gives no answer in time is left alone for a while; one that says no or fails at once is not."""

import asyncio

import pytest

from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.model import Customer
from appliance.aftersales.orders.resting import RestingOrderSystem
from appliance.clock import SystemClock
from appliance.config_orders import OrderSettings
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId

WHO = CustomerId("c")
ANY_FAILURE, NONE = 0.0, 3600.0
"""How long an unavailability takes to be a silence."""
SILENCES = OrderSettings().silences


class Asked(FakeOrderSystem):
    """Counts who comes through to it."""

    def __init__(self) -> None:
        super().__init__(SystemClock(), [Customer(customer_id=WHO, name="尚晓川", phone="14611223344")])
        self.times = 0
        self.waits = asyncio.Event()

    async def customer(self, customer_id: CustomerId) -> Customer:
        self.times += 1
        self.waits.set()
        return await super().customer(customer_id)


def resting(
    asked: FakeOrderSystem, *, silence_s: float, rest_s: float, told: list[float] | None = None
) -> RestingOrderSystem:
    settings = OrderSettings(silence_s=silence_s, rest_s=rest_s)
    return RestingOrderSystem(asked, settings, rests=([] if told is None else told).append)


async def fails(system: RestingOrderSystem, times: int) -> None:
    for _ in range(times):
        with pytest.raises(OrderSystemUnavailable):
            await system.customer(WHO)


async def test_after_some_silences_in_a_row_it_is_not_asked() -> None:
    asked = Asked()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=NONE)
    asked.is_down = True
    await fails(system, SILENCES)
    asked.is_down = False
    with pytest.raises(OrderSystemUnavailable, match="left alone"):
        await system.customer(WHO)
    with pytest.raises(OrderSystemUnavailable, match="left alone"):
        await system.orders_of(WHO)
    assert asked.times == SILENCES


async def test_each_rest_is_told_once_and_how_long_it_is() -> None:
    asked, told = Asked(), list[float]()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=NONE, told=told)
    asked.is_down = True
    await fails(system, SILENCES - 1)
    assert told == []
    await fails(system, 4)
    assert told == [NONE]


async def test_after_how_many_silences_it_rests_is_set() -> None:
    asked = Asked()
    settings = OrderSettings(silences=1, silence_s=ANY_FAILURE, rest_s=NONE)
    system = RestingOrderSystem(asked, settings, rests=lambda _: None)
    asked.is_down = True
    await fails(system, 3)
    assert asked.times == 1


async def test_after_its_rest_the_first_answer_decides() -> None:
    asked = Asked()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=0)
    asked.is_down = True
    await fails(system, SILENCES + 1)
    assert asked.times == SILENCES + 1
    asked.is_down = False
    assert (await system.customer(WHO)).customer_id == WHO
    asked.is_down = True
    await fails(system, SILENCES - 1)
    asked.is_down = False
    assert (await system.customer(WHO)).customer_id == WHO


async def test_what_fails_at_once_is_asked_every_time() -> None:
    asked = Asked()
    system = resting(asked, silence_s=NONE, rest_s=NONE)
    asked.is_down = True
    await fails(system, 3 * SILENCES)
    assert asked.times == 3 * SILENCES


async def test_a_no_is_no_silence_and_ends_a_row_of_them() -> None:
    asked = Asked()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=NONE)
    for _ in range(SILENCES):
        asked.is_down = True
        await fails(system, SILENCES - 1)
        asked.is_down = False
        with pytest.raises(NotFound):
            await system.customer(CustomerId("nobody"))
    assert asked.times == SILENCES * SILENCES


class Hanging(Asked):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()

    async def customer(self, customer_id: CustomerId) -> Customer:
        self.times += 1
        self.waits.set()
        await self.answers.wait()
        return await FakeOrderSystem.customer(self, customer_id)


async def given_up(system: RestingOrderSystem, asked: Hanging) -> None:
    """By the turn that waits for it."""
    asked.waits.clear()
    turn = asyncio.create_task(system.customer(WHO))
    await asked.waits.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn


async def test_a_turn_that_is_given_up_early_counts_for_nothing() -> None:
    asked = Hanging()
    system = resting(asked, silence_s=NONE, rest_s=NONE)
    for _ in range(2 * SILENCES):
        await given_up(system, asked)
    assert asked.times == 2 * SILENCES


async def test_a_turn_that_is_given_up_late_is_a_silence() -> None:
    asked = Hanging()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=NONE)
    for _ in range(SILENCES):
        await given_up(system, asked)
    with pytest.raises(OrderSystemUnavailable, match="left alone"):
        await system.customer(WHO)


async def test_after_its_rest_one_tries_it_and_the_others_wait_for_nothing() -> None:
    asked = Hanging()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=0)
    for _ in range(SILENCES):
        await given_up(system, asked)
    asked.waits.clear()
    trial = asyncio.create_task(system.customer(WHO))
    await asked.waits.wait()
    for _ in range(5):
        with pytest.raises(OrderSystemUnavailable, match="left alone"):
            await system.customer(WHO)
    assert asked.times == SILENCES + 1
    asked.answers.set()
    assert (await trial).customer_id == WHO
    assert (await system.customer(WHO)).customer_id == WHO


async def test_a_trial_that_is_given_up_leaves_its_place_to_the_next() -> None:
    asked = Hanging()
    system = resting(asked, silence_s=ANY_FAILURE, rest_s=0)
    for _ in range(SILENCES + 2):
        await given_up(system, asked)
    assert asked.times == SILENCES + 2
    asked.answers.set()
    assert (await system.customer(WHO)).customer_id == WHO
