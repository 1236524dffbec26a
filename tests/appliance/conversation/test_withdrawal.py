"""A case that its customer takes back, through the real cases: one write, units free again, told once."""

from appliance.aftersales.cases.model import Progress
from appliance.aftersales.orders.model import CaseStatus
from appliance.aftersales.work.model import Author, AuthorType, Opening, WorkOrderKind
from appliance.aftersales.work.rules import END_WITH_CASE
from appliance.conversation.replay import replay
from tests.appliance.aftersales.work.terms import Trail, work_orders
from tests.appliance.conversation.stories import record
from tests.appliance.conversation.world import SHOP, Talk, World
from tests.appliance.dialogue.world import DELIVERED, FLOWS

WISH = "我不退了，撤销申请"
STATES = "SELECT kind, state FROM after_sales_case ORDER BY created_at, kind"
WORK = "SELECT kind, opener_type FROM work_order WHERE "
HELD = "SELECT line_id, unit_no FROM case_unit ORDER BY line_id, unit_no"


async def returned(world: World) -> Talk:
    talk = await world.talk()
    for words in ("我要退鞋子，尺码不合适", "确认"):
        await talk.say(words)
    await talk.settle()
    return talk


async def test_a_case_is_taken_back_once_and_holds_nothing_any_more(world: World) -> None:
    talk = await returned(world)
    assert await world.rows(HELD) == [("L1", 1)]
    await talk.say(WISH)
    assert [write.kind for write in world.orders.writes] == ["return_refund"]
    await talk.say("确认")
    await talk.settle()
    written = world.orders.writes[-1]
    (case,) = (await world.orders.order(DELIVERED)).cases
    assert [write.kind for write in world.orders.writes] == ["return_refund", "withdraw_case"]
    assert (written.withdrawn_case_id, written.refund_fen, case.status) == (case.case_id, 0, CaseStatus.WITHDRAWN)
    assert await world.rows(STATES) == [("return_refund", "withdrawn"), ("withdraw_case", "finished")]
    assert await world.rows(HELD) == []


async def test_only_what_asks_after_the_case_is_settled_with_it(world: World) -> None:
    """A threat for the lawyers, a complaint, a difference in money, and what a person asked for go on."""
    talk = await returned(world)
    ((case_id,),) = await world.rows("SELECT case_id FROM after_sales_case")
    work, agent = work_orders(Trail(), world.clock), Author(type=AuthorType.STAFF, id="staff-li")
    async with world.db.transaction(SHOP) as conn:
        for kind in WorkOrderKind:
            await work.open(conn, SHOP, Opening(kind=kind, case_id=case_id, summary={"by": "appliance"}))
        by_hand = Opening(kind=WorkOrderKind.BY_HAND, case_id=case_id, summary={"by": "agent"})
        await work.open(conn, SHOP, by_hand, author=agent)
    for words in (WISH, "确认"):
        await talk.say(words)
    await talk.settle()
    settled = await world.rows(WORK + "outcome = 'settled' AND state = 'closed'")
    left = await world.rows(WORK + "outcome IS NULL")
    assert {kind for kind, _ in settled} == END_WITH_CASE
    assert {kind for kind, opener in left if opener == "service"} == set(WorkOrderKind) - END_WITH_CASE
    assert ("by_hand", "staff") in left


async def test_the_goods_may_be_returned_again(world: World) -> None:
    talk = await returned(world)
    for words in (WISH, "确认"):
        await talk.say(words)
    await talk.settle()
    for words in ("我要退鞋子，尺码不合适", "确认"):
        await talk.say(words)
    await talk.settle()
    assert [write.kind for write in world.orders.writes] == ["return_refund", "withdraw_case", "return_refund"]
    assert await world.rows(HELD) == [("L1", 1)]


async def test_a_second_taking_back_writes_nothing(world: World) -> None:
    talk = await returned(world)
    for words in (WISH, "确认"):
        await talk.say(words)
    await talk.settle()
    await talk.say(WISH)
    await talk.settle()
    assert [write.kind for write in world.orders.writes] == ["return_refund", "withdraw_case"]


async def test_the_order_systems_own_word_of_it_is_not_told_beside_the_receipt(world: World) -> None:
    """Be it that the word comes before the receipt is kept."""
    talk = await returned(world)
    for words in (WISH, "确认"):
        await talk.say(words)
    (case,) = (await world.orders.order(DELIVERED)).cases
    word = Progress(
        event_id="e1",
        at=world.fixed.now(),
        order_id=DELIVERED,
        case_id=case.case_id,
        status=CaseStatus.WITHDRAWN,
        stage="withdrawn",
    )
    async with world.db.transaction(SHOP) as conn:
        assert not await world.process.cases.apply_progress(conn, shop=SHOP, progress=word)
    await talk.settle()
    assert await world.rows(STATES) == [("return_refund", "withdrawn"), ("withdraw_case", "finished")]


async def test_a_withdrawal_by_the_shops_people_is_told(world: World) -> None:
    await returned(world)
    (case,) = (await world.orders.order(DELIVERED)).cases
    word = Progress(
        event_id="e1",
        at=world.fixed.now(),
        order_id=DELIVERED,
        case_id=case.case_id,
        status=CaseStatus.WITHDRAWN,
        stage="withdrawn",
    )
    async with world.db.transaction(SHOP) as conn:
        assert await world.process.cases.apply_progress(conn, shop=SHOP, progress=word)


async def test_its_decision_is_kept_out_of_dry_runs_and_its_talk_is_replayed(world: World) -> None:
    talk = await returned(world)
    for words in (WISH, "确认"):
        await talk.say(words)
    await talk.settle()
    assert ("WD1", False) in await world.rows("SELECT rule, asked IS NOT NULL FROM decision")
    replayed = replay(FLOWS, await record(talk))
    assert replayed.difference is None
