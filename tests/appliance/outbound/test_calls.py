"""Calls that are made: planned on a ground, dialled in good hours, counted, ended, and never into a no."""

from datetime import time, timedelta

import msgspec
import pytest

from appliance.aftersales.work.desk import Caller
from appliance.aftersales.work.model import Author, AuthorType
from appliance.config_calls import Purpose
from appliance.conversation.model import Channel
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import ShopId
from appliance.outbound.looking import NobodyMeant, NoWishKept, WorkCalls
from appliance.outbound.model import Manners, Outcome, Refused, Withdrawn
from appliance.outbound.rules import LONGEST_CALL, RINGING_TOO_LONG
from appliance.outbound.wishes import Somebody
from security.audit.record import Actor, ActorType
from tests.appliance.aftersales.cases.test_reconciling import RESTORED, SETTLED, as_owner
from tests.appliance.conversation.world import NOW, SHOP
from tests.appliance.dialogue.world import CUSTOMER
from tests.appliance.outbound.world import LEFT, CallWorld

SYSTEM = Actor(type=ActorType.CLIENT, id="k-1")
AGENT = Caller(author=Author(type=AuthorType.STAFF, id="s-1"), serves=lambda _shop: True)


async def dialled(world: CallWorld) -> int:
    await world.caller.plan()
    return await world.caller.dial_due()


async def test_who_asked_to_be_called_is_called_at_the_number_that_he_left(world: CallWorld) -> None:
    await world.message_left()
    assert await dialled(world) == 1
    assert [dial.number for dial in world.pbx.asked] == [LEFT]
    assert await world.calls() == [("call_back", "asked_for", "dialling", 1)]


async def test_the_ground_stands_in_the_log_before_and_the_number_nowhere(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.desk.ended(await world.rung(), Outcome.TALKED)
    (planned,) = await world.logged("outbound.plan")
    assert planned["detail"]["basis"] == "asked_for"
    assert planned["detail"]["rests_on"].startswith("work_order/")
    said = await world.logged("outbound.call")
    assert [(each["kind"], each["outcome"]) for each in said] == [("intent", "pending"), ("outcome", "success")]
    kept = await world.rows("SELECT to_jsonb(c)::text || to_jsonb(a)::text FROM outbound_call c, outbound_attempt a")
    assert LEFT not in str(kept) + str(said) + str(planned)


async def test_the_same_call_is_planned_and_dialled_once(world: CallWorld) -> None:
    await world.message_left()
    assert [await dialled(world), await dialled(world)] == [1, 0]
    assert len(await world.calls()) == 1


async def test_nobody_is_called_before_the_time_that_he_wished(world: CallWorld) -> None:
    await world.message_left(at="明天下午三点")
    assert await dialled(world) == 0
    world.fixed.at = NOW + timedelta(days=1, hours=5)
    assert await dialled(world) == 1


async def test_after_a_restore_nobody_is_called_until_two_have_ended_it(world: CallWorld, owner_url: str) -> None:
    await world.message_left()
    as_owner(owner_url, RESTORED)
    assert await dialled(world) == 0
    as_owner(owner_url, SETTLED)
    assert await dialled(world) == 1


@pytest.mark.parametrize(
    ("hours", "more"),
    [(11, {}), (-2, {}), (0, {"quiet_days": frozenset({"2026-11-21"})}), (0, {"on_weekends": False})],
)
async def test_nobody_is_called_into_quiet_hours(world: CallWorld, hours: int, more: dict[str, object]) -> None:
    """10:00 of a Saturday in Beijing, and so many hours later."""
    await world.message_left()
    world.allow(msgspec.structs.replace(world.manners, **more))
    world.fixed.at = NOW + timedelta(hours=hours)
    assert await dialled(world) == 0
    assert world.pbx.asked == []


async def test_without_a_sealed_intent_no_number_is_looked_up(world: CallWorld) -> None:
    await world.message_left()
    world.trail.is_down = True
    assert await dialled(world) == 0
    assert world.pbx.asked == []
    assert await world.calls() == [("call_back", "asked_for", "waiting", 1)]


async def test_a_shop_that_does_not_want_it_keeps_its_call_backs_with_people(world: CallWorld) -> None:
    await world.message_left()
    world.allow(Manners(shops=(), purposes=(Purpose.CALL_BACK,)))
    assert await dialled(world) == 0
    assert await world.calls() == []
    assert await world.rows("SELECT state FROM work_order") == [("new",)]


async def test_a_purpose_that_is_not_named_is_no_reason_to_call(world: CallWorld) -> None:
    await world.message_left()
    world.allow(msgspec.structs.replace(world.manners, purposes=(Purpose.REFUNDED,)))
    assert await dialled(world) == 0


async def test_what_a_person_has_begun_is_his(world: CallWorld) -> None:
    await world.message_left()
    await world.caller.plan()
    await world.rows("UPDATE work_order SET state = 'in_progress' RETURNING 1")
    assert await world.caller.dial_due() == 0
    assert await world.calls() == [("call_back", "asked_for", "skipped", 1)]


async def test_who_was_spoken_with_has_his_work_order_resolved(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.desk.ended(await world.rung(), Outcome.TALKED)
    assert await world.calls() == [("call_back", "asked_for", "reached", 1)]
    assert await world.rows("SELECT state, outcome FROM work_order") == [("resolved", "done")]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("BUSY", "busy"), ("NOANSWER", "no_answer"), ("CONGESTION", "unreachable"), ("CHANUNAVAIL", "unreachable")],
)
async def test_nobody_answers_and_it_is_tried_again_later_so_often_and_no_more(
    world: CallWorld, status: str, outcome: str
) -> None:
    await world.message_left()
    for number in range(1, 5):
        await dialled(world)
        if number <= 3:
            await world.desk.tried(world.pbx.asked[-1].token, status)
            assert await dialled(world) == 0
        world.fixed.at += timedelta(minutes=world.manners.between_min)
    assert len(world.pbx.asked) == 3
    assert await world.attempts() == [(1, outcome), (2, outcome), (3, outcome)]
    assert await world.calls() == [("call_back", "asked_for", "given_up", 3)]
    assert await world.rows("SELECT state FROM work_order") == [("new",)]


async def test_what_the_dialplan_says_of_an_answered_call_changes_nothing(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.rung()
    await world.desk.tried(world.pbx.asked[-1].token, "NOANSWER")
    assert await world.attempts() == [(1, None)]


async def test_a_switchboard_that_says_nothing_has_reached_nobody_and_shall_not_ring_later(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    assert await world.caller.clear() == 0
    world.fixed.at = NOW + timedelta(seconds=world.manners.ring_s + 1) + RINGING_TOO_LONG
    assert await world.caller.clear() == 1
    assert world.pbx.taken_back == [world.pbx.asked[0].attempt_id]
    assert await world.attempts() == [(1, "no_answer")]
    assert await world.desk.answered(world.pbx.asked[0].token, LEFT) is None


async def test_a_switchboard_that_is_away_is_asked_again_soon(world: CallWorld) -> None:
    await world.message_left()
    world.pbx.refuses = True
    assert await dialled(world) == 0
    assert await world.attempts() == [(1, "not_placed")]
    world.pbx.refuses = False
    world.fixed.at = NOW + timedelta(minutes=11)
    assert await dialled(world) == 1


async def test_what_was_too_late_for_the_switchboard_is_planned_anew(world: CallWorld) -> None:
    """It was away when it was asked, and comes back: it rings nobody, and says so."""
    await world.message_left()
    await dialled(world)
    dial = world.pbx.asked[0]
    assert dial.until == NOW + timedelta(seconds=45)
    world.fixed.at = NOW + timedelta(seconds=60)
    await world.desk.tried(dial.token, "LATE")
    assert await world.attempts() == [(1, "not_placed")]
    world.fixed.at = NOW + timedelta(minutes=12)
    assert await dialled(world) == 1


async def test_nobody_is_rung_whose_intent_was_sealed_when_the_night_had_begun(world: CallWorld) -> None:
    await world.message_left()
    world.allow(msgspec.structs.replace(world.manners, quiet_from=time(10, 5)))
    world.trail.meanwhile = lambda: setattr(world.fixed, "at", NOW + timedelta(minutes=5))
    assert await dialled(world) == 0
    assert world.pbx.asked == []
    assert await world.calls() == [("call_back", "asked_for", "waiting", 1)]


async def test_a_call_is_answered_once_and_with_the_number_that_was_rung(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    dial = world.pbx.asked[0]
    assert await world.desk.answered(dial.token, "13700137000") is None
    assert await world.desk.answered("0" * 32, dial.number) is None
    assert await world.desk.answered(dial.token, dial.number) is not None
    assert await world.desk.answered(dial.token, dial.number) is None


async def test_one_telephone_is_rung_once_at_a_time(world: CallWorld) -> None:
    await world.message_left()
    await world.message_left()
    assert await dialled(world) == 1
    assert [call[2:] for call in await world.calls()].count(("waiting", 0)) == 1
    await world.desk.ended(await world.rung(), Outcome.TALKED)
    world.fixed.at = NOW + timedelta(minutes=6)
    assert await dialled(world) == 1


async def test_so_many_at_once_and_no_more(world: CallWorld) -> None:
    for number in ("13900139001", "13900139002", "13900139003"):
        await world.message_left(caller=number)
    assert await dialled(world) == 2
    assert await dialled(world) == 0
    await world.desk.ended(await world.rung(), Outcome.TALKED)
    assert await dialled(world) == 1


async def test_who_says_no_on_a_call_is_not_called_again_for_anything(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.desk.ended(await world.rung(), Outcome.OPTED_OUT)
    await world.message_left()
    world.fixed.at = NOW + timedelta(hours=3)
    assert await dialled(world) == 0
    assert [call[2] for call in await world.calls()] == ["given_up", "skipped"]
    (wish,) = await world.logged("outbound.refuse")
    assert (wish["actor"]["type"], wish["detail"]) == ("customer", {"how": "on_the_call"})
    assert LEFT not in str(await world.rows("SELECT to_jsonb(r)::text FROM outbound_refusal r"))


async def test_a_no_counts_though_nobody_could_say_how_its_call_ended(world: CallWorld) -> None:
    """Its process died after it was kept."""
    await world.message_left()
    await dialled(world)
    await world.desk.refused(await world.rung())
    world.fixed.at = NOW + LONGEST_CALL + timedelta(minutes=1)
    assert await world.caller.clear() == 1
    assert await world.attempts() == [(1, "opted_out")]
    assert await world.calls() == [("call_back", "asked_for", "given_up", 1)]
    assert len(await world.logged("outbound.refuse")) == 1


@pytest.mark.parametrize("told", [None, Outcome.HUNG_UP], ids=["not told", "taken for a hang-up"])
async def test_a_no_that_could_not_be_kept_is_kept_later(world: CallWorld, told: Outcome | None) -> None:
    await world.message_left()
    await dialled(world)
    attempt = await world.rung()
    for _ in range(2):
        world.unkept.leave(attempt)
    if told is not None:
        await world.desk.ended(attempt, told)
    assert [await world.unkept.settle(world.desk), await world.unkept.settle(world.desk)] == [1, 0]
    assert await world.rows("SELECT how FROM outbound_refusal") == [("on_the_call",)] * 2
    assert len(await world.logged("outbound.refuse")) == 1
    world.fixed.at = NOW + timedelta(hours=3)
    assert await dialled(world) == 0
    assert len(world.pbx.asked) == 1


async def test_who_told_people_is_not_called(world: CallWorld) -> None:
    await world.message_left()
    await world.caller.plan()
    calls = WorkCalls(world.db, world.desk)
    ((work_order_id,),) = await world.rows("SELECT work_order_id FROM work_order")
    await calls.refuse(AGENT, work_order_id)
    assert await world.caller.dial_due() == 0
    assert await world.calls() == [("call_back", "asked_for", "skipped", 1)]
    (wish,) = await world.logged("outbound.refuse")
    assert (wish["actor"]["type"], wish["detail"]) == ("staff", {"how": "by_staff"})


@pytest.mark.parametrize("who", [Somebody(customer_id=CUSTOMER), Somebody(phone=LEFT)], ids=["account", "number"])
async def test_who_told_the_shops_system_is_called_back_no_more_until_it_takes_that_back(
    world: CallWorld, who: Somebody
) -> None:
    """By either name of him; and the audit log has who said so, and neither."""
    await world.message_left()
    await world.caller.plan()
    first = await world.wishes.refuse(SHOP, who, SYSTEM)
    assert await world.wishes.refuse(SHOP, who, SYSTEM) == first == await world.wishes.of(SHOP, who)
    assert (first.is_refused, first.how, first.since) == (True, Refused.BY_SYSTEM, NOW)
    assert await world.caller.dial_due() == 0
    assert await world.calls() == [("call_back", "asked_for", "skipped", 1)]
    (wish,) = await world.logged("outbound.refuse")
    assert (wish["actor"]["type"], wish["detail"]) == ("client", {"how": "by_system"})
    assert CUSTOMER not in str(wish)
    assert LEFT not in str(wish)
    for _ in range(2):
        assert not (await world.wishes.allow(SHOP, who, Withdrawn.CUSTOMER_ASKED, SYSTEM)).is_refused
    (said,) = await world.logged("outbound.allow")
    assert (said["actor"]["type"], said["detail"]) == ("client", {"why": "customer_asked"})
    await world.message_left()
    assert await dialled(world) == 1


async def test_each_name_of_somebody_has_a_record_of_its_own(world: CallWorld) -> None:
    """An account and a number that are told together, one of them known before."""
    await world.wishes.refuse(SHOP, Somebody(phone=LEFT), SYSTEM)
    both = Somebody(customer_id=CUSTOMER, phone=LEFT)
    await world.wishes.refuse(SHOP, both, SYSTEM)
    kept = {mac for (mac,) in await world.rows("SELECT encode(who_mac, 'hex') FROM outbound_refusal")}
    assert len(kept) == 2
    said = [wish["object"]["id"] for wish in await world.logged("outbound.refuse")]
    assert (len(said), set(said)) == (2, kept)
    await world.wishes.allow(SHOP, both, Withdrawn.CUSTOMER_ASKED, SYSTEM)
    assert {wish["object"]["id"] for wish in await world.logged("outbound.allow")} == kept


async def test_who_told_the_shops_system_is_told_no_news(world: CallWorld) -> None:
    call = await world.talk(channel=Channel.VOICE)
    await call.say("我要退鞋子，尺码不合适")
    await call.say("确认")
    await call.settle()
    await world.wishes.refuse(SHOP, Somebody(customer_id=CUSTOMER), SYSTEM)
    await world.rows("UPDATE after_sales_case SET stage = 'refunded', progressed_at = %s RETURNING 1", NOW)
    assert await dialled(world) == 0
    assert [call[:3] for call in await world.calls()] == [("refunded", "contract", "skipped")]


async def test_a_wish_told_by_a_system_is_one_shops_own(world: CallWorld) -> None:
    await world.wishes.refuse(SHOP, Somebody(phone=LEFT), SYSTEM)
    assert not (await world.wishes.of(ShopId("another"), Somebody(phone=LEFT))).is_refused


async def test_a_wish_needs_somebody_whose_it_is(world: CallWorld) -> None:
    await world.message_left(caller="13900139001")
    ((work_order_id,),) = await world.rows("SELECT work_order_id FROM work_order")
    with pytest.raises(NobodyMeant):
        await WorkCalls(world.db, world.desk).refuse(AGENT, work_order_id)


async def test_a_wish_that_is_withdrawn_counts_no_more(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.desk.ended(await world.rung(), Outcome.OPTED_OUT)
    ((work_order_id,),) = await world.rows("SELECT work_order_id FROM work_order")
    calls = WorkCalls(world.db, world.desk)
    stranger = msgspec.structs.replace(AGENT, serves=lambda _shop: False)
    with pytest.raises(NotFound):
        await calls.allow(stranger, work_order_id, Withdrawn.CUSTOMER_ASKED)
    await calls.allow(AGENT, work_order_id, Withdrawn.CUSTOMER_ASKED)
    assert await world.rows("SELECT 1 FROM outbound_refusal") == []
    (said,) = await world.logged("outbound.allow")
    assert (said["actor"]["type"], said["detail"]) == ("staff", {"why": "customer_asked"})
    with pytest.raises(NoWishKept):
        await calls.allow(AGENT, work_order_id, Withdrawn.CUSTOMER_ASKED)
    await world.message_left()
    assert await dialled(world) == 1


async def test_who_serves_another_shop_sees_nothing_of_it(world: CallWorld) -> None:
    await world.message_left()
    ((work_order_id,),) = await world.rows("SELECT work_order_id FROM work_order")
    stranger = msgspec.structs.replace(AGENT, serves=lambda _shop: False)
    with pytest.raises(NotFound):
        await WorkCalls(world.db, world.desk).of(stranger, work_order_id)


async def test_the_wrong_person_is_not_rung_again(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.desk.ended(await world.rung(), Outcome.WRONG_PERSON)
    assert await world.calls() == [("call_back", "asked_for", "given_up", 1)]


async def test_the_attempts_are_shown_on_the_work_order(world: CallWorld) -> None:
    await world.message_left()
    await dialled(world)
    await world.desk.tried(world.pbx.asked[0].token, "BUSY")
    ((work_order_id,),) = await world.rows("SELECT work_order_id FROM work_order")
    (told,) = await WorkCalls(world.db, world.desk).of(AGENT, work_order_id)
    assert (told.outcome, told.number, told.state) == (Outcome.BUSY, 1, "waiting")
    assert told.next_at == NOW + timedelta(minutes=world.manners.between_min)


async def test_news_of_a_case_is_told_to_who_agreed_to_it_on_the_phone(world: CallWorld) -> None:
    call = await world.talk(channel=Channel.VOICE)
    await call.say("我要退鞋子，尺码不合适")
    await call.say("确认")
    await call.settle()
    assert await dialled(world) == 0
    await world.rows("UPDATE after_sales_case SET stage = 'refunded', progressed_at = %s RETURNING 1", NOW)
    world.phones.phone = OrderSystemUnavailable("away")
    assert await dialled(world) == 0
    world.phones.phone = "13800138000"
    world.fixed.at = NOW + timedelta(minutes=11)
    assert await dialled(world) == 1
    assert [call[:3] for call in await world.calls()] == [("refunded", "contract", "dialling")]


async def test_a_case_made_in_writing_is_never_a_reason_to_call(world: CallWorld) -> None:
    talk = await world.talk()
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")
    await talk.settle()
    await world.rows("UPDATE after_sales_case SET stage = 'refunded', progressed_at = %s RETURNING 1", NOW)
    assert await dialled(world) == 0


async def test_a_number_abroad_or_a_short_one_is_not_dialled(world: CallWorld) -> None:
    await world.message_left()
    await world.caller.plan()
    await world.rows("UPDATE outbound_call SET phone = NULL RETURNING 1")
    world.phones.phone = "110"
    assert await world.caller.dial_due() == 0
    assert await world.calls() == [("call_back", "asked_for", "given_up", 1)]
