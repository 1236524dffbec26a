"""The bench: its customers, its figures, and what it makes of them."""

import asyncio
import os
import subprocess
import sys
from random import Random
from typing import Any

import msgspec
import pytest

from appliance.client import Conversation
from appliance.evaluation.bench import model
from appliance.evaluation.bench.crowd import Crowd
from appliance.evaluation.bench.processor import cpu_s
from appliance.evaluation.bench.supply import Person, Supply, mix

Fake = Any


class Warehouse:
    """Where the fixtures of a supply go."""

    def __init__(self) -> None:
        self.loaded: list[dict[str, Any]] = []

    async def load(self, fixtures: dict[str, Any]) -> None:
        self.loaded.append(fixtures)


async def supply_of(people: int, warehouse: Warehouse | None = None) -> Supply:
    supply = Supply(mix(), (warehouse or Warehouse()).load)
    await supply.stock(people)
    return supply


async def test_everybody_has_an_id_and_orders_of_his_own() -> None:
    warehouse = Warehouse()
    supply = await supply_of(250, warehouse)
    orders = [order for fixtures in warehouse.loaded for order in fixtures["orders"]]
    customers = {fixtures["customer"]["id"] for fixtures in warehouse.loaded}
    customers |= {each["id"] for fixtures in warehouse.loaded for each in fixtures["customers"]}
    assert (len(supply), len(customers), len({order["order_id"] for order in orders})) == (250, 250, 250)
    assert {order["customer_id"] for order in orders} == customers


async def test_people_come_by_weight_and_evenly() -> None:
    supply = await supply_of(10)
    people = [supply.next() for _ in range(10)]
    kinds = [person.case.id for person in people if person]
    assert kinds.count("bench-return") == 4
    assert kinds[:2] != ["bench-return", "bench-return"]
    assert supply.next() is None


async def test_a_crowd_speaks_until_time_is_up_and_counts_its_turns(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(awaiting=None)) as fake, fake.client() as client:

        async def start(person: Person) -> Conversation:
            conversation: Conversation = await client.start(person.case.customer.id)
            return conversation

        pressed = await Crowd(await supply_of(20), start).press(4, 10.0)
        arrived = await Crowd(await supply_of(20), start).arrive(400.0, 10.0, Random(1))  # noqa: S311
        assert (pressed.conversations, pressed.failed) == (20, 0)
        assert (arrived.conversations, arrived.failed) == (20, 0)
        assert len(pressed.ms) == sum(len(stand.heard) for stand in fake.stands.values()) - len(arrived.ms)


async def test_conversations_that_break_off_are_counted_and_the_crowd_goes_on() -> None:
    async def start(person: Person) -> Conversation:
        raise ConnectionRefusedError(person.case.id)

    turns = await Crowd(await supply_of(5), start).press(2, 10.0)
    assert (turns.conversations, turns.failed) == (5, 5)
    assert turns.why.startswith("ConnectionRefusedError")


def test_a_measure_stands_beside_its_baseline() -> None:
    report = model.Report(
        measures=(
            model.rate("turns_per_second", 50.123456, 500.0),
            model.latency("turn_ms", [1.0, 2.0, 30.0], [0.5]),
            model.plain("cores", "cores", 0.25),
        ),
        machine=model.machine(),
    )
    decoded = msgspec.json.decode(report.as_json())
    assert decoded["measures"] == [
        {
            "name": "turns_per_second",
            "unit": "1/s",
            "value": 50.12,
            "baseline": 500.0,
            "ratio": 0.1002,
            "p50": None,
            "p95": None,
        },
        {"name": "turn_ms", "unit": "ms", "value": 2.0, "baseline": 0.5, "ratio": 4.0, "p50": 2.0, "p95": 30.0},
        {
            "name": "cores",
            "unit": "cores",
            "value": 0.25,
            "baseline": None,
            "ratio": None,
            "p50": None,
            "p95": None,
        },
    ]
    assert decoded["machine"]["cpus"] == os.cpu_count()


def test_what_was_not_measured_has_no_number() -> None:
    assert model.latency("turn_ms", []).value is None


@pytest.mark.parametrize("children", [0, 1])
def test_processor_time_counts_children_too(children: int) -> None:
    work = "sum(i * i for i in range(400_000))"
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{work}'])" if children else work
    before = cpu_s(os.getpid())
    subprocess.run([sys.executable, "-c", inner], check=True)
    assert cpu_s(os.getpid()) > before


async def test_processor_time_of_nobody_is_nothing() -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    assert cpu_s(gone.pid) == 0.0
