"""What a customer gets, seen through the chat protocol alone."""

from typing import Any

import pytest

from appliance.conversation.model import VisibleKind

Fixture = Any
LAMP, KETTLE, PHONE, ORDER = "台灯", "烧水壶", "14611223344", "55501234567890"


@pytest.mark.control("K10", "L-01", "P-08")
async def test_a_machine_says_first_that_it_is_one(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.conversation.until(lambda: bool(talk.conversation.events))
        first = talk.conversation.events[0]
        assert (first.kind, first.is_ai) == (VisibleKind.NOTICE, True)


async def test_a_return_goes_from_words_to_one_write(shop: Fixture) -> None:
    async with shop.talk() as talk:
        assert await talk.return_the_lamp() == "confirm"
        assert "200元" in talk.shown
        assert await shop.writes() == 0
        await talk.say("确认")
        case = (await shop.received())[0]
        assert (case.kind, case.order_id, case.refund_fen, case.freight_payer) == (
            "return_refund",
            ORDER,
            20000,
            "customer",
        )
        assert await shop.writes() == 1
        (receipt,) = await talk.log("receipt.received")
        assert receipt.data["refund_fen"] == 20000


async def test_a_yes_with_a_question_is_answered_and_asked_again(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        assert await talk.say("好的，不过运费谁出？") == "confirm"
        assert await shop.writes() == 0


async def test_a_second_yes_writes_nothing_more(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认", "确认", "再确认一次")
        assert await shop.writes() == 1


@pytest.mark.parametrize("no", ["不退了", "先不办", "不行", "不确认", "算了，不退了"])
async def test_a_no_leaves_everything_as_it_was(shop: Fixture, no: str) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say(no)
        assert await shop.writes() == 0
        (outcome,) = await talk.log("conversation.outcome")
        assert outcome.data["outcome"] == "cancelled"


@pytest.mark.control("K11")
async def test_the_same_return_cannot_be_had_twice(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认")
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认")
        decisions = await talk.log("decision.made")
        assert [entry.data["rule"] for entry in decisions] == ["G2"]
    assert await shop.writes() == 1


@pytest.mark.control("K11")
async def test_two_conversations_that_say_yes_at_once_write_once(shop: Fixture) -> None:
    async with shop.talk() as one, shop.talk() as two:
        await one.return_the_lamp()
        await two.return_the_lamp()
        sent = [(talk, await talk.conversation.say("确认")) for talk in (one, two)]
        for talk, name in sent:
            await talk.conversation.flush()
            await talk.conversation.turn_end(name)
        assert await shop.writes() == 1


async def test_a_quote_does_not_outlive_its_time(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.conversation.move_clock(3600)
        await talk.say("确认")
        assert await shop.writes() == 0


async def test_a_parcel_is_told_from_the_order_systems_own_trace(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.say("我的烧水壶到哪了")
        assert "芜湖" in talk.shown


@pytest.mark.control("P-14", "G-02")
async def test_a_person_is_there_for_the_asking_and_the_bot_falls_silent(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.say("转人工")
        assert talk.conversation.is_handed_off
        (handoff,) = await talk.log("handoff.made")
        assert handoff.data["reason"] == "customer_asked"
        before = len(talk.conversation.said_by_bot())
        sent = await talk.conversation.say("还在吗")
        await talk.conversation.flush()
        await talk.conversation.until(lambda: any(e.client_message_id == sent for e in talk.conversation.events))
        assert len(talk.conversation.said_by_bot()) == before


@pytest.mark.control("P-15", "K11")
async def test_an_unknown_visitor_is_told_nothing_before_he_proves_who_he_is(shop: Fixture) -> None:
    async with shop.talk(is_known=False) as talk:
        assert await talk.say("我的台灯要退货") == "verify"
        assert LAMP not in talk.shown.replace("台灯要退货", "")
        assert PHONE[-4:] not in talk.shown
        await talk.say(f"订单号{ORDER}，手机尾号{PHONE[-4:]}")
        assert "identity.checked" in [entry.type for entry in await talk.log()]


@pytest.mark.control("K11")
async def test_three_wrong_proofs_and_a_person_takes_over(shop: Fixture) -> None:
    async with shop.talk(is_known=False) as talk:
        await talk.say("查一下我的快递", f"{ORDER} 尾号0001", f"{ORDER} 尾号0002", f"{ORDER} 尾号0003")
        assert talk.conversation.is_handed_off
        await talk.conversation.until(lambda: True)
        (handoff,) = await talk.log("handoff.made")
        assert handoff.data["reason"] == "identity_failed"
        assert KETTLE not in talk.shown


async def test_a_button_carries_its_meaning(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        buttons = {r.label: r.payload for e in talk.conversation.said_by_bot() for r in e.quick_replies}
        sent = await talk.conversation.choose(next(payload for label, payload in buttons.items() if "确认" in label))
        await talk.conversation.turn_end(sent)
        assert await shop.writes() == 1


@pytest.mark.control("M-16")
async def test_the_orders_of_one_shop_are_unknown_in_another(shop: Fixture, other_shop: Fixture) -> None:
    """Both shops hold an order of this number; each customer reaches his own only."""
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认")
    assert (await shop.writes(), await other_shop.writes()) == (1, 0)
