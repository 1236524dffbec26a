"""Filling slots: by what was said, by what is the only possibility, else by asking. Nothing is guessed between two."""

from collections.abc import Callable
from typing import Any

import msgspec

from appliance.aftersales.orders.model import OrderStatus
from appliance.dialogue import (
    address,
    callback,
    evidence,
    expressions,
    facts,
    identity,
    invoice,
    parcel,
    spec,
    spoken,
    withdrawal,
)
from appliance.dialogue.asking import DEPENDENT, Filling
from appliance.dialogue.asking import ask as _ask
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import OrderFacts, ReadOrder, ReadOrders, expect
from appliance.dialogue.options import choose_line, choose_order, reason_options
from appliance.dialogue.schema import Step
from appliance.dialogue.state import OwnOrder
from models.commands import Command, CorrectSlot, Reason, SetSlot, Slot

MAX_CARDS = 5
RECEIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})


def fill(draft: Draft, step: Step) -> Filling:
    """True: the slot is filled. False: it was asked for, or the conversation was handed over."""
    slot = step.collect or ""
    if slot == "order" and draft.is_call and not (yield from spoken.settle(draft)):
        return False
    return (yield from COLLECTORS.get(slot, _ask_plainly)(draft, step))


def _order(draft: Draft, step: Step) -> Filling:
    order_id = draft.slot("order")
    if order_id is not None:
        found = draft.facts.get(order_id) or (yield ReadOrder(order_id=order_id))
        if isinstance(found, OrderFacts):
            draft.facts[order_id] = found
            return True
        draft.empty("order", "line", "quantity")
        yield draft.say("order_not_found")
    if not draft.orders:
        draft.orders = expect(tuple, (yield ReadOrders()))
    if not draft.orders:
        yield draft.say("no_orders")
        draft.awaiting = "order"
        return False
    candidates = _candidates(draft, step)
    was_asked = "order" in draft.must_ask or draft.top.tries.get("order", 0) > 0
    if len(candidates) == 1 and not was_asked:
        draft.fill("order", candidates[0].order_id)
        return (yield from _order(draft, step))
    return (yield from _ask(draft, "order", tuple(choose_order(order) for order in candidates[:MAX_CARDS])))


def _candidates(draft: Draft, step: Step) -> list[OwnOrder]:
    """The customer's orders that fit ``among``; all of them where none does."""
    if step.among is None:
        return list(draft.orders)
    condition = draft.condition()
    fitting = [
        order
        for order in draft.orders
        if condition.evaluate({name: getattr(order, name) for name in expressions.AMONG_FACTS})
    ]
    return fitting or list(draft.orders)


def _line(draft: Draft, _step: Step) -> Filling:
    found = yield from facts.order(draft)
    known = {line.line_id for line in found.order.lines}
    chosen = draft.slot("line")
    if chosen and set(chosen) <= known:
        return True
    if len(found.order.lines) == 1:
        draft.fill("line", (found.order.lines[0].line_id,))
        return True
    return (yield from _ask(draft, "line", tuple(choose_line(line) for line in found.order.lines[:MAX_CARDS])))


def _quantity(draft: Draft, _step: Step) -> Filling:
    """Asked only where one line holds several free units and nobody said how many."""
    quantity = draft.slot("quantity")
    lines: tuple[str, ...] = tuple(draft.slot("line") or ())
    if quantity is not None or len(lines) != 1:
        return True
    found = yield from facts.order(draft)
    free = found.free.get(lines[0], 0)
    if free <= 1:
        return True
    line = found.order.line(lines[0])
    told = {"title": line.title if line else "", "free": free}
    return (yield from _ask(draft, "quantity", (), told))


def _reason(draft: Draft, _step: Step) -> Filling:
    if draft.slot("reason") in set(Reason):
        return True
    found = yield from facts.order(draft)
    return (yield from _ask(draft, "reason", reason_options(is_received=found.order.status in RECEIVED)))


def _ask_plainly(draft: Draft, step: Step) -> Filling:
    slot = step.collect or ""
    if draft.slot(slot) is not None:
        return True
    return (yield from _ask(draft, slot, ()))


COLLECTORS: dict[str, Callable[[Draft, Step], Filling]] = {
    "identity": identity.prove,
    "order": _order,
    "line": _line,
    "quantity": _quantity,
    "reason": _reason,
    "evidence": evidence.pictures,
    "invoice_title": invoice.title,
    "tax_id": invoice.tax_id,
    "message": _ask_plainly,
    "phone": callback.phone,
    "callback_time": callback.callback_time,
    "spec": spec.choose,
    "address": address.complete,
    "return_case": parcel.case,
    "return_tracking_no": parcel.number,
    "carrier": parcel.carrier,
    "withdrawn_case": withdrawal.case,
}


def fits(command: Command) -> bool:
    """Whether a said value is one at all. Pictures are evidence, and words about pictures are none."""
    if not isinstance(command, SetSlot | CorrectSlot):
        return True
    value = command.value
    match command.slot:
        case Slot.EVIDENCE:
            return False
        case Slot.QUANTITY:
            return isinstance(value, int) and value > 0
        case Slot.REASON:
            return value in set(Reason)
    return isinstance(value, str) and bool(value)


def put(draft: Draft, slot: str, value: Any, *, many: bool = False) -> bool:
    """Put a said value into the top request's slot; True if it changed something that was there.

    A new order forgets lines, quantity, pictures and spec; a new line forgets quantity, pictures and spec.
    """
    before = draft.slot(slot)
    if slot == "line":
        before = tuple(before) if before else None
        value = tuple(dict.fromkeys((*before, value))) if many and before else (value,)
    if before == value:
        return False
    if before is not None and not many:
        draft.empty(*DEPENDENT.get(slot, ()))
    draft.fill(slot, value)
    tries = {name: n for name, n in draft.top.tries.items() if name != slot}
    draft.stack[-1] = msgspec.structs.replace(draft.top, tries=tries)
    return before is not None
