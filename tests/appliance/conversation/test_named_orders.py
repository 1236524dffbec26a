"""Who names an order of his own and asks nothing is told how it stands."""

import pytest

from appliance.conversation.model import Channel
from models.commands import Command
from tests.appliance.conversation import world as scripted
from tests.appliance.conversation.world import PHONE, SHOP, World
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, FOREIGN


@pytest.fixture(autouse=True)
def _understood(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, tuple[Command, ...]] = {
        DELIVERED: (say.order(DELIVERED),),
        FOREIGN: (say.order(FOREIGN),),
        f"{DELIVERED}，你们老板贵姓": (say.order(DELIVERED),),
        "不是三四五六，是零零零二": (say.NO,),
        f"{DELIVERED}，我要退货": (say.start("return_refund"), say.order(DELIVERED)),
    }
    for words, commands in heard.items():
        monkeypatch.setitem(scripted.SCRIPT, words, commands)


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.VOICE])
async def test_a_number_alone_is_a_question(world: World, channel: Channel) -> None:
    talk = await world.talk(channel=channel)
    assert await talk.say(DELIVERED) == ["status.delivered"]


async def test_on_the_phone_it_may_be_nearly_right_and_is_read_back(world: World) -> None:
    call = await world.talk(channel=Channel.VOICE)
    assert await call.utter("订单号二零二六一一一零一二三四五散", "订单号二零二六一一一零一二三四五") == ["order_heard"]
    assert await call.say("确认") == ["status.delivered"]


async def test_who_says_which_it_is_not_and_which_it_is_means_the_other(world: World) -> None:
    call = await world.talk(channel=Channel.VOICE)
    assert await call.utter("订单号二零二六一一一零一二三四五散", "订单号二零二六一一一零一二三四五") == ["order_heard"]
    assert await call.utter("不是三四五六，是零零零二") == ["status.shipped"]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.VOICE])
async def test_with_words_that_were_not_understood_it_answers_nothing(world: World, channel: Channel) -> None:
    talk = await world.talk(channel=channel)
    assert await talk.say(f"{DELIVERED}，你们老板贵姓") == ["not_understood"]


async def test_with_a_request_it_is_the_order_of_that(world: World) -> None:
    talk = await world.talk()
    await talk.say(f"{DELIVERED}，我要退货")
    assert await talk.awaiting() == "reason"


async def test_somebody_elses_number_is_told_nothing_of(world: World) -> None:
    talk = await world.talk()
    assert await talk.say(FOREIGN) == ["order_not_found"]


# Who has not said yet who he is.

UNKNOWN = "20261117888888"
SPELLED = "订单号二零二六一一一零一二三四五六"


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.VOICE])
@pytest.mark.parametrize("words", [DELIVERED, f"你好，订单号是{DELIVERED}", SPELLED, "2026 1110 123456"])
async def test_a_stranger_proves_himself_and_is_told_how_that_order_stands(
    world: World, channel: Channel, words: str
) -> None:
    talk = await world.talk(customer=None, channel=channel)
    assert await talk.say(words) == ["verify.ask_tail"]
    assert await talk.awaiting() == "verify"
    assert await talk.say(PHONE[-4:]) == ["verify.done", "status.delivered"]


async def test_a_caller_from_the_accounts_phone_is_told_at_once(world: World) -> None:
    call = await world.talk(customer=None, channel=Channel.VOICE, caller=PHONE)
    assert await call.say(DELIVERED) == ["verify.done", "status.delivered"]


async def test_a_caller_from_another_phone_is_asked_for_the_accounts(world: World) -> None:
    call = await world.talk(customer=None, channel=Channel.VOICE, caller="13900009999")
    assert await call.say(DELIVERED) == ["verify.tail_of_caller"]
    assert await call.say(PHONE[-4:]) == ["verify.done", "status.delivered"]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.VOICE])
async def test_a_stranger_does_not_hear_whether_there_is_such_an_order(world: World, channel: Channel) -> None:
    heard, shown = [], []
    for order_id in (FOREIGN, UNKNOWN):
        talk = await world.talk(customer=None, channel=channel)
        heard.append([await talk.say(words) for words in (order_id, PHONE[-4:])])
        seen = await world.process.conversations.transcript(SHOP, talk.conversation_id)
        shown.append([event.text for event in seen if event.is_ai])
        assert await talk.of("facts.read") == []
    assert heard[0] == heard[1] == [["verify.ask_tail"], ["verify.failed"]]
    assert shown[0] == shown[1]


async def test_until_he_is_known_nothing_is_read_of_the_order(world: World) -> None:
    talk = await world.talk(customer=None)
    await talk.say(DELIVERED)
    assert await talk.of("facts.read") == await talk.of("identity.checked") == []


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.VOICE])
async def test_a_strangers_number_with_words_that_were_not_understood_answers_nothing(
    world: World, channel: Channel
) -> None:
    talk = await world.talk(customer=None, channel=channel)
    assert await talk.say(f"{DELIVERED}，你们老板贵姓") == ["not_understood"]


@pytest.mark.parametrize("words", ["3456", "尾号8000"])
async def test_a_few_digits_of_a_stranger_name_no_order(world: World, words: str) -> None:
    talk = await world.talk(customer=None)
    assert await talk.say(words) == ["not_understood"]
