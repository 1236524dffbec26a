"""The parcel that a customer sends back: heard at any time, laid to one of his cases, checked by its carrier's pattern.

It is spoken of in the flow ``return_refund``, whatever kind of case it comes back for.
"""

from collections.abc import Generator

import msgspec

from appliance.aftersales.orders.model import OrderCase
from appliance.aftersales.parcels import rules
from appliance.dialogue import facts
from appliance.dialogue.asking import Filling, ask, reject
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, ReadOrders, Result, expect
from appliance.dialogue.incoming import Heard
from appliance.dialogue.options import choose_line, choose_order
from appliance.dialogue.schema import Step
from appliance.dialogue.state import Frame, Option, Request
from models.commands import Command, CorrectSlot, Flow, SetSlot, Slot, StartFlow

FLOW = "return_parcel"
SPOKEN_IN = Flow.RETURN_REFUND
MAX_CARDS = 5
NONE, NOTED = "none", "noted"
"""In place of a case: no case waits for a parcel; this very number is on it already."""
_CASE = rules.CASE
_SLOTS = frozenset({Slot.RETURN_TRACKING_NO, Slot.CARRIER})
_SAME_THING = frozenset({Flow.RETURN_REFUND, Flow.EXCHANGE, Flow.REPAIR, Flow.REFUND_PROGRESS, Flow.TRACK_PARCEL})
"""Flows that words about a parcel may be taken for."""


def is_about_parcel(frame: Frame) -> bool:
    return any(position.flow == FLOW for position in frame.path) or not _SLOTS.isdisjoint(frame.slots)


def title(draft: Draft, frame: Frame) -> str:
    """What is worked on, as the customer would call it."""
    return draft.flows[FLOW if is_about_parcel(frame) else frame.flow].title


def take(draft: Draft, heard: Heard) -> Generator[Effect, Result, Heard]:
    """Words about a parcel begin its request, or let it wait; what else was said goes on as it would have."""
    said = {c.slot.value: str(c.value) for c in map(_of_parcel, heard.commands) if c is not None}
    if not said or (not draft.is_idle and is_about_parcel(draft.top) and not draft.top.operation_id):
        return heard
    rest = tuple(c for c in heard.commands if _of_parcel(c) is None and not _is_its_start(c))
    if (order_id := _came_with(draft, said.get(rules.NUMBER))) is not None:
        asks = (StartFlow(flow=Flow.TRACK_PARCEL), SetSlot(slot=Slot.ORDER, value=order_id))
        return msgspec.structs.replace(heard, commands=(*asks, *rest))
    if not draft.is_idle and draft.flows[draft.top.flow].is_query:
        draft.stack.pop()
    if draft.is_idle:
        draft.begin(SPOKEN_IN, dict(said))
    else:
        yield draft.say("noted", {"title": draft.flows[FLOW].title})
        draft.enqueue(Request(flow=SPOKEN_IN, slots=dict(said)))
    digits = rules.plain_number(said.get(rules.NUMBER, ""))
    numbers = tuple(number for number in heard.numbers if number not in digits)
    others = tuple(number for number in heard.foreign_orders if number not in digits)
    return msgspec.structs.replace(heard, commands=rest, numbers=numbers, foreign_orders=others)


def _came_with(draft: Draft, said: str | None) -> str | None:
    """The own order that the parcel came with: it is on its way here, not back."""
    return next((order.order_id for order in draft.orders if said and order.tracking_no == said), None)


def _of_parcel(command: Command) -> SetSlot | CorrectSlot | None:
    return command if isinstance(command, SetSlot | CorrectSlot) and command.slot in _SLOTS else None


def _is_its_start(command: Command) -> bool:
    return isinstance(command, StartFlow) and command.flow in _SAME_THING


def case(draft: Draft, _step: Step) -> Filling:
    """The ``return_case`` collector: the one that waits for a parcel; between several the customer chooses."""
    draft.orders = expect(tuple, (yield ReadOrders()))
    waiting = [order for order in draft.orders if order.awaits_parcel]
    if draft.slot("order") not in {order.order_id for order in waiting}:
        draft.empty("order", "line")
    if not waiting:
        draft.fill(_CASE, NONE)
        return True
    if draft.slot("order") is None and len(waiting) > 1:
        cards = tuple(choose_order(order) for order in waiting[:MAX_CARDS])
        return (yield from _which(draft, "order", cards))
    draft.fill("order", draft.slot("order") or waiting[0].order_id)
    return (yield from _of_order(draft))


def _of_order(draft: Draft) -> Filling:
    found = yield from facts.order(draft)
    cases = rules.awaiting(found.order)
    chosen = set(draft.slot("line") or ())
    meant = [each for each in cases if not chosen or chosen & {line.line_id for line in each.lines}] or list(cases)
    if len(meant) == 1:
        draft.fill(_CASE, meant[0].case_id)
        return True
    of_cases = {line.line_id for each in meant for line in each.lines}
    lines = [line for line in found.order.lines if line.line_id in of_cases]
    return (yield from _which(draft, "line", tuple(choose_line(line) for line in lines[:MAX_CARDS])))


def _which(draft: Draft, slot: str, cards: tuple[Option, ...]) -> Filling:
    yield from ask(draft, _CASE, cards)
    draft.awaiting = slot
    return False


def number(draft: Draft, _step: Step) -> Filling:
    """Checked by its carrier's pattern. Where no carrier was named, some carrier must have such numbers."""
    said, carrier = draft.slot(rules.NUMBER), draft.slot(rules.CARRIER)
    if said is None:
        return (yield from ask(draft, rules.NUMBER, ()))
    written = rules.number_of(carrier, said) if carrier else rules.plain_number(said)
    if written is None or not (carrier or rules.carriers_of(written)):
        key = "parcel_wrong_for" if carrier else "parcel_wrong"
        return (yield from reject(draft, rules.NUMBER, key, {"carrier": carrier or ""}))
    draft.fill(rules.NUMBER, written)
    return True


def carrier(draft: Draft, _step: Step) -> Filling:
    """Inferred where one carrier alone has such numbers. What the case holds already is not written again."""
    if draft.slot(rules.CARRIER) is None:
        fitting = rules.carriers_of(draft.slot(rules.NUMBER))
        if len(fitting) != 1:
            return (yield from ask(draft, rules.CARRIER, (), {"carriers": list(fitting)}))
        draft.fill(rules.CARRIER, fitting[0])
    written = rules.number_of(draft.slot(rules.CARRIER), draft.slot(rules.NUMBER))
    if written is None:
        return (yield from reject(draft, rules.NUMBER, "parcel_wrong_for", {"carrier": draft.slot(rules.CARRIER)}))
    draft.fill(rules.NUMBER, written)
    if rules.is_noted((yield from _case_of(draft)), draft.slot(rules.CARRIER), written):
        draft.fill(_CASE, NOTED)
    return True


def _case_of(draft: Draft) -> Generator[Effect, Result, OrderCase]:
    found = yield from facts.order(draft)
    return next(each for each in rules.awaiting(found.order) if each.case_id == draft.slot(_CASE))
