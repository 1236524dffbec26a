"""The ladder: fast path, then the language model where there is one, with the compact model ready beside it.

The compact model answers first, in a millisecond: whatever becomes of the larger one, there is an answer by its
deadline. Two things the larger model does not decide alone: that a customer said yes, and that there was no alarm.
And it copies what was said: times and numbers count as the compact model has read them.
"""

import msgspec

from appliance.understanding import fast_path
from appliance.understanding.model import Understood
from appliance.understanding.rules import allowed, is_complete
from models.commands import (
    Affirm,
    Command,
    CommandModel,
    Context,
    CorrectSlot,
    Handoff,
    HandoffReason,
    Nothing,
    RemoteCommandModel,
    SetSlot,
    Slot,
)
from models.errors import ModelError

COMPACT = "compact"
LLM = "llm"
_ALARMS = frozenset({HandoffReason.RISK_WORDS, HandoffReason.EMOTION})
"""Threats, raw anger, and words about ending one's life."""


_READ = frozenset({Slot.CALLBACK_TIME, Slot.PHONE, Slot.RETURN_TRACKING_NO, Slot.TAX_ID})
"""What has a form that the compact model brings it into."""


class Understanding:
    """``sure`` is the confidence below which the compact model's answer is looked at as well."""

    def __init__(
        self, compact: CommandModel, language_model: RemoteCommandModel | None = None, *, sure: float = 0.5
    ) -> None:
        self._compact = compact
        self._language_model = language_model
        self._sure = sure

    @property
    def reads_history(self) -> bool:
        """Whether what was said before is of use."""
        return self._language_model is not None

    async def understand(self, text: str, context: Context) -> Understood:
        """Never raises for a model's sake: the compact model's answer is the least that there is."""
        if known := fast_path.understand(text, context):
            return known
        small = self.at_once(text, context)
        if self._language_model is None:
            return small
        try:
            prediction = await self._language_model.predict(text, context)
        except ModelError as away:
            return msgspec.structs.replace(small, fell_back=away.code, questions=away.questions)
        if prediction.confidence < self._sure <= small.confidence:
            return msgspec.structs.replace(small, questions=prediction.questions)
        said = _as_read(prediction.commands, small.commands)
        commands = _checked(allowed(said, context), small.commands, context)
        return Understood(
            commands=commands, confidence=prediction.confidence, source=LLM, questions=prediction.questions
        )

    def is_complete(self, understood: Understood, context: Context) -> bool:
        return is_complete(understood.commands, context)

    def at_once(self, text: str, context: Context) -> Understood:
        """The compact model's answer: no other is asked."""
        try:
            prediction = self._compact.predict(text, context)
        except ModelError as gone:
            return Understood(commands=(Nothing(),), confidence=0.0, source=COMPACT, fell_back=gone.code)
        commands = allowed(prediction.commands, context)
        return Understood(commands=commands, confidence=prediction.confidence, source=COMPACT)


def _as_read(said: tuple[Command, ...], small: tuple[Command, ...]) -> tuple[Command, ...]:
    """明天下午三点 as a time, 幺三幺四 as digits, where both models heard a value for the slot."""
    read = {each.slot: each.value for each in small if isinstance(each, SetSlot | CorrectSlot) and each.slot in _READ}
    return tuple(
        msgspec.structs.replace(each, value=read[each.slot])
        if isinstance(each, SetSlot | CorrectSlot) and each.slot in read
        else each
        for each in said
    )


def _checked(said: tuple[Command, ...], small: tuple[Command, ...], context: Context) -> tuple[Command, ...]:
    """What the language model said, but for a yes to a quote that the compact model does not hear, and with its alarm.

    Money moves on a yes: both have to have heard it.
    """
    commands = said
    if context.awaiting == "confirm" and not any(isinstance(command, Affirm) for command in small):
        commands = tuple(command for command in said if not isinstance(command, Affirm))
    if not any(map(_is_alarm, commands)):
        commands = (*filter(_is_alarm, small), *commands)
    return commands or (Nothing(),)


def _is_alarm(command: Command) -> bool:
    return isinstance(command, Handoff) and command.reason in _ALARMS
