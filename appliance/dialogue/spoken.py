"""An order that was named by its number on the phone: read back by its last four digits.

Taken at once where every digit fits; asked about where it was only nearest; asked for again where it is none of the
caller's own: once in words, then by keys, then a person takes over.
"""

from collections.abc import Generator
from typing import Any

from appliance.dialogue.asking import DEPENDENT, Filling, reject
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, Result
from appliance.dialogue.incoming import Heard
from appliance.dialogue.options import yes_no
from models.commands import Affirm, CorrectSlot, Deny, SetSlot

_WORDS = ("order_unheard", "order_by_keys", "order_by_keys")


def take(draft: Draft, heard: Heard) -> None:
    """A number that is not sure, or none of his, empties what stood in its place; a sure one is a command already."""
    number = heard.number
    if number is None or (number.order_id and number.is_sure):
        return
    draft.must_ask.add("order")
    if not draft.is_idle and draft.slot("order") and not draft.top.operation_id:
        draft.empty("order", *DEPENDENT["order"])
        draft.restart()


def answer(draft: Draft, kinds: set[Any]) -> bool:
    """What is said to a number that was read back."""
    order_id = draft.top.read_back
    draft.change(read_back=None)
    if kinds == {Affirm}:
        draft.fill("order", order_id)
        return True
    if Deny in kinds and not kinds & {SetSlot, CorrectSlot} and not _said_another(draft):
        draft.is_unheard = True
        return True
    return False


def settle(draft: Draft) -> Filling:
    """True: nothing stands in the way of the ``order`` collector. False: something was asked."""
    draft.change(read_back=None)
    heard = draft.heard
    number = heard.number if heard else None
    is_open = draft.slot("order") is None
    if number is not None and number.order_id is not None:
        if is_open and not number.is_sure:
            yield from _read_back(draft, number.order_id)
            return False
        if draft.slot("order") == number.order_id:
            yield from _say_which(draft, number.order_id)
        return True
    is_named = number is not None and heard is not None and not heard.foreign_orders
    if is_open and (draft.is_unheard or is_named):
        yield from reject(draft, "order", _WORDS[draft.top.tries.get("order.wrong", 0)])
        return False
    return True


def _read_back(draft: Draft, order_id: str) -> Generator[Effect, Result, None]:
    titles = next([line.title for line in order.lines] for order in draft.orders if order.order_id == order_id)
    draft.change(read_back=order_id)
    yield draft.say("order_heard", {"order_id": order_id, "titles": titles}, options=yes_no())
    draft.awaiting = "order"


def _say_which(draft: Draft, order_id: str) -> Generator[Effect, Result, None]:
    """What only looks something up names the order in its answer."""
    was_said = any(said.key == "order_taken" for said in draft.said)
    if not draft.flows[draft.top.flow].is_query and not was_said:
        yield draft.say("order_taken", {"order_id": order_id})


def _said_another(draft: Draft) -> bool:
    return draft.heard is not None and draft.heard.number is not None
