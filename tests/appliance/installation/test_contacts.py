"""Whether the shops' order systems answer, put together from what each process saw."""

from datetime import timedelta
from pathlib import Path

import pytest

from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.model import CaseReceipt, Customer
from appliance.aftersales.orders.operations import ReadName
from appliance.clock import SystemClock
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, ShopId, uuid7
from appliance.installation import rules
from appliance.installation.contacts import ContactBook, merged, read
from appliance.installation.model import Contact, State
from appliance.joints.watched_orders import WatchedOrderSystem
from tests.appliance.dialogue.world import plain_orders

SHOP = ShopId("demo")


class Silent(FakeOrderSystem):
    async def customer(self, _: CustomerId) -> Customer:
        raise OrderSystemUnavailable("no answer")

    async def find_operation(self, _: OperationId) -> CaseReceipt | None:
        raise OrderSystemUnavailable("it cannot look")


async def test_a_no_is_an_answer_and_silence_is_none() -> None:
    book = ContactBook(SystemClock())
    talking = WatchedOrderSystem(FakeOrderSystem(SystemClock()), SHOP, book, frozenset())
    silent = WatchedOrderSystem(Silent(SystemClock()), SHOP, book, frozenset())
    for _ in range(2):
        with pytest.raises(OrderSystemUnavailable):
            await silent.customer(CustomerId("c"))
    assert (book.known[SHOP].failures_in_row, book.known[SHOP].failure) == (2, OrderSystemUnavailable.code)
    with pytest.raises(NotFound):
        await talking.customer(CustomerId("nobody"))
    assert book.known[SHOP].failures_in_row == 0
    assert book.known[SHOP].answered_at is not None


async def test_a_read_that_an_order_system_has_not_says_nothing_of_it() -> None:
    book = ContactBook(SystemClock())
    silent = WatchedOrderSystem(Silent(SystemClock()), SHOP, book, frozenset({ReadName.FIND_OPERATION}))
    with pytest.raises(OrderSystemUnavailable):
        await silent.find_operation(OperationId(uuid7()))
    assert book.known == {}


async def test_the_goods_of_orders_that_were_looked_up_are_told() -> None:
    clock, told = SystemClock(), list[tuple[str, str, list[str]]]()
    system = FakeOrderSystem(clock)
    order, *_ = plain_orders()
    system.load((), (order,))
    watched = WatchedOrderSystem(
        system, SHOP, ContactBook(clock), frozenset(), lambda *each: told.append((each[0], each[1], list(each[2])))
    )
    await watched.orders_of(order.customer_id)
    assert told == [(SHOP, order.customer_id, [line.title for line in order.lines])]


async def test_what_other_processes_saw_is_read_and_what_came_last_counts(tmp_path: Path) -> None:
    worker, web = ContactBook(SystemClock()), ContactBook(SystemClock())
    worker.failed(SHOP, "order_system_unavailable")
    await worker.write(tmp_path, "worker")
    assert read(tmp_path, web.known)[SHOP].failures_in_row == 1
    web.answered(SHOP)
    found = read(tmp_path, web.known)[SHOP]
    assert (found.failures_in_row, found.failure) == (0, "order_system_unavailable")


def test_failures_after_the_last_answer_of_another_process_stand() -> None:
    at = SystemClock().now()
    answered = Contact(answered_at=at)
    failing = Contact(failed_at=at + timedelta(seconds=1), failure="outcome_unknown", failures_in_row=4)
    assert merged(answered, failing) == merged(failing, answered)
    assert merged(answered, failing).failures_in_row == 4


async def test_one_that_is_left_alone_is_so_until_another_process_was_answered(tmp_path: Path) -> None:
    worker, web, clock = ContactBook(SystemClock()), ContactBook(SystemClock()), SystemClock()
    for _ in range(2):
        worker.rests(SHOP, 10)
        worker.failed(SHOP, "order_system_unavailable")
    await worker.write(tmp_path, "worker")
    found = read(tmp_path, web.known)[SHOP]
    assert rules.order_system(found, clock.now(), is_connected=True) is State.RESTING
    assert rules.order_system(found, clock.now() + timedelta(seconds=11), is_connected=True) is State.FAILING
    web.answered(SHOP)
    assert read(tmp_path, web.known)[SHOP].rests_until is None
    worker.answered(SHOP)
    assert rules.order_system(worker.known[SHOP], clock.now(), is_connected=True) is State.WELL
