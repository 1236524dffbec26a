"""What may pass: commands of the closed sets, about the customer's own orders. Everything else is dropped."""

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Clarify,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Handoff,
    Nothing,
    Reason,
    Repeat,
    ResumeFlow,
    SetSlot,
    Slot,
    StartFlow,
)

_MOST_UNITS = 999
_LONGEST = 200
_ACTS = (Affirm, Deny, CancelFlow, ResumeFlow, Handoff, Repeat)


def allowed(commands: tuple[Command, ...], context: Context) -> tuple[Command, ...]:
    """The commands that hold, in order; ``none`` where nothing is left."""
    order = context.slots.get(Slot.ORDER.value)
    kept: list[Command] = []
    for command in commands:
        if isinstance(command, StartFlow):
            order = None
        if isinstance(command, SetSlot | CorrectSlot):
            if not _holds(command.slot, command.value, context, order):
                continue
            if command.slot is Slot.ORDER:
                order = command.value
        kept.append(command)
    return tuple(kept) or (Nothing(),)


def _holds(slot: Slot, value: str | int, context: Context, order: str | int | None) -> bool:
    if slot is Slot.QUANTITY:
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_UNITS
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        return False
    match slot:
        case Slot.ORDER:
            return context.awaiting == "verify" or any(o.order_id == value for o in context.orders)
        case Slot.LINE:
            owners = [o for o in context.orders if order is None or o.order_id == order]
            return any(line.line_id == value for o in owners for line in o.lines)
        case Slot.REASON:
            return value in set(Reason)
        case _:
            return True


def is_complete(commands: tuple[Command, ...], context: Context) -> bool:
    """Whether the message can be acted on without waiting for what else the customer is typing.

    A yes to a quote waits: "好的" may go on as "等等，先别办".
    """
    slots = {c.slot.value for c in commands if isinstance(c, SetSlot | CorrectSlot)}
    if context.awaiting is not None and context.awaiting in slots:
        return True
    if context.awaiting == "confirm" and any(isinstance(c, Affirm) for c in commands):
        return False
    if any(isinstance(c, _ACTS) for c in commands):
        return True
    if any(isinstance(c, StartFlow) for c in commands):
        return bool(slots)
    return any(isinstance(c, AskKnowledge | Clarify) for c in commands) and bool(slots)
