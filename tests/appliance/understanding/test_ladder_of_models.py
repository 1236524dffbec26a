from datetime import UTC, datetime

import pytest

from appliance.understanding.service import Understanding
from models.commands import (
    Affirm,
    AskKnowledge,
    Chitchat,
    Command,
    Context,
    Deny,
    Handoff,
    HandoffReason,
    Nothing,
    Prediction,
    SetSlot,
    Slot,
)
from models.errors import AnswerTooLarge, ModelBusy, ModelCorrupt, ModelError, ModelLate, ModelResting, ModelUnavailable

CONTEXT = Context(now=datetime(2026, 4, 15, tzinfo=UTC))
CONFIRM = Context(now=CONTEXT.now, awaiting="confirm")


class Small:
    """A model that always says the same."""

    def __init__(self, *commands: Command, confidence: float = 0.9) -> None:
        self._prediction = Prediction(commands=commands, confidence=confidence)

    def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        return self._prediction


class Large:
    def __init__(self, *commands: Command, confidence: float = 0.8) -> None:
        self._prediction = Prediction(commands=commands, confidence=confidence)

    async def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        return self._prediction


class Away:
    def __init__(self, error: ModelError) -> None:
        self._error = error

    async def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        raise self._error


class Broken:
    def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        raise ModelCorrupt("gone")


async def test_the_language_model_answers_where_there_is_one() -> None:
    understood = await Understanding(Small(Nothing()), Large(Chitchat())).understand("嘿", CONTEXT)
    assert (understood.commands, understood.source, understood.fell_back) == ((Chitchat(),), "llm", None)


async def test_without_one_the_compact_model_answers() -> None:
    understanding = Understanding(Small(Chitchat()))
    assert (await understanding.understand("嘿", CONTEXT)).source == "compact"
    assert not understanding.reads_history


@pytest.mark.parametrize(
    "error",
    [ModelLate("x"), ModelBusy("x"), ModelResting("x"), AnswerTooLarge("x"), ModelUnavailable("x")],
    ids=repr,
)
async def test_when_it_does_not_answer_the_compact_model_does_and_says_why(error: ModelError) -> None:
    understood = await Understanding(Small(Chitchat()), Away(error)).understand("嘿", CONTEXT)
    assert (understood.commands, understood.source, understood.fell_back) == ((Chitchat(),), "compact", error.code)


async def test_of_an_unsure_and_a_sure_answer_the_sure_one_counts() -> None:
    unsure = Large(Nothing(), confidence=0.4)
    assert (await Understanding(Small(Chitchat()), unsure).understand("嘿", CONTEXT)).source == "compact"
    neither = Understanding(Small(Chitchat(), confidence=0.3), unsure)
    assert (await neither.understand("嘿", CONTEXT)).source == "llm"


async def test_with_nobody_left_nothing_is_understood() -> None:
    understood = await Understanding(Broken(), Away(ModelLate("x"))).understand("嘿", CONTEXT)
    assert (understood.commands, understood.confidence) == ((Nothing(),), 0.0)


@pytest.mark.control("K11")
@pytest.mark.parametrize("model", [Small, Large])
async def test_what_a_model_invents_is_dropped(model: type[Small] | type[Large]) -> None:
    invented = SetSlot(slot=Slot.ORDER, value="someone else's")
    understanding = (
        Understanding(Small(invented)) if model is Small else Understanding(Small(Nothing()), Large(invented))
    )
    assert (await understanding.understand("退那单", CONTEXT)).commands == (Nothing(),)


@pytest.mark.parametrize(
    ("small", "counts"),
    [(Affirm(), (Affirm(),)), (AskKnowledge(query="运费"), (Nothing(),)), (Deny(), (Nothing(),))],
)
async def test_a_yes_to_a_quote_counts_where_both_heard_it(small: Command, counts: tuple[Command, ...]) -> None:
    understanding = Understanding(Small(small), Large(Affirm()))
    assert (await understanding.understand("好吧，那运费谁出", CONFIRM)).commands == counts


async def test_a_yes_to_another_question_needs_one_only() -> None:
    offer = Context(now=CONTEXT.now, awaiting="offer")
    understanding = Understanding(Small(Nothing()), Large(Affirm()))
    assert (await understanding.understand("那就照你说的来", offer)).commands == (Affirm(),)


@pytest.mark.parametrize(
    ("words", "reason"),
    [("我要去告你们", HandoffReason.RISK_WORDS), ("我不想活了", HandoffReason.EMOTION)],
)
async def test_an_alarm_is_never_talked_over(words: str, reason: HandoffReason) -> None:
    alarm = Handoff(reason=reason)
    understanding = Understanding(Small(alarm), Large(Chitchat()))
    assert (await understanding.understand(words, CONTEXT)).commands == (alarm, Chitchat())


async def test_a_plain_wish_for_a_person_does_not_hide_an_alarm() -> None:
    alarm, wish = Handoff(reason=HandoffReason.RISK_WORDS), Handoff(reason=HandoffReason.CUSTOMER_ASKED)
    understood = await Understanding(Small(alarm), Large(wish)).understand("我要去告你们，转人工", CONTEXT)
    assert understood.commands == (alarm, wish)


async def test_what_has_a_form_counts_as_the_compact_model_read_it() -> None:
    """The language model copies the words: 明天下午三点 is no time that anybody could be called at."""
    words, read = "明天下午三点", "2026-04-16T15:00:00+08:00"
    asked = Context(now=CONTEXT.now, awaiting="callback_time")
    small = Small(SetSlot(slot=Slot.CALLBACK_TIME, value=read), confidence=0.6)
    large = Large(SetSlot(slot=Slot.CALLBACK_TIME, value=words))
    understood = await Understanding(small, large).understand(words, asked)
    assert (understood.source, understood.commands) == ("llm", (SetSlot(slot=Slot.CALLBACK_TIME, value=read),))
