"""The customer's own words that each command rests on: where a value stands, or what weighed most for a label.

Only words that were said are given, cut from the message as it was written (``plain`` has its positions).
"""

import re
from itertools import accumulate

import msgspec

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Chitchat,
    Clarify,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    Nothing,
    Repeat,
    ResumeFlow,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact import goods
from models.compact.clauses import spans
from models.compact.judge import Judge
from models.compact.labels import Act
from models.compact.linear import Linear
from models.compact.normalise import Text
from models.compact.numerals import NUMBER, parse

_Span = tuple[int, int]
_LONGEST = 40
"""Of what is shown; LLMs are held to about as much."""
_LEAST = 2
_ACTS: dict[type, Act] = {
    Affirm: Act.AFFIRM,
    Deny: Act.DENY,
    CancelFlow: Act.GIVE_UP,
    ResumeFlow: Act.RESUME,
    Repeat: Act.REPEAT,
    Chitchat: Act.CHITCHAT,
    Clarify: Act.FAULT_UNCLEAR,
}
_ALARMS = {
    HandoffReason.CUSTOMER_ASKED: Act.HUMAN,
    HandoffReason.RISK_WORDS: Act.THREAT,
    HandoffReason.EMOTION: Act.ANGER,
}
_ALL = re.compile(r"都|全|整单|一起|各")


def shown(commands: tuple[Command, ...], text: Text, context: Context, judge: Judge) -> tuple[Command, ...]:
    """The same commands, each with its words. ``none`` rests on nothing."""
    return tuple(_with_words(command, text, context, judge) for command in commands)


def _with_words(command: Command, text: Text, context: Context, judge: Judge) -> Command:
    if isinstance(command, Nothing) or not text.raw.strip():
        return command
    start, end = _span(command, text, context, judge)
    words = text.raw[start:end].strip(" ，,。！!？?；;")[:_LONGEST]
    return msgspec.structs.replace(command, evidence=words) if words else command


def _span(command: Command, text: Text, context: Context, judge: Judge) -> _Span:
    match command:
        case StartFlow(flow=flow):
            return _weighed(text.plain, judge.of_intent, flow)
        case SetSlot() | CorrectSlot():
            return _of_slot(command, text, context, judge)
        case AskKnowledge(query=query):
            return _where(query, text) or _weighed(text.plain, judge.of_intent, Act.QUESTION)
        case Handoff(reason=reason):
            return _weighed(text.plain, judge.of_intent, _ALARMS.get(reason, Act.HUMAN))
        case _:
            return _likeliest(text.plain, judge.of_intent, _ACTS[type(command)])


def _of_slot(command: SetSlot | CorrectSlot, text: Text, context: Context, judge: Judge) -> _Span:
    value = str(command.value)
    if found := _where(value, text):
        return found
    match command.slot:
        case Slot.REASON:
            return _weighed(text.plain, judge.reason, value)
        case Slot.ORDER | Slot.LINE:
            return _named(command.slot, value, text.plain, context) or _clause_of(text.plain)
        case Slot.QUANTITY:
            return _counted(value, text.plain) or _clause_of(text.plain)
        case _:
            return _clause_of(text.plain)


def _where(words: str, text: Text) -> _Span | None:
    at = text.raw.find(words)
    return (at, at + len(words)) if at >= 0 else None


def _named(slot: Slot, value: str, plain: str, context: Context) -> _Span | None:
    """The goods named, which stand for their line and their order."""
    for mention in goods.mentions(plain, context.orders):
        for order, line in mention.places:
            own = context.orders[order]
            if value == (own.order_id if slot is Slot.ORDER else own.lines[line].line_id):
                return mention.start, mention.end
    return None


def _counted(value: str, plain: str) -> _Span | None:
    numbers = (match.span() for match in re.finditer(NUMBER, plain) if str(parse(match[0])) == value)
    return next(numbers, None) or next((match.span() for match in _ALL.finditer(plain)), None)


def _clause_of(plain: str) -> _Span:
    """Nothing tells it from the rest: as much as may be shown of the message."""
    return 0, min(len(plain), _LONGEST)


def _weighed(plain: str, model: Linear, label: str | Flow) -> _Span:
    """Of the clause that is likeliest by itself, the run of characters that weighed most for the label."""
    start, end = _likeliest(plain, model, label)
    weights = model.weights_of(plain[start:end], label)
    first, last = _heaviest(weights)
    return (start + first, start + last) if last - first >= _LEAST else (start, end)


def _likeliest(plain: str, model: Linear, label: str | Flow) -> _Span:
    """The clause that by itself is likeliest to be that."""
    parts = spans(plain) or [(0, len(plain))]
    return max(parts, key=lambda part: model.probabilities(plain[slice(*part)]).get(label, 0.0))


def _heaviest(weights: list[float]) -> _Span:
    """The run with the greatest sum."""
    sums = [0.0, *accumulate(weights)]
    lowest, best, span = 0, 0.0, (0, 0)
    for at in range(1, len(sums)):
        if sums[at] - sums[lowest] > best:
            best, span = sums[at] - sums[lowest], (lowest, at)
        if sums[at] < sums[lowest]:
            lowest = at
    return span
