"""Cases played against a stand-in over the real protocol."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from appliance.conversation.model import Channel
from appliance.evaluation import runner, scoring
from appliance.evaluation.model import Burst, Case, Customer, Entry, Expect, ReceivedCase, Say, Show, Silence

Fake = Any

DONE = Entry(type="conversation.outcome", data={"outcome": "answered", "flow": "order_status"})


def case(**given: Any) -> Case:
    stated: dict[str, Any] = {"id": "t", "otherwise": "别的"} | given
    expect = msgspec.convert(stated.pop("expect", {}), Expect)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Case(channel=Channel.WEB, now=now, customer=Customer(id="C"), fixtures={}, expect=expect, **stated)


async def test_slots_are_answered_until_an_outcome(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    turns = iter([turn(awaiting="order"), turn(awaiting="line"), turn(reply="在路上", log=(DONE,))])
    asked = case(
        opening=Say(text="查订单"),
        answers={"order": (Say(text="那单"),)},
        expect={"outcome": "answered", "replies_contain": ["路上"], "order_system_writes": 0},
    )
    async with appliance_with(lambda _: next(turns)) as fake:
        played = await runner.play(asked, venue(fake))
        assert fake.stands["c0"].heard == [["查订单"], ["那单"], ["别的"]]
    assert (played.turns, len(played.turn_ms), played.ended, played.error) == (3, 3, "outcome reached", None)
    assert scoring.judge(asked, played).is_passed


async def test_it_stops_at_max_turns(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    async with appliance_with(lambda _: turn(awaiting="order")) as fake:
        played = await runner.play(case(opening=Say(text="喂"), max_turns=3), venue(fake))
    assert (played.turns, played.ended, played.awaiting) == (3, "max_turns", "order")


async def test_it_stops_at_a_hand_off(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    async with appliance_with(lambda _: turn(is_handed_off=True)) as fake:
        played = await runner.play(case(opening=Say(text="转人工"), then=("还有",)), venue(fake))
    assert (played.turns, played.ended) == (1, "handed off")


async def test_a_burst_is_one_turn_and_a_picture_is_uploaded(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    script = (Burst(parts=(Say(text="一"), Say(text="二"))), Show(image="杯.png", caption="裂了"))
    async with appliance_with(lambda _: turn()) as fake:
        played = await runner.play(case(script=script), venue(fake))
        assert fake.stands["c0"].heard == [["一", "二"], ["[e1 裂了]"]]
        assert fake.uploads[0].startswith(b"\x89PNG")
    assert played.turns == 2


async def test_silence_moves_the_clock_and_is_no_turn(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    async with appliance_with(lambda _: turn()) as fake:
        played = await runner.play(case(script=(Say(text="在"), Silence(seconds=300), Say(text="在"))), venue(fake))
        assert fake.stands["c0"].moved_s == 300
    assert played.turns == 2
    assert [words for speaker, words in played.transcript if speaker == "bot"] == ["好的", "还在吗", "好的"]


async def test_after_the_receipt_the_rest_is_said(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    receipt = Entry(type="receipt.received", data={"operation_id": "O1"})
    write = ReceivedCase(operation_id="O1", kind="return_refund", refund_fen=100)
    turns = iter([turn(awaiting="confirm"), turn(log=(receipt,), received=(write,)), turn(), turn(awaiting="order")])
    asked = case(opening=Say(text="退"), answers={"confirm": (Say(text="好"),)}, after_receipt=(Say(text="再退"),) * 2)
    async with appliance_with(lambda _: next(turns)) as fake:
        played = await runner.play(asked, venue(fake))
        assert fake.stands["c0"].heard == [["退"], ["好"], ["再退"], ["再退"]]
    assert (played.writes, played.ended) == (1, "after_receipt used up")


async def test_everything_shown_is_kept_for_scoring(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    async with appliance_with(lambda _: turn(reply="选哪个", quick_replies=("杯子", "碗"))) as fake:
        played = await runner.play(case(script=(Say(text="退"),)), venue(fake))
    assert played.shown == ("选哪个", "杯子", "碗")


async def test_cases_run_at_once_and_come_back_in_order(appliance_with: Fake, turn: Fake, venue: Fake) -> None:
    cases = [case(id=f"t{n}", script=(Say(text=str(n)),)) for n in range(5)]
    heard_of = []
    async with appliance_with(lambda heard: turn(reply=heard[0])) as fake:
        everything = await runner.play_all(cases, venue(fake), at_once=3, done=lambda case, _: heard_of.append(case.id))
    assert [played.shown[0] for played in everything] == ["0", "1", "2", "3", "4"]
    assert sorted(heard_of) == ["t0", "t1", "t2", "t3", "t4"]


async def test_an_appliance_that_is_gone_fails_its_case_and_no_more(
    appliance_with: Fake, turn: Fake, venue: Fake
) -> None:
    async with appliance_with(lambda _: turn()) as fake:
        gone = venue(fake)
    played = await runner.play(case(opening=Say(text="在吗")), gone)
    assert played.error is not None
    assert not scoring.judge(case(opening=Say(text="在吗")), played).is_passed
