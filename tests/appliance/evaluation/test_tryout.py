"""Whoever looks at the demo finds an order for every flow, as fresh as today, that understanding hears as meant."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from appliance.demo.order_system.fixture import Fixture
from appliance.demo.order_system.loading import documents_of
from appliance.demo.tryout import Person, Try
from appliance.evaluation import tryout
from models.commands import CancelFlow, Context, Flow, KnownLine, KnownOrder, StartFlow
from models.compact.model import CompactModel

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
FOUND = tryout.at(NOW)
TRIES = [(person, each) for person in FOUND.people for each in person.tries]


@pytest.fixture(scope="module")
def model() -> CompactModel:
    return CompactModel.load()


def test_every_flow_can_be_tried() -> None:
    assert {each.flow for _, each in TRIES} == set(Flow)


def test_the_demo_order_system_takes_it_whole() -> None:
    stocked = documents_of(msgspec.convert(FOUND.fixtures, Fixture, strict=False))
    assert {member.member_no for member in stocked.members} == {person.id for person in FOUND.people}
    assert all(FOUND.orders_of(person) for person in FOUND.people)


def test_orders_are_as_fresh_as_the_run_and_have_numbers_of_their_own() -> None:
    again = tryout.at(NOW + timedelta(days=1))
    numbers = {each["order_id"] for each in FOUND.fixtures["orders"]}
    assert numbers.isdisjoint(each["order_id"] for each in again.fixtures["orders"])
    delivered = [
        datetime.fromisoformat(each["delivered_at"]) for each in again.fixtures["orders"] if each["delivered_at"]
    ]
    assert max(delivered) > NOW - timedelta(days=3)


@pytest.mark.parametrize(("person", "each"), TRIES, ids=[each.say for _, each in TRIES])
def test_what_is_said_first_begins_what_is_to_be_tried(model: CompactModel, person: Person, each: Try) -> None:
    first = FOUND.fixtures["customer"]["id"]
    orders = tuple(
        KnownOrder(
            order_id=raw["order_id"],
            status=raw["status"],
            delivered_at=datetime.fromisoformat(raw["delivered_at"]) if raw["delivered_at"] else None,
            lines=tuple(KnownLine(line_id=line["line_id"], title=line["title"]) for line in raw["lines"]),
        )
        for raw in FOUND.fixtures["orders"]
        if raw.get("customer_id", first) == person.id
    )
    heard = model.predict(each.say, Context(now=NOW, orders=orders)).commands
    assert StartFlow(flow=each.flow) in heard or heard[0] == CancelFlow()
