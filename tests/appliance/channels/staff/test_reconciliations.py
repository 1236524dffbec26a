"""Reconciliation on demand, from outside: who may, what it says, and what becomes of what it finds."""

from typing import Any

import msgspec
import pytest

from appliance.ids import uuid7
from security.access.permissions import Role
from tests.appliance.channels.staff.test_special_refunds import ORDER, Shop, approve
from tests.appliance.channels.staff.test_values import SHOP
from tests.appliance.channels.staff.world import Browser, StaffWorld

BODY = {"shop": SHOP, "days": 30}


@pytest.fixture
async def shop(staff: StaffWorld) -> Shop:
    """One refund was approved and written."""
    made = await Shop(staff).begin()
    agent, approver = await made.person(Role.AGENT, SHOP), await made.person(Role.APPROVER, SHOP)
    await approve(approver, await made.proposed(agent))
    await made.carry_out()
    staff.world.clock.move(minutes=2)
    return made


def show(staff: StaffWorld, *keys: str) -> None:
    """What the order system has besides: cases under keys of ours that we know nothing of."""
    [order] = staff.shop._orders.values()
    own = tuple(case for case in order.cases if not case.case_id.startswith("X"))
    more = tuple(msgspec.structs.replace(own[0], case_id=f"X{key}", operation_id=key) for key in keys)
    staff.shop.load(orders=[msgspec.structs.replace(order, cases=(*own, *more))])


async def reconcile(browser: Browser, **more: Any) -> Any:
    answer = await browser.post("/reconciliations", BODY | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_supervisor_has_both_sides_compared_again(staff: StaffWorld, shop: Shop) -> None:
    supervisor = await shop.person(Role.SUPERVISOR, SHOP)
    for _ in range(2):
        report = await reconcile(supervisor)
        assert (report["compared"], report["differences"], report["is_complete"]) == (1, [], True)
    told = [event for event in await staff.world.records() if event["action"] == "operation.reconcile"]
    assert supervisor.principal is not None
    assert [event["actor"]["id"] for event in told] == [str(supervisor.principal.staff_id)] * 2


async def test_a_difference_is_one_work_order_and_its_end_stands_in_the_history(staff: StaffWorld, shop: Shop) -> None:
    supervisor = await shop.person(Role.SUPERVISOR, SHOP)
    stranger = str(uuid7())
    show(staff, stranger)
    [found] = (await reconcile(supervisor))["differences"]
    assert (found["kind"], found["operation_id"], found["order_id"]) == ("unknown_to_us", stranger, ORDER)
    [again] = (await reconcile(supervisor))["differences"]
    assert (found["is_new"], again["is_new"]) == (True, False)
    listed = (await supervisor.get(f"/work-orders?shop={SHOP}&kind=difference")).json()["work_orders"]
    assert [each["work_order_id"] for each in listed] == [found["work_order_id"]]

    show(staff)
    [gone] = (await reconcile(supervisor))["gone"]
    assert gone["work_order_id"] == found["work_order_id"]
    history = (await supervisor.get(f"/work-orders/{found['work_order_id']}/changes")).json()
    assert [each["deed"] for each in history] == ["open", "difference_gone"]


async def test_an_order_system_that_is_down_is_said(staff: StaffWorld, shop: Shop) -> None:
    staff.shop.is_down = True
    report = await reconcile(await shop.person(Role.SUPERVISOR, SHOP))
    assert (report["compared"], report["is_complete"]) == (0, False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"shop": "shop-2"}, 404),
        (BODY | {"days": 0}, 422),
        (BODY | {"days": 367}, 422),
        (BODY | {"cursor": "x"}, 422),
        (BODY | {"more": 1}, 422),
    ],
)
async def test_what_does_not_fit_is_refused(shop: Shop, body: dict[str, Any], status: int) -> None:
    answer = await (await shop.person(Role.SUPERVISOR, SHOP)).post("/reconciliations", body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
