"""What an agent sees of a customer beside the conversation: orders and cases, masked, and each look in the log."""

from typing import Any

import msgspec
import pytest

from appliance.aftersales.orders.model import Address, TraceEvent
from appliance.ids import ShopId
from security.access.permissions import Role
from tests.appliance.aftersales.cases.world import order as an_order
from tests.appliance.channels.staff.test_special_refunds import ORDER, Shop, approve
from tests.appliance.channels.staff.test_values import SHOP
from tests.appliance.channels.staff.world import StaffWorld

ADDRESS = Address(name="林小满", phone="13900000001", text="浙江省杭州市西湖区文三路90号3幢402室")


@pytest.fixture
async def shop(staff: StaffWorld) -> Shop:
    return await Shop(staff).begin()


def path(shop: Shop, what: str) -> str:
    return f"/desk/conversations/{shop.conversation_id}/{what}"


async def looks(staff: StaffWorld) -> list[tuple[str, Any]]:
    records = [each for each in await staff.world.records() if each["action"] == "desk.look"]
    return [(each["outcome"], each["detail"].get("what")) for each in records]


@pytest.mark.control("P-15", "M-18")
async def test_an_agent_sees_what_the_customer_has_ordered_with_placeholders(staff: StaffWorld, shop: Shop) -> None:
    at = staff.world.clock.now()
    order = an_order(3, created_at=at, paid_at=at, shipped_at=at, delivered_at=at, address=ADDRESS)
    trace = (TraceEvent(at=at, place="杭州", text=f"已送到，签收人{ADDRESS.name}"),)
    staff.shop.load(orders=[msgspec.structs.replace(order, trace=trace)])
    agent = await shop.person(Role.AGENT, SHOP)

    answer = await agent.get(path(shop, "orders"))

    [seen] = answer.json()["orders"]
    assert [(line["title"], line["quantity"], line["free"]) for line in seen["lines"]] == [("跑鞋", 3, 3)]
    assert (seen["paid_fen"], seen["refunded_fen"], seen["cases"]) == (119700, 0, [])
    assert seen["address"]["text"].startswith("⟨地址")
    assert not any(value in answer.text for value in (ADDRESS.name, ADDRESS.phone, ADDRESS.text))
    assert await looks(staff) == [("success", "orders")]


async def test_what_was_refunded_is_counted_and_its_case_has_a_receipt_and_steps(staff: StaffWorld, shop: Shop) -> None:
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    assert (await approve(approver, await shop.proposed(agent))).status_code == 200
    [waiting] = (await agent.get(path(shop, "orders"))).json()["orders"]
    assert (waiting["refunded_fen"], waiting["lines"][0]["free"]) == (39900, 2)
    await shop.carry_out()
    [(case_id,)] = await shop.rows("SELECT case_id FROM after_sales_case")
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        await conn.execute(
            "INSERT INTO case_progress (shop_id, event_id, case_id, status, stage, at, recorded_at) "
            "VALUES (%s, 'e-1', %s, 'open', 'refunding', now(), now())",
            (SHOP, case_id),
        )

    [followed] = (await agent.get(path(shop, "cases"))).json()

    assert followed["case"]["receipt"]["refund_fen"] == followed["case"]["refund_fen"] == 39900
    assert [step["stage"] for step in followed["steps"]] == ["refunding"]
    assert (await looks(staff))[-1] == ("success", "cases")


@pytest.mark.control("M-16")
async def test_nothing_is_told_of_strangers_and_the_order_system_is_said_to_be_down(
    staff: StaffWorld, shop: Shop
) -> None:
    agent, stranger = await shop.person(Role.AGENT, SHOP), await shop.person(Role.AGENT, "shop-2", "shop-3")
    for what in ("orders", "cases"):
        assert (await stranger.get(path(shop, what))).status_code == 404
    staff.shop.is_down = True
    answer = await agent.get(path(shop, "orders"))
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)
    assert (await agent.get(path(shop, "cases"))).status_code == 200
    await shop.rows("UPDATE conversation SET customer_id = NULL RETURNING 1")
    assert (await agent.get(path(shop, "orders"))).json()["is_verified"] is False
    assert [outcome for outcome, _ in await looks(staff)] == ["denied", "denied", "failure", "success", "success"]


async def test_whoever_reads_a_conversation_that_is_not_his_leaves_a_record(staff: StaffWorld, shop: Shop) -> None:
    agent = await shop.person(Role.AGENT, SHOP)
    assert (await agent.get(path(shop, "events"))).status_code == 200
    assert agent.principal is not None
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        mine = {"agent": agent.principal.staff_id}
        await conn.execute("UPDATE conversation SET owner = 'human', agent_id = %(agent)s", mine)
    assert (await agent.get(path(shop, "events"))).status_code == 200
    assert await looks(staff) == [("success", "conversation")]


async def test_what_may_still_be_refunded_is_what_would_pass(staff: StaffWorld, shop: Shop) -> None:
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    asked = f"/special-refunds/allowance?conversation_id={shop.conversation_id}&order_id={ORDER}"
    before = (await agent.get(asked)).json()
    assert (before["propose_fen"], before["approve_fen"], before["customer_left"]) == (200_000, 0, 3)
    assert (await approve(approver, await shop.proposed(agent))).status_code == 200
    after, above = (await agent.get(asked)).json(), (await approver.get(asked)).json()
    assert (after["proposals_left"], after["order_fen"]) == (before["proposals_left"] - 1, before["order_fen"] - 39900)
    assert (above["propose_fen"], above["approve_fen"]) == (0, 1_000_000)
    assert above["approve_day_fen"] == 5_000_000 - 39900
