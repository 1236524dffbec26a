"""Special refunds from outside: proposed by one, approved by another, written once; what fell is void."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from appliance.aftersales.cases.execution import Execution
from appliance.aftersales.cases.execution import Limits as Patience
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.model import Customer, OrderStatus
from appliance.ids import CustomerId, ShopId
from security.access.permissions import Role
from security.access.rights import fitting
from tests.appliance.aftersales.cases.world import order as an_order
from tests.appliance.channels.staff.test_values import SHOP, Talked
from tests.appliance.channels.staff.world import Browser, StaffWorld, Steady
from tests.security.access.world import HERE

ORDER = "20261110123456"


class Shop(Talked):
    """Its customer was verified, and has an order of three pairs of shoes that were delivered long ago."""

    async def begin(self) -> "Shop":
        await super().begin()
        async with self.staff.db.transaction(ShopId(SHOP)) as conn:
            await conn.execute("UPDATE conversation SET customer_id = 'U1001'")
        customer = Customer(customer_id=CustomerId("U1001"), name="林小满", phone="13900000001")
        long_ago = self.staff.world.clock.now() - timedelta(days=60)
        times = {"created_at": long_ago, "paid_at": long_ago, "shipped_at": long_ago, "delivered_at": long_ago}
        self.staff.shop.load([customer], [an_order(3, **times)])
        return self

    @property
    def body(self) -> dict[str, Any]:
        return {
            "conversation_id": str(self.conversation_id),
            "order_id": ORDER,
            "flow": "refund_only",
            "lines": [{"line_id": "L1", "quantity": 1}],
            "special_reason": "goodwill",
            "words": "老顾客，电话13800138000",
        }

    async def proposed(self, by: Browser, **more: Any) -> dict[str, Any]:
        answer = await by.post("/special-refunds", self.body | more)
        assert answer.status_code == 201, answer.text
        proposal: dict[str, Any] = answer.json()
        return proposal

    async def carry_out(self) -> None:
        steady, clock = Steady(self.staff.shop), self.staff.world.clock
        execution = Execution(
            db=self.staff.db,
            systems=steady,
            audit=SealedTrail(self.staff.db),
            delivery=self.staff.delivery,
            disclosure=steady,
            clock=clock,
            limits=Patience(),
            work=self.staff.orders,
        )
        await Executor(db=self.staff.db, execution=execution, clock=clock, limits=Patience()).run_due()

    async def rows(self, statement: str) -> list[Any]:
        async with self.staff.db.transaction(ShopId(SHOP)) as conn:
            return await (await conn.execute(statement.encode())).fetchall()


@pytest.fixture
async def shop(staff: StaffWorld) -> Shop:
    return await Shop(staff).begin()


def path(proposal: dict[str, Any], deed: str = "") -> str:
    return f"/special-refunds/{proposal['proposal_id']}" + (f"/{deed}" if deed else "")


async def approve(by: Browser, proposal: dict[str, Any]) -> Any:
    return await by.post(path(proposal, "approve"), {"quote_hash": proposal["quote_hash"]})


async def test_one_proposes_another_approves_and_it_is_written_once(staff: StaffWorld, shop: Shop) -> None:
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    proposal = await shop.proposed(agent)
    assert (proposal["state"], proposal["total_fen"], staff.shop.writes) == ("proposed", 39900, ())
    shown = (await approver.get(path(proposal))).json()
    assert shown["words"] == "老顾客，电话⟨手机⟩"
    approved = (await approve(approver, proposal)).json()
    assert (approved["state"], approved["case_state"]) == ("approved", "pending")
    await shop.carry_out()
    [written] = staff.shop.writes
    assert (written.refund_fen, str(written.operation_id)) == (39900, approved["operation_id"])
    assert (await approve(approver, proposal)).json()["code"] == "proposal_decided"
    assert [kind for (kind,) in await shop.rows("SELECT kind FROM inbound")] == ["notice"]
    told = [event for event in await staff.world.records() if event["action"].startswith(("special_", "operation."))]
    assert [(event["action"], event["outcome"]) for event in told] == [
        ("special_refund.propose", "success"),
        ("operation.execute", "pending"),
        ("special_refund.approve", "success"),
        ("operation.execute", "success"),
        ("special_refund.approve", "denied"),
    ]
    assert approver.principal is not None
    assert told[1]["actor"]["id"] == str(approver.principal.staff_id)


async def test_what_the_order_system_refuses_comes_to_finance_and_to_its_proposer(
    staff: StaffWorld, shop: Shop
) -> None:
    """Its customer was told nothing, and is told nothing."""
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    proposal = await shop.proposed(agent)
    assert (await approve(approver, proposal)).status_code == 200
    [order] = staff.shop._orders.values()
    staff.shop.load(orders=[msgspec.structs.replace(order, status=OrderStatus.CANCELLED)])
    await shop.carry_out()
    assert staff.shop.writes == ()
    assert await shop.rows("SELECT kind, team, state, order_id FROM work_order") == [
        ("refund_refused", "finance", "new", ORDER)
    ]
    seen = (await agent.get(path(proposal))).json()["proposal"]
    assert (seen["state"], seen["case_state"], seen["refusal"]) == ("approved", "refused", "order_cancelled")
    [listed] = (await agent.get(f"/special-refunds?shop={SHOP}")).json()["special_refunds"]
    assert listed["refusal"] == "order_cancelled"
    assert await shop.rows("SELECT kind FROM inbound") == []


async def test_two_approvers_at_once_write_once(staff: StaffWorld, shop: Shop) -> None:
    agent, one = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    other = await shop.person(Role.APPROVER, SHOP, "shop-2")
    proposal = await shop.proposed(agent)
    answers = await asyncio.gather(approve(one, proposal), approve(other, proposal))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    await shop.carry_out()
    assert len(staff.shop.writes) == 1


async def test_a_changed_order_makes_the_proposal_void(staff: StaffWorld, shop: Shop) -> None:
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    first = await shop.proposed(agent)
    second = await shop.proposed(agent, lines=[{"line_id": "L1", "quantity": 3}])
    assert (await approve(approver, first)).status_code == 200
    fallen = await approve(approver, second)
    assert (fallen.status_code, fallen.json()["code"]) == (409, "quote_void")
    assert (await approver.get(path(second))).json()["proposal"]["state"] == "void"
    third = await shop.proposed(agent)
    [order] = staff.shop._orders.values()
    staff.shop.load(orders=[msgspec.structs.replace(order, coupon_fen=300)])
    assert (await approve(approver, third)).json()["code"] == "quote_void"
    await shop.carry_out()
    assert len(staff.shop.writes) == 1


async def test_a_shops_proposals_come_page_by_page_the_newest_first(shop: Shop) -> None:
    agent = await shop.person(Role.AGENT, SHOP)
    made = [(await shop.proposed(agent))["proposal_id"] for _ in range(3)]
    listed, cursor = [], ""
    while cursor is not None:
        page = (await agent.get(f"/special-refunds?shop={SHOP}&limit=2{cursor}")).json()
        listed.append([each["proposal_id"] for each in page["special_refunds"]])
        cursor = page["cursor"] and f"&cursor={page['cursor']}"
    assert listed == [made[:0:-1], made[:1]]
    assert (await agent.get(f"/special-refunds?shop={SHOP}&cursor=x")).status_code == 422


async def test_who_proposes_decides_nothing_and_others_do_not_withdraw(shop: Shop) -> None:
    both = await _both_roles(shop)
    proposal = await shop.proposed(both)
    for deed, body in (("approve", {"quote_hash": proposal["quote_hash"]}), ("reject", None)):
        refused = await both.post(path(proposal, deed), body)
        assert (refused.status_code, refused.json()["code"]) == (403, "same_person")
    agent = await shop.person(Role.AGENT, SHOP)
    assert (await agent.post(path(proposal, "withdraw"))).json()["code"] == "same_person"
    assert (await both.post(path(proposal, "withdraw"))).json()["state"] == "withdrawn"


async def _both_roles(shop: Shop) -> Browser:
    world = shop.staff.world
    by = (await shop.staff.people["sec.li"].log_in()).principal
    rights = fitting([Role.AGENT, Role.APPROVER], frozenset({SHOP}))
    made = await world.do(lambda conn: world.access.changes.create(conn, by, "both.he", "both", rights, HERE))
    assert made.set_up is not None
    person = await world.set_up(made.set_up.token, None)
    person.login = "both.he"
    return await shop.staff.of(person)


async def test_a_rejected_an_expired_and_a_strange_one_are_not_approved(staff: StaffWorld, shop: Shop) -> None:
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    rejected, wrong = await shop.proposed(agent), await shop.proposed(agent)
    assert (await approver.post(path(rejected, "reject"))).json()["state"] == "rejected"
    assert (await approve(approver, rejected)).status_code == 409
    assert (await approver.post(path(wrong, "approve"), {"quote_hash": "0" * 64})).status_code == 409
    stranger = await shop.person(Role.APPROVER, "shop-2", "shop-3", "shop-4")
    assert (await approve(stranger, wrong)).status_code == 404
    staff.world.clock.at += timedelta(hours=49)
    assert await staff.api.special.expire() == 1
    assert await staff.api.special.expire() == 0
    assert await shop.rows("SELECT count(*) FROM operation") == [(0,)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lines": [{"line_id": "L1", "quantity": 4}]}, "not_special"),
        ({"lines": [{"line_id": "L9", "quantity": 1}]}, "invalid_input"),
        ({"amount_fen": 39901}, "not_special"),
        ({"flow": "exchange"}, "not_special"),
        ({"order_id": "nobody's"}, "not_found"),
    ],
)
async def test_what_cannot_be_refunded_is_not_proposed(shop: Shop, more: dict[str, Any], code: str) -> None:
    agent = await shop.person(Role.AGENT, SHOP)
    refused = await agent.post("/special-refunds", shop.body | more)
    assert refused.json()["code"] == code, refused.text
    assert await shop.rows("SELECT count(*) FROM special_refund") == [(0,)]


async def test_goodwill_leaves_the_goods_to_a_later_return_that_pays_the_rest(staff: StaffWorld, shop: Shop) -> None:
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    for paid in (5000, 900):  # and once more
        proposal = await shop.proposed(agent, amount_fen=paid)
        assert (await approve(approver, proposal)).status_code == 200
        await shop.carry_out()
    assert [(each.kind, each.refund_fen) for each in staff.shop.writes] == [("goodwill", 5000), ("goodwill", 900)]
    whole = await shop.proposed(agent, flow="return_refund", lines=[{"line_id": "L1", "quantity": 3}])
    assert whole["total_fen"] == 3 * 39900 - 5900
    assert (await approve(approver, whole)).status_code == 200


async def test_what_the_order_system_refused_counts_against_no_limit(staff: StaffWorld, shop: Shop) -> None:
    """The customer may have three in thirty days."""
    agent, approver = await shop.person(Role.AGENT, SHOP), await shop.person(Role.APPROVER, SHOP)
    [order] = staff.shop._orders.values()
    for _ in range(3):
        staff.shop.load(orders=[order])
        assert (await approve(approver, await shop.proposed(agent))).status_code == 200
        staff.shop.load(orders=[msgspec.structs.replace(order, status=OrderStatus.CANCELLED)])
        await shop.carry_out()
    staff.shop.load(orders=[order])
    for _ in range(3):
        assert (await approve(approver, await shop.proposed(agent, amount_fen=1))).status_code == 200
        await shop.carry_out()
    assert (await agent.post("/special-refunds", shop.body)).json()["code"] == "limit_exceeded"
