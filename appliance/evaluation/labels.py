"""Whether the labels of a case can be met at all: a slip of the pen would count as a mistake of every model.

What a model could never give is refused: a reason that is none, an order or a line that the context does not hold, a
quantity in words, a spec that nobody said, a time without its offset.
"""

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches

from appliance.understanding.scoring import Case
from models.commands import Context, CorrectSlot, KnownOrder, Reason, SetSlot, Slot

_PROOF = "verify"
"""There an order's number is proof of who one is, and need not be his."""


def faults(case: Case) -> Iterator[str]:
    """What is wrong, each with its cure."""
    order = str(case.context.slots.get("order", ""))
    for place, command in enumerate(case.expect):
        if isinstance(command, SetSlot | CorrectSlot):
            order = str(command.value) if command.slot is Slot.ORDER else order
            for fault in _of_value(command, case, order):
                yield f"expect[{place}] {command.slot}: {fault}"


def _of_value(command: SetSlot | CorrectSlot, case: Case, order: str) -> Iterator[str]:
    value, context = command.value, case.context
    match command.slot:
        case Slot.REASON if value not in set(Reason):
            yield f"there is no reason {value!r}; {_near(str(value), list(Reason))}"
        case Slot.QUANTITY if not isinstance(value, int) or value < 1:
            yield f"{value!r} is no number: write it as one, such as 2"
        case Slot.ORDER if context.awaiting != _PROOF and value not in {o.order_id for o in context.orders}:
            yield f"the customer has no order {value!r}; {_near(str(value), [o.order_id for o in context.orders])}"
        case Slot.LINE if value not in (known := _lines(context, order)):
            yield f"there is no line {value!r} in the order that is meant; {_near(str(value), known)}"
        case Slot.SPEC if str(value) not in case.text:
            yield f"{value!r} does not stand in the text: label the customer's own words"
        case Slot.CALLBACK_TIME if not _is_moment(str(value)):
            yield f"{value!r} is no ISO time with its offset, such as 2026-05-04T15:00:00+08:00"


def _lines(context: Context, order: str) -> list[str]:
    """Of the order that is meant; of all where none is."""
    meant: list[KnownOrder] = [o for o in context.orders if o.order_id == order] or list(context.orders)
    return [line.line_id for each in meant for line in each.lines]


def _near(value: str, known: list[str]) -> str:
    near = get_close_matches(value, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
