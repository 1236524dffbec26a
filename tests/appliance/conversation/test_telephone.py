"""Keys, and several hearings of the same words. No database."""

from datetime import UTC, datetime

import msgspec
import pytest

from appliance.conversation import telephone
from appliance.conversation.hearing import Listening
from appliance.conversation.model import Text
from appliance.dialogue.incoming import SpokenNumber
from appliance.dialogue.options import yes_no
from appliance.dialogue.state import Identity, OwnOrder, Said, State
from appliance.understanding.service import Understanding
from models.commands import CorrectSlot, SetSlot, Slot
from models.compact.model import CompactModel
from tests.appliance.dialogue.world import CUSTOMER, DELIVERED, PAID

COMPACT = CompactModel.load()
NOW = datetime(2026, 11, 21, tzinfo=UTC)
ORDERS = tuple(OwnOrder(order_id=each, status="paid", lines=()) for each in (DELIVERED, PAID))
CALL = State(identity=Identity(customer_id=CUSTOMER), orders=ORDERS, is_call=True)


def said(text: str, *others: str, is_keyed: bool = False) -> Text:
    return Text(client_message_id="m", text=text, alternatives=others, is_keyed=is_keyed)


def keyed(keys: str) -> Text:
    return said(keys, is_keyed=True)


def waiting(awaiting: str | None, **more: object) -> State:
    return msgspec.structs.replace(CALL, awaiting=awaiting, **more)


def test_a_key_means_the_choice_in_its_place() -> None:
    state = waiting("resume", said=(Said(key="resume", options=yes_no()),))
    assert [telephone.payload_of(keyed(key), state) for key in ("1", "2#", "3", "11", "0")] == [
        "affirm",
        "deny",
        None,
        None,
        None,
    ]


def test_what_was_typed_or_said_is_no_key() -> None:
    state = waiting("resume", said=(Said(key="resume", options=yes_no()),))
    assert telephone.payload_of(said("1"), state) is None
    assert not telephone.is_press(said("0"), state)


def test_where_nothing_is_awaited_a_digit_is_words() -> None:
    assert not telephone.is_press(keyed("1"), waiting(None, said=(Said(key="x", options=yes_no()),)))


def test_all_hearings_of_a_turn_are_its_messages_with_the_others_of_the_last_spoken() -> None:
    messages = [said("我要退货", "我要推货"), said("散四五六", "三四五六"), keyed("12#")]
    assert telephone.hearings(messages) == ("我要退货\n散四五六\n12", "我要退货\n三四五六\n12")


@pytest.mark.parametrize(
    ("words", "awaiting", "number"),
    [
        ("三四五六", "order", SpokenNumber(digits="3456", order_id=DELIVERED, is_sure=True)),
        ("三四五六", "reason", None),
        ("尾号三四五六", "reason", SpokenNumber(digits="3456", order_id=DELIVERED, is_sure=True)),
        ("手机尾号三四五六", "reason", None),
        ("快递单号三四五六", None, None),
        ("二零二六一一一零一二三四五六", None, SpokenNumber(digits=DELIVERED, order_id=DELIVERED, is_sure=True)),
        ("三四五六", "phone", None),
    ],
)
def test_a_number_names_an_order_where_one_was_asked_for_or_the_words_say_so(
    words: str, awaiting: str | None, number: SpokenNumber | None
) -> None:
    assert telephone.number_meant([said(words)], waiting(awaiting), ()) == number


def test_keys_are_not_misheard() -> None:
    assert telephone.number_meant([keyed("3457#")], waiting("order"), ()) == SpokenNumber(digits="3457", is_sure=True)
    assert telephone.number_meant([keyed("3456#")], waiting("order"), ()) == SpokenNumber(
        digits="3456", order_id=DELIVERED, is_sure=True
    )


def test_of_a_stranger_and_in_writing_no_number_is_matched() -> None:
    stranger = msgspec.structs.replace(waiting("order"), identity=Identity())
    in_writing = msgspec.structs.replace(waiting("order"), is_call=False)
    assert [telephone.number_meant([said("三四五六")], each, ()) for each in (stranger, in_writing)] == [None, None]


@pytest.mark.parametrize(
    ("awaiting", "hearings", "slot", "value"),
    [
        ("return_tracking_no", ("顺丰SF一二三", "顺丰SF1234567890999"), Slot.RETURN_TRACKING_NO, "SF1234567890999"),
        ("phone", ("打那个号码", "打⟨手机2⟩"), Slot.PHONE, "⟨手机2⟩"),
    ],
)
async def test_where_a_number_was_asked_for_the_hearing_that_holds_one_counts(
    awaiting: str, hearings: tuple[str, ...], slot: Slot, value: str
) -> None:
    heard = (await Listening(Understanding(COMPACT)).hear([said(*hearings)], waiting(awaiting), "", NOW)).heard
    given = [c.value for c in heard.commands if isinstance(c, SetSlot | CorrectSlot) and c.slot is slot]
    assert given == [value]
