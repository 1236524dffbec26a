"""A message for people: its words as they were said, a number that was agreed to, a time when somebody calls."""

import pytest

from appliance.dialogue import effects as fx
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import Shop, Talk

WORDS = "退货的钱一直没到，请店长给我回电话"
TOMORROW = "2026-11-22T15:00:00+08:00"


@pytest.fixture
def dictated(talk: Talk) -> Talk:
    """The message was said, and the number to call is awaited."""
    assert talk.hear(say.start("leave_message")).said == ["ask.message"]
    turn = talk.hear(say.NOTHING, words=WORDS)
    assert (turn.said, talk.awaiting) == (["ask.phone_of_account"], "phone")
    return talk


def test_a_message_is_left_with_a_number_and_a_time(dictated: Talk, shop: Shop) -> None:
    assert dictated.hear(say.YES).said == ["ask.callback_time"]
    turn = dictated.hear(say.put("callback_time", TOMORROW))
    assert shop.messages == [fx.LeaveMessage(words=WORDS, phone="⟨手机1⟩", callback_time=TOMORROW)]
    assert (turn.said, turn.outcomes) == (["receipt.leave_message"], [("answered", None)])
    assert "11月22日15:00" in turn.text
    assert turn.of(fx.Say)[0].said.receipt == "M1"


def test_who_has_no_wish_is_called_some_time(dictated: Talk, shop: Shop) -> None:
    dictated.hear(say.YES)
    turn = dictated.hear(say.YES)
    assert (shop.messages[0].callback_time, turn.said) == (None, ["receipt.leave_message"])
    assert "尽快" in turn.text


def test_another_number_may_be_named(dictated: Talk, shop: Shop) -> None:
    assert dictated.hear(say.NO).said == ["ask.phone"]
    dictated.hear(say.put("phone", "13911112222"))
    dictated.hear(say.put("callback_time", TOMORROW))
    assert shop.messages[0].phone == shop.kept["13911112222"]


def test_a_part_of_a_number_is_none(dictated: Talk) -> None:
    for cut in ("2222", "1391111222"):
        assert dictated.hear(say.put("phone", cut)).said == ["phone_wrong"]
        assert dictated.awaiting == "phone"


@pytest.mark.parametrize(
    ("wished", "reply"),
    [
        ("2026-11-21T09:00:00+08:00", "callback_time_past"),
        ("2026-11-22T21:00:00+08:00", "callback_time_closed"),
        ("2026-11-22T08:59:00+08:00", "callback_time_closed"),
        ("2026-11-22T15:00:00", "callback_time_unclear"),
        ("明天", "callback_time_unclear"),
    ],
)
def test_a_time_that_cannot_be_is_asked_for_again(dictated: Talk, wished: str, reply: str) -> None:
    dictated.hear(say.YES)
    assert dictated.hear(say.put("callback_time", wished)).said == [reply]
    assert dictated.hear(say.put("callback_time", TOMORROW)).said == ["receipt.leave_message"]


def test_the_third_such_time_hands_over(dictated: Talk) -> None:
    dictated.hear(say.YES)
    for _ in range(2):
        dictated.hear(say.put("callback_time", "2026-11-22T23:00:00+08:00"))
    assert dictated.hear(say.put("callback_time", "2026-11-22T23:30:00+08:00")).handed_off == "three_misses"


def test_what_is_dictated_is_no_request(talk: Talk) -> None:
    talk.hear(say.start("leave_message"))
    turn = talk.hear(say.start("return_refund"), say.person(), words=WORDS)
    assert turn.said == ["ask.phone_of_account"]
    assert [frame.flow for frame in talk.state.stack] == ["leave_message"]


def test_a_time_said_with_the_message_is_not_asked_again(talk: Talk, shop: Shop) -> None:
    talk.hear(say.start("leave_message"))
    talk.hear(say.put("callback_time", TOMORROW), words="明天下午三点给我打电话")
    assert talk.hear(say.YES).said == ["receipt.leave_message"]
    assert shop.messages[0].callback_time == TOMORROW


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [(say.CANCEL, "不留了", ["cancelled"]), (say.person(), "转人工", ["handoff.customer_asked"])],
)
def test_it_can_be_called_off(talk: Talk, command: object, words: str, said: list[str]) -> None:
    talk.hear(say.start("leave_message"))
    assert talk.hear(command, words=words).said == said  # type: ignore[arg-type]


def test_a_threat_in_a_message_goes_to_a_person_at_once(talk: Talk) -> None:
    talk.hear(say.start("leave_message"))
    assert talk.hear(say.person("risk_words"), words="再不处理我就去法院起诉").handed_off == "risk_words"


def test_a_stranger_names_his_own_number(stranger: Talk, shop: Shop) -> None:
    stranger.hear(say.start("leave_message"))
    assert stranger.hear(say.NOTHING, words=WORDS).said == ["ask.phone"]
    stranger.hear(say.put("phone", "⟨手机1⟩"))
    stranger.hear(say.YES)
    assert shop.messages[0].phone == "⟨手机1⟩"
