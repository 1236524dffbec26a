"""A model's answer into commands: short names into the customer's own ids, and nothing that his words do not hold."""

import re
import unicodedata
from typing import Any, Final

import msgspec

from models.commands import (
    AskKnowledge,
    Command,
    Context,
    CorrectSlot,
    Nothing,
    SetSlot,
    Slot,
    StartFlow,
)
from models.errors import AnswerUnusable
from models.llm.own import Own

_COPIED: Final = frozenset(
    {
        Slot.ADDRESS,
        Slot.PHONE,
        Slot.RETURN_TRACKING_NO,
        Slot.CARRIER,
        Slot.INVOICE_TITLE,
        Slot.TAX_ID,
        Slot.CALLBACK_TIME,
        Slot.SPEC,
    }
)
"""Slots that hold the customer's own words; a value that he did not write was made up."""
_APART = re.compile(r"[\W_]+")


class _Commands(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commands: tuple[Command, ...]


_decoder = msgspec.json.Decoder(_Commands)


def read(answer: str, text: str, context: Context) -> tuple[Command, ...]:
    """The commands that hold. Raises AnswerUnusable, with what is wrong, where the answer as a whole does not."""
    try:
        commands = _decoder.decode(answer).commands
    except msgspec.DecodeError as error:
        raise AnswerUnusable(f"no list of commands: {error}") from error
    own = Own(context)
    current = context.slots.get(Slot.ORDER.value)
    kept: list[Command] = []
    wrong: list[str] = []
    for command in commands:
        match command:
            case StartFlow():
                current = None
                kept.append(_quoted(command, text))
            case SetSlot() | CorrectSlot():
                try:
                    filled = _filled(command, text, context, own)
                except AnswerUnusable as problem:
                    wrong.append(str(problem))
                    continue
                for one in filled:
                    if one.slot is Slot.ORDER and one.value == current:
                        continue
                    current = one.value if one.slot is Slot.ORDER else current
                    kept.append(_quoted(one, text))
            case AskKnowledge():
                kept.append(msgspec.structs.replace(command, query=command.query.strip() or text))
            case _:
                kept.append(_quoted(command, text))
    if wrong and not [command for command in kept if not isinstance(command, Nothing)]:
        raise AnswerUnusable("; ".join(wrong))
    return tuple(kept) or (Nothing(),)


def _filled(command: SetSlot | CorrectSlot, text: str, context: Context, own: Own) -> tuple[SetSlot | CorrectSlot, ...]:
    value = command.value
    match command.slot:
        case Slot.ORDER:
            return (msgspec.structs.replace(command, value=_order(str(value), text, context, own)),)
        case Slot.LINE:
            line = own.lines.get(str(value))
            if line is None:
                raise AnswerUnusable(f"there is no line {value}")
            order = type(command)(slot=Slot.ORDER, value=line.order_id, evidence=command.evidence)
            return (order, msgspec.structs.replace(command, value=line.line.line_id))
        case slot if slot in _COPIED and not _is_in(str(value), text):
            raise AnswerUnusable(f"{slot} holds words that the customer did not write")
        case _:
            return (command,)


def _order(value: str, text: str, context: Context, own: Own) -> str:
    if (order := own.orders.get(value)) is not None:
        return order.order_id
    if any(order.order_id == value for order in context.orders) or _is_in(value, text):
        return value
    raise AnswerUnusable(f"there is no order {value}")


def _quoted(command: Any, text: str) -> Any:
    """Evidence that the customer did not write is none."""
    if command.evidence is None or _is_in(command.evidence, text):
        return command
    return msgspec.structs.replace(command, evidence=None)


def _is_in(words: str, text: str) -> bool:
    wanted = _plain(words)
    return bool(wanted) and wanted in _plain(text)


def _plain(words: str) -> str:
    return _APART.sub("", unicodedata.normalize("NFKC", words)).lower()
