"""Work orders from outside: opened, listed, moved on; nobody's change is lost, and no other shop sees them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.work import store
from appliance.aftersales.work.jobs import Watch
from appliance.aftersales.work.model import Change, Opening, WorkOrderKind
from appliance.identity.model import subject_of
from appliance.ids import ConversationId, ShopId
from appliance.joints.people_desks import CustomersWords
from security.access.permissions import Role
from tests.appliance.aftersales.evidence.test_evidence_room import picture
from tests.appliance.channels.staff.test_values import PHONE, SHOP, Talked
from tests.appliance.channels.staff.world import Browser, StaffWorld


@pytest.fixture
async def talked(staff: StaffWorld) -> Talked:
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        await staff.world.ring.create_subject(conn, SHOP, _shop_subject())
    return await Talked(staff).begin()


def _shop_subject() -> UUID:
    return subject_of(ShopId(SHOP))


async def open_one(browser: Browser, **more: Any) -> dict[str, Any]:
    answer = await browser.post("/work-orders", {"shop": SHOP, **more})
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    assert answer.headers["etag"] == f'"{opened["version"]}"'
    return opened


async def do(browser: Browser, order: dict[str, Any], deed: str, **more: Any) -> Any:
    path = f"/work-orders/{order['work_order_id']}/deeds"
    return await browser.post(path, {"deed": deed, **more}, **{"If-Match": f'"{order["version"]}"'})


async def test_a_work_order_goes_its_way_and_leaves_its_history(staff: StaffWorld, talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    order = await open_one(agent, conversation_id=str(talked.conversation_id), words="请仓库核实")
    assert (order["state"], order["team"], order["priority"]) == ("new", "after_sales", "normal")
    members = [(await talked.person(Role.SUPERVISOR, SHOP))]
    assert agent.principal is not None
    staff_id = str(agent.principal.staff_id)
    body = {"shop": SHOP, "team": "after_sales", "skills": ["complaint"]}
    assert (await members[0].call("PUT", f"/work-members/{staff_id}", body)).status_code == 204
    for deed, more in (("assign", {}), ("start", {}), ("wait", {}), ("resume", {}), ("resolve", {"outcome": "done"})):
        answer = await do(agent, order, deed, **more)
        assert answer.status_code == 200, answer.text
        order = answer.json()
    assert (order["state"], order["assignee"], order["outcome"]) == ("resolved", staff_id, "done")
    changes = (await agent.get(f"/work-orders/{order['work_order_id']}/changes")).json()
    assert [change["deed"] for change in changes] == [
        "open",
        "assign",
        "start",
        "wait",
        "resume",
        "resolve",
    ]
    actions = [event["action"] for event in await staff.world.records() if event["action"].startswith("work_order.")]
    assert actions == [f"work_order.{change['deed']}" for change in changes]
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        kinds = await (await conn.execute("SELECT kind FROM inbound ORDER BY inbound_id")).fetchall()
    assert kinds == [("work_news",)] * 3, "the customer hears that it was begun, that he is waited for, and the end"


async def test_nobodys_change_is_lost(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    order = await open_one(agent)
    path = f"/work-orders/{order['work_order_id']}/deeds"
    missing = await agent.post(path, {"deed": "start"})
    assert (missing.status_code, missing.json()["code"]) == (428, "version_missing")
    assert (await do(agent, order, "escalate")).status_code == 200
    late = await do(agent, order, "cancel")
    assert (late.status_code, late.json()["code"]) == (412, "lost_update")
    strange = await agent.post(path, {"deed": "cancel"}, **{"If-Match": "W/x"})
    assert strange.status_code == 422


async def test_a_state_that_does_not_allow_it_is_a_conflict(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    order = await open_one(agent)
    refused = await do(agent, order, "close")
    assert (refused.status_code, refused.json()["code"]) == (409, "work_order_state")


async def test_only_the_shops_own_people_see_it(talked: Talked) -> None:
    agent, stranger = await talked.person(Role.AGENT, SHOP), await talked.person(Role.SUPERVISOR, "shop-2", "shop-3")
    order = await open_one(agent)
    assert (await stranger.get(f"/work-orders/{order['work_order_id']}")).status_code == 404
    assert (await stranger.get(f"/work-orders?shop={SHOP}")).status_code == 404
    assert (await do(stranger, order, "cancel")).status_code == 404
    assert (await stranger.post("/work-orders", {"shop": SHOP})).status_code == 404


async def test_what_is_about_no_case_of_the_shop_or_has_empty_words_is_not_opened(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    lost = await agent.post("/work-orders", {"shop": SHOP, "case_id": str(uuid4())})
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    empty = await agent.post("/work-orders", {"shop": SHOP, "words": ""})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "words")
    assert (await agent.get(f"/work-orders?shop={SHOP}")).json()["work_orders"] == []


async def test_words_are_masked_sealed_and_gone_with_their_subject(staff: StaffWorld, talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    order = await open_one(agent, conversation_id=str(talked.conversation_id), words=f"回电{PHONE}")
    path = f"/work-orders/{order['work_order_id']}/comments"
    assert [comment["words"] for comment in (await agent.get(path)).json()] == ["回电⟨手机⟩"]
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        rows = await (await conn.execute("SELECT sealed FROM work_order_comment")).fetchall()
    assert "回电".encode() not in bytes(rows[0][0])
    await talked.erase()
    assert [comment["words"] for comment in (await agent.get(path)).json()] == [None]


async def test_pages_follow_each_other_without_gap_or_repeat(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    made = [(await open_one(agent, order_id=f"O{number}"))["work_order_id"] for number in range(5)]
    seen: list[str] = []
    query = f"/work-orders?shop={SHOP}&state=new&limit=2"
    cursor = ""
    while True:
        page = (await agent.get(query + cursor)).json()
        seen += [order["work_order_id"] for order in page["work_orders"]]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5
    assert (await agent.get(query + "&cursor=none")).status_code == 422
    one = (await agent.get(f"/work-orders?shop={SHOP}&order_id=O3")).json()["work_orders"]
    assert [order["order_id"] for order in one] == ["O3"]


async def test_an_order_s_number_ends_where_its_last_character_does(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    refused = await agent.post("/work-orders", {"shop": SHOP, "order_id": "O3\n"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert (await agent.get(f"/work-orders?shop={SHOP}&order_id=O3%0A")).status_code == 422


async def test_merging_needs_an_open_one_to_go_on(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    first, second = await open_one(agent), await open_one(agent)
    merged = await do(agent, first, "merge", into=second["work_order_id"])
    assert (merged.json()["state"], merged.json()["merged_into"]) == ("merged", second["work_order_id"])
    back = await do(agent, second, "merge", into=first["work_order_id"])
    assert (back.status_code, back.json()["code"]) == (422, "cannot_merge")


async def test_a_breach_is_escalated_once_however_often_the_clock_is_looked_at(
    staff: StaffWorld, talked: Talked
) -> None:
    opening = Opening(kind=WorkOrderKind.LEGAL, conversation_id=ConversationId(talked.conversation_id))
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        work_order_id = await staff.orders.open(conn, ShopId(SHOP), opening)
    watch = watch_of(staff)
    assert await watch.look() == 0
    staff.world.clock.at += timedelta(days=60)
    assert await watch.look() == 1
    assert await watch.look() == 0
    done = [event["action"] for event in await staff.world.records() if event["object"]["id"] == str(work_order_id)]
    assert done == ["work_order.open", "work_order.breach", "work_order.escalate", "work_order.escalate"]


@pytest.mark.parametrize("type_", ["customer.said", "customer.showed"])
async def test_what_waits_for_its_customer_goes_on_once_he_has_answered(
    staff: StaffWorld, talked: Talked, type_: str
) -> None:
    agent, watch, clock = await talked.person(Role.AGENT, SHOP), watch_of(staff), staff.world.clock
    await hear(staff, talked, "customer.said", 1, clock.now())
    clock.at += timedelta(seconds=1)
    order = await waiting(talked, agent)
    clock.at += timedelta(days=1)
    await hear(staff, talked, "bot.said", 2, clock.now())
    assert await watch.look() == 0
    await hear(staff, talked, type_, 3, clock.now())
    assert [await watch.look(), await watch.look()] == [1, 0]
    last = await last_change(staff, order)
    assert (last.deed, last.to_state, last.author) == ("resume", "in_progress", "work-orders")
    assert last.detail["because"] == "answered"
    record = (await staff.world.records())[-1]
    assert (record["action"], record["detail"]["because"]) == ("work_order.resume", "answered")


async def test_what_waits_for_its_customer_goes_on_when_he_answers_in_a_later_conversation(
    staff: StaffWorld, talked: Talked
) -> None:
    """He may come by another channel; what somebody else says is no answer of his."""
    agent, watch, clock = await talked.person(Role.AGENT, SHOP), watch_of(staff), staff.world.clock
    await waiting(talked, agent)
    clock.at += timedelta(days=1)
    later, strangers = await Talked(staff).begin(), await Talked(staff).begin()
    await belongs(staff, {talked: "U1", later: "U1", strangers: "U2"})
    await hear(staff, strangers, "customer.said", 1, clock.now())
    assert await watch.look() == 0
    await hear(staff, later, "customer.said", 1, clock.now())
    assert await watch.look() == 1


async def belongs(staff: StaffWorld, customers: dict[Talked, str]) -> None:
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        for talked, customer_id in customers.items():
            await conn.execute(
                "UPDATE conversation SET customer_id = %s WHERE conversation_id = %s",
                (customer_id, talked.conversation_id),
            )


async def test_what_waits_for_a_customer_who_never_answers_goes_on_after_its_days(
    staff: StaffWorld, talked: Talked
) -> None:
    agent, watch, clock = await talked.person(Role.AGENT, SHOP), watch_of(staff), staff.world.clock
    order = await waiting(talked, agent)
    clock.at += timedelta(days=7) - timedelta(seconds=1)
    assert await watch.look() == 0
    clock.at += timedelta(seconds=1)
    assert await watch.look() == 1
    last = await last_change(staff, order)
    assert (last.deed, last.detail["because"]) == ("resume", "deadline")


def watch_of(staff: StaffWorld) -> Watch:
    return Watch(db=staff.db, orders=staff.orders, answers=CustomersWords(), clock=staff.world.clock)


async def last_change(staff: StaffWorld, order: dict[str, Any]) -> Change:
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        return (await store.history(conn, ShopId(SHOP), UUID(order["work_order_id"])))[-1]


async def waiting(talked: Talked, agent: Browser) -> dict[str, Any]:
    """A work order that its agent has put to wait for its customer."""
    boss = await talked.person(Role.SUPERVISOR, SHOP)
    assert agent.principal is not None
    member = {"shop": SHOP, "team": "after_sales"}
    assert (await boss.call("PUT", f"/work-members/{agent.principal.staff_id}", member)).status_code == 204
    order = await open_one(agent, conversation_id=str(talked.conversation_id))
    for deed in ("start", "wait"):
        answer = await do(agent, order, deed)
        assert answer.status_code == 200, answer.text
        order = answer.json()
    return order


async def hear(staff: StaffWorld, talked: Talked, type_: str, seq: int, at: datetime) -> None:
    async with staff.db.transaction(ShopId(SHOP)) as conn:
        await conn.execute(
            "INSERT INTO conversation_event (shop_id, conversation_id, seq, type, v, at, business_at, data) "
            "VALUES (%s, %s, %s, %s, 1, %s, %s, '{}')",
            (SHOP, talked.conversation_id, seq, type_, at, at),
        )


async def test_a_picture_of_another_conversation_is_not_attached(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    order = await open_one(agent, conversation_id=str(talked.conversation_id))
    path = f"/work-orders/{order['work_order_id']}/attachments"
    assert (await agent.post(path, {"evidence_id": str(uuid4())})).status_code == 404


async def test_a_picture_makes_it_another_version_with_a_line_in_its_history(staff: StaffWorld, talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    order = await open_one(agent, conversation_id=str(talked.conversation_id))
    path = f"/work-orders/{order['work_order_id']}"
    ground = staff.ground
    room = EvidenceRoom(ground.db, ground.ring, ground.subjects, ground.clock)
    kept = await room.keep(ShopId(SHOP), ConversationId(talked.conversation_id), picture())
    before = (await agent.get(path)).headers["etag"]
    for _ in range(2):
        body = {"evidence_id": str(kept.evidence_id)}
        assert (await agent.post(f"{path}/attachments", body)).status_code == 204
    read = await agent.get(path)
    assert read.json()["evidence"] == [str(kept.evidence_id)]
    assert read.headers["etag"] != before
    history = (await agent.get(f"{path}/changes")).json()
    assert agent.principal is not None
    assert [each["author"] for each in history if each["deed"] == "attach"] == [str(agent.principal.staff_id)]
