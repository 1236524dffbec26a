"""Writes in people's hands, from outside: tried again, done by hand or not to be done, by one of two at once."""

import asyncio
from typing import Any

import pytest

from appliance.ids import ShopId
from security.access.permissions import Role
from tests.appliance.channels.staff.test_special_refunds import Shop, approve
from tests.appliance.channels.staff.test_values import SHOP
from tests.appliance.channels.staff.world import Browser, StaffWorld


class Hands(Shop):
    """An approved refund that the order system never answered: it is in people's hands."""

    operation_id = ""

    @property
    def operation(self) -> str:
        return f"/operations/{self.operation_id}"

    async def begin(self) -> "Hands":
        await super().begin()
        agent, approver = [await self.person(role, SHOP, "shop-2") for role in (Role.AGENT, Role.APPROVER)]
        approved = (await approve(approver, await self.proposed(agent))).json()
        self.operation_id = approved["operation_id"]
        async with self.staff.db.transaction(ShopId(SHOP)) as conn:
            await conn.execute("UPDATE operation SET state = 'handed_over', due_at = NULL, sends = 1, lease_token = 3")
        return self

    async def say(self, by: Browser, deed: str, version: int, body: Any = None) -> Any:
        return await by.post(f"{self.operation}/{deed}", body, **{"If-Match": f'"{version}"'})

    async def states(self) -> Any:
        return await self.rows(
            "SELECT o.state, c.state FROM operation o JOIN after_sales_case c USING (shop_id, case_id)"
        )


@pytest.fixture
async def hands(staff: StaffWorld) -> Hands:
    return await Hands(staff).begin()


async def test_what_was_done_by_hand_ends_with_a_receipt_and_is_told(staff: StaffWorld, hands: Hands) -> None:
    agent = await hands.person(Role.AGENT, SHOP)
    seen = await agent.get(hands.operation)
    assert (seen.json()["state"], seen.json()["refund_fen"], seen.headers["etag"]) == ("handed_over", 39900, '"3"')
    answer = await hands.say(agent, "done", 3, {"case_id": "HAND-1", "is_finished": True})
    assert answer.status_code == 204, answer.text
    assert await hands.states() == [("succeeded", "finished")]
    after = (await agent.get(hands.operation)).json()
    assert (after["state"], after["order_system_case_id"]) == ("succeeded", "HAND-1")
    assert await hands.rows("SELECT kind FROM inbound") == [("notice",)]
    record = (await staff.world.records())[-1]
    assert agent.principal is not None
    assert (record["action"], record["kind"], record["outcome"]) == ("operation.execute", "outcome", "success")
    assert record["actor"]["id"] == str(agent.principal.staff_id)


async def test_what_is_not_to_be_done_frees_its_units(staff: StaffWorld, hands: Hands) -> None:
    agent = await hands.person(Role.AGENT, SHOP)
    assert (await hands.say(agent, "not-done", 3, {"reason": "not_possible"})).status_code == 204
    assert await hands.states() == [("refused", "refused")]
    assert await hands.rows("SELECT count(*) FROM case_unit") == [(0,)]
    assert (await agent.get(hands.operation)).json()["refusal"] == "not_possible"
    again = await hands.say(agent, "done", 4, {"case_id": "HAND-1"})
    assert (again.status_code, again.json()["code"]) == (409, "not_handed_over")
    assert staff.shop.writes == ()


async def test_of_two_at_once_one_ends_it(hands: Hands) -> None:
    one, other = await hands.person(Role.AGENT, SHOP), await hands.person(Role.SUPERVISOR, SHOP)
    done = hands.say(one, "done", 3, {"case_id": "HAND-1"})
    not_done = hands.say(other, "not-done", 3, {"reason": "not_wanted"})
    answers = await asyncio.gather(done, not_done)
    assert sorted(answer.status_code for answer in answers) in ([204, 409], [204, 412])


async def test_what_was_handed_over_anew_is_not_ended_by_who_saw_it_before(hands: Hands) -> None:
    agent = await hands.person(Role.AGENT, SHOP)
    late = await hands.say(agent, "retry", 2)
    assert (late.status_code, late.json()["code"]) == (412, "lost_update")
    assert (await agent.post(f"{hands.operation}/retry")).status_code == 428


async def test_only_a_supervisor_has_sent_again_what_may_be_written(staff: StaffWorld, hands: Hands) -> None:
    agent, boss = await hands.person(Role.AGENT, SHOP), await hands.person(Role.SUPERVISOR, SHOP)
    assert (await hands.say(agent, "send-again", 3)).status_code == 403
    assert (await hands.say(boss, "send-again", 3)).status_code == 204
    assert await hands.states() == [("accepted", "pending")]
    record = next(each for each in await staff.world.records() if each["action"] == "operation.retry")
    assert record["detail"] == {"is_surely_unwritten": "true"}
    await hands.carry_out()
    assert len(staff.shop.writes) == 1


async def test_a_retry_looks_for_it_and_sends_it_under_its_key(staff: StaffWorld, hands: Hands) -> None:
    agent = await hands.person(Role.AGENT, SHOP)
    assert (await hands.say(agent, "retry", 3)).status_code == 204
    assert await hands.states() == [("unknown", "pending")]
    await hands.carry_out()
    assert [f"/operations/{each.operation_id}" for each in staff.shop.writes] == [hands.operation]


async def test_another_shops_people_do_not_even_see_it(hands: Hands) -> None:
    stranger = await hands.person(Role.SUPERVISOR, "shop-2", "shop-3")
    assert (await stranger.get(hands.operation)).status_code == 404
    assert (await hands.say(stranger, "done", 3, {"case_id": "HAND-1"})).status_code == 404
