"""What a call that we made does with a no: kept before it is promised, asked back in doubt, and nothing else is one."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from appliance.config_calls import Purpose
from appliance.errors import Unavailable
from appliance.ids import ShopId, uuid7
from appliance.joints.outbound_talk import OutboundTalk
from appliance.joints.voice import ConversationTalk
from appliance.outbound.model import Attempt, Outcome
from appliance.outbound.opening import OpeningWords
from appliance.outbound.service import OutboundDesk
from appliance.outbound.unkept import UnkeptWishes
from appliance.voice.events import BotLeaves, BotSays
from appliance.voice.model import Exit, Spoken

SAID = OpeningWords.load().said
ATTEMPT = Attempt(
    shop_id=ShopId("demo"),
    call_id=uuid7(),
    attempt_id=uuid7(),
    number=1,
    purpose=Purpose.CALL_BACK,
    work_order_id=None,
    customer_id=None,
    number_mac=b"m" * 32,
    answered_at=datetime(2026, 11, 23, tzinfo=UTC),
)
LEAVES = "<leaves>"


class Conversation:
    """``ConversationTalk``, as far as it is spoken to."""

    def __init__(self) -> None:
        self.passed_on: list[str] = []

    async def pass_on(self, spoken: Spoken) -> None:
        self.passed_on.append(spoken.text)

    async def ended(self, how: Exit) -> None: ...


class Desk:
    """``OutboundDesk``, whose database may be away."""

    def __init__(self) -> None:
        self.is_away = False
        self.refused_of: list[Attempt] = []
        self.outcomes: list[Outcome] = []

    async def refused(self, attempt: Attempt) -> None:
        if self.is_away:
            raise Unavailable("the database is away")
        self.refused_of.append(attempt)

    async def ended(self, attempt: Attempt, outcome: Outcome) -> bool:
        if self.is_away:
            raise Unavailable("the database is away")
        assert attempt == ATTEMPT
        self.outcomes.append(outcome)
        return True


class Held:
    """A call on which somebody has answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conversation, self.desk = Conversation(), Desk()
        self.talk = OutboundTalk(
            cast(ConversationTalk, self.conversation),
            cast(OutboundDesk, self.desk),
            ATTEMPT,
            OpeningWords.load(),
            UnkeptWishes(folder),
        )

    async def say(self, *texts: str) -> list[str]:
        """And what it says to that."""
        for text in texts:
            await self.talk.pass_on(Spoken(text=text))
        return self.answers()

    def answers(self) -> list[str]:
        told, queue = [], cast("asyncio.Queue[object]", self.talk._told)
        while not queue.empty():
            match queue.get_nowait():
                case BotSays(prompt):
                    told.append("".join(prompt.sentences))
                case BotLeaves():
                    told.append(LEAVES)
        return told

    @property
    def unkept(self) -> list[str]:
        return [file.stem for file in self.folder.glob("*.json")]


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path / "outbound")


@pytest.mark.parametrize("before", [(), ("方便",)], ids=["in the opening", "later"])
@pytest.mark.parametrize(
    "said",
    [
        "以后不要再给我打电话了",
        "请不要再拨打我的电话",
        "你不要老是打电话给我",
        "我是他秘书别再打了",
        "以后不用通知我了",
        "请把我移出你们的名单",
    ],
)
async def test_a_no_is_with_the_desk_before_it_is_promised(held: Held, before: tuple[str, ...], said: str) -> None:
    await held.say(*before)
    assert await held.say(said) == [SAID.refused, LEAVES]
    assert held.desk.refused_of == [ATTEMPT]
    await held.talk.ended(Exit.HANG_UP)
    assert held.desk.outcomes == [Outcome.OPTED_OUT]
    assert held.conversation.passed_on == []


@pytest.mark.parametrize(
    "said",
    [
        "那件裙子我没拆过不要打开包装就可以退对吧",
        "不要打折的那件，我要原价那件",
        "快递员天天打电话骚扰我所以我不要了要退货",
        "给快递打电话他不想接",
    ],
)
async def test_ordinary_words_are_the_conversations(held: Held, said: str) -> None:
    await held.say("方便")
    assert await held.say(said) == []
    assert held.conversation.passed_on == [said]
    await held.talk.ended(Exit.HANG_UP)
    assert held.desk.outcomes == [Outcome.TALKED]


@pytest.mark.parametrize("before", [(), ("方便",)], ids=["in the opening", "later"])
async def test_in_doubt_it_is_asked_back(held: Held, before: tuple[str, ...]) -> None:
    await held.say(*before)
    assert await held.say("别打电话") == [SAID.ask_back]
    assert held.desk.refused_of == []
    assert await held.say("是的") == [SAID.refused, LEAVES]


async def test_who_means_something_else_is_listened_to(held: Held) -> None:
    await held.say("方便")
    assert await held.say("晚上不要打电话", "不是") == [SAID.ask_back, SAID.still_called]
    assert await held.say("我要退货") == []
    assert held.conversation.passed_on == ["我要退货"]


async def test_who_denies_it_and_has_no_time_is_called_again(held: Held) -> None:
    assert await held.say("现在别打", "不是，我在开会") == [SAID.ask_back, SAID.not_now, LEAVES]
    await held.talk.ended(Exit.HANG_UP)
    assert held.desk.outcomes == [Outcome.NOT_NOW]


async def test_what_is_no_answer_to_the_question_is_taken_as_it_is(held: Held) -> None:
    assert await held.say("不要打电话", "我要退那双鞋") == [SAID.ask_back]
    assert held.conversation.passed_on == ["我要退那双鞋"]


async def test_to_hang_up_on_the_question_is_a_yes_to_it(held: Held) -> None:
    await held.say("别打")
    await held.talk.ended(Exit.HANG_UP)
    assert held.desk.outcomes == [Outcome.OPTED_OUT]


async def test_a_machine_that_was_asked_back_has_wished_nothing(held: Held) -> None:
    await held.say("不要打电话，发短信")
    held.talk.beeped()
    await held.talk.ended(Exit.HANG_UP)
    assert held.desk.outcomes == [Outcome.MACHINE]


async def test_nothing_more_is_said_once_goodbye_was(held: Held) -> None:
    await held.say("别再打了")
    assert await held.say("听见没有，别再打了") == []


async def test_what_cannot_be_kept_is_not_promised_and_not_lost(held: Held) -> None:
    held.desk.is_away = True
    assert await held.say("别再打了") == [SAID.not_kept, LEAVES]
    assert held.unkept == [str(ATTEMPT.attempt_id)]
    await held.talk.ended(Exit.HANG_UP)
    assert held.unkept == [str(ATTEMPT.attempt_id)]


async def test_a_question_hung_up_on_is_not_lost_either(held: Held) -> None:
    await held.say("别打")
    held.desk.is_away = True
    await held.talk.ended(Exit.HANG_UP)
    assert held.unkept == [str(ATTEMPT.attempt_id)]


async def test_of_other_outcomes_nothing_is_left(held: Held) -> None:
    await held.say("方便")
    held.desk.is_away = True
    await held.talk.ended(Exit.HANG_UP)
    assert held.unkept == []
