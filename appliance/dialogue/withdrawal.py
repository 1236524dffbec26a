"""A case that its customer takes back: heard where nothing is being worked on, shown with what is in it, agreed to.

It is spoken of in the flow ``return_refund``, whatever kind of case it is: the set of flows is closed.
"""

import msgspec

from appliance.aftersales.cases import withdrawal as rules
from appliance.aftersales.cases.withdrawal import Standing
from appliance.aftersales.orders.model import OrderCase
from appliance.dialogue import facts, parcel
from appliance.dialogue.asking import Filling, ask
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import ReadOrders, expect
from appliance.dialogue.incoming import Heard
from appliance.dialogue.options import choose_line, choose_order
from appliance.dialogue.schema import Step
from appliance.dialogue.state import Frame, Option, OwnOrder
from models.commands import Affirm, CancelFlow, CorrectSlot, Flow, Repeat, SetSlot, Slot, StartFlow

FLOW = "withdraw_case"
SPOKEN_IN = Flow.RETURN_REFUND
WISH = "withdrawal"
"""The slot that makes a return the taking back of one."""
NONE = "none"
"""In place of a case: he has none."""
MAX_CARDS = 5
_NAMES_IT = frozenset({Slot.ORDER, Slot.LINE})


def is_about(frame: Frame) -> bool:
    return WISH in frame.slots


def title(draft: Draft, frame: Frame) -> str:
    """What is worked on, as the customer would call it."""
    return draft.flows[FLOW].title if is_about(frame) else parcel.title(draft, frame)


def take(draft: Draft, heard: Heard) -> Heard:
    """Taking back means a case of before, where nothing is begun; where his yes to that is awaited, yes or nothing."""
    kinds = {type(command) for command in heard.commands}
    if CancelFlow not in kinds:
        return heard
    if not draft.is_idle:
        return _at_its_confirmation(heard) if is_about(draft.top) and draft.was_awaiting == "confirm" else heard
    if StartFlow in kinds or draft.was_awaiting is not None or not _may_have_one(draft):
        return heard
    named = [c for c in heard.commands if isinstance(c, SetSlot | CorrectSlot) and c.slot in _NAMES_IT]
    draft.begin(SPOKEN_IN, {WISH: "asked"})
    return msgspec.structs.replace(heard, commands=tuple(named))


def _at_its_confirmation(heard: Heard) -> Heard:
    """对，不退了 is a yes; 不退了 alone may be either, so what is about to be done is said again."""
    is_yes = {type(command) for command in heard.commands} == {Affirm, CancelFlow}
    return msgspec.structs.replace(heard, commands=(Affirm(),) if is_yes else (Repeat(),))


def _may_have_one(draft: Draft) -> bool:
    return draft.identity.customer_id is None or any(order.withdrawable for order in draft.orders)


def case(draft: Draft, _step: Step) -> Filling:
    """The ``withdrawn_case`` collector: the one that can go; between several the customer chooses."""
    draft.orders = expect(tuple, (yield ReadOrders()))
    meant = _meant(draft)
    if not meant:
        draft.fill(rules.CASE, NONE)
        return True
    if draft.slot("order") not in {order.order_id for order in meant}:
        draft.empty("order", "line")
        if len(meant) > 1 or "order" in draft.must_ask:
            cards = tuple(choose_order(order) for order in meant[:MAX_CARDS])
            return (yield from _which(draft, "order", cards))
        draft.fill("order", meant[0].order_id)
    return (yield from _of_order(draft))


def _meant(draft: Draft) -> list[OwnOrder]:
    """The order he named, if it has a case; else those with a case that can go, those of people, any."""
    having = [order for order in draft.orders if order.withdrawable]
    named = [order for order in having if order.order_id == draft.slot("order")]
    for wanted in (Standing.FREE, Standing.SENT):
        if not named and (fitting := [order for order in having if order.withdrawable == wanted]):
            return fitting
    return named or having


def _of_order(draft: Draft) -> Filling:
    found = yield from facts.order(draft)
    cases = rules.taken_back_first(found.order)
    if rules.standing(cases[-1]) is Standing.FREE and (several := _several(draft, cases)):
        lines = [line for line in found.order.lines if line.line_id in several]
        return (yield from _which(draft, "line", tuple(choose_line(line) for line in lines[:MAX_CARDS])))
    draft.fill(rules.CASE, _of_line(draft, cases)[-1].case_id)
    return True


def _of_line(draft: Draft, cases: tuple[OrderCase, ...]) -> tuple[OrderCase, ...]:
    """Those with a line that was named; what cannot go is told of the newest."""
    chosen = set(draft.slot("line") or ())
    named = tuple(each for each in cases if chosen & {line.line_id for line in each.lines})
    return named if named and rules.standing(cases[-1]) is Standing.FREE else cases


def _several(draft: Draft, cases: tuple[OrderCase, ...]) -> set[str]:
    """Lines to choose between, where nobody has said which."""
    lines: set[str] = {line.line_id for each in cases for line in each.lines}
    return lines if len(cases) > 1 and len(lines) > 1 and not draft.slot("line") else set()


def _which(draft: Draft, slot: str, cards: tuple[Option, ...]) -> Filling:
    yield from ask(draft, rules.CASE, cards)
    draft.awaiting = slot
    return False
