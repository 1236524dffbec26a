"""Who the customer is: gate G1. Nothing about an order is said or done before this, and only for his own orders.

Proof is the number of one of his orders with the last four digits of the account's phone. Every other number offered is
one failure, and so is naming somebody else's order once verified; the third failure hands over. The words never tell
whether an order exists.

The number that a call comes from stands for the four digits; the order's number he has to know. Where the two do not
belong together he is asked for the digits, which is no failure and tells nothing. An order's number may have been
misheard: with each that he says it is tried once, as often as other proof may fail.
"""

from collections.abc import Generator
from typing import Any

import msgspec

from appliance.aftersales.policy.model import Verdict
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, ReadOrders, RecordDecision, Result, VerifyProof, expect, known
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.incoming import Heard
from appliance.dialogue.schema import Step
from models.commands import CorrectSlot, HandoffReason, SetSlot, Slot

MAX_FAILURES = 3
TAIL_LENGTH = 4

Proving = Generator[Effect, Result, bool]


def prove(draft: Draft, _step: Step) -> Proving:
    """The ``identity`` collector: True once the customer is verified."""
    if draft.identity.customer_id is not None:
        return True
    order_id, tail = _claim(draft)
    if order_id and tail:
        return (yield from _verify(draft, order_id, tail))
    if order_id and draft.identity.caller and _counts_caller(draft, order_id):
        return (yield from _verify_caller(draft, order_id, draft.identity.caller))
    if draft.was_awaiting == "verify" and offers_number(draft):
        if order_id and not tail and not _only_other_numbers(draft, order_id):
            yield draft.say("verify.tail")
        else:
            return (yield from _failed(draft))
    elif order_id and _is_said_now(draft):
        yield draft.say("verify.ask_tail", {"for": draft.flows[draft.top.flow].title})
    else:
        key = "verify.ask_order" if _stands_caller(draft) else "verify.ask"
        yield draft.say(key, {"for": draft.flows[draft.top.flow].title})
    draft.awaiting = "verify"
    return False


def _verify(draft: Draft, order_id: str, tail: str) -> Proving:
    customer_id = yield VerifyProof(order_id=order_id, phone_tail=tail)
    if not isinstance(customer_id, str):
        draft.identity = msgspec.structs.replace(draft.identity, claimed_tail=None)
        return (yield from _failed(draft))
    yield from _verified(draft, order_id, customer_id)
    return True


def _verify_caller(draft: Draft, order_id: str, caller: str) -> Proving:
    customer_id = yield VerifyProof(order_id=order_id, phone_tail=caller, is_callers=True)
    tried = (*draft.identity.tried_with_caller, order_id)
    draft.identity = msgspec.structs.replace(draft.identity, tried_with_caller=tried)
    if isinstance(customer_id, str):
        yield from _verified(draft, order_id, customer_id)
        return True
    yield draft.say("verify.tail_of_caller", {"order_id": order_id})
    draft.awaiting = "verify"
    return False


def _stands_caller(draft: Draft) -> bool:
    """Nothing has told yet that the caller's number does not stand for the digits."""
    return draft.identity.caller is not None and not draft.identity.tried_with_caller


def _counts_caller(draft: Draft, order_id: str) -> bool:
    tried = draft.identity.tried_with_caller
    return draft.identity.caller is not None and order_id not in tried and len(tried) < MAX_FAILURES


def _verified(draft: Draft, order_id: str, customer_id: str) -> Generator[Effect, Result, None]:
    draft.identity = msgspec.structs.replace(draft.identity, customer_id=customer_id)
    draft.orders = expect(tuple, (yield ReadOrders()))
    yield draft.say("verify.done")
    if "order" in draft.flows[draft.top.flow].slots and draft.slot("order") is None:
        draft.fill("order", order_id)


def _failed(draft: Draft) -> Proving:
    yield from fail(draft, "verify.failed")
    if not draft.is_handed_off:
        draft.awaiting = "verify"
    return False


def fail(draft: Draft, key: str) -> Generator[Effect, Result, None]:
    """One failure; the third is G1's decision and hands over."""
    failures = draft.identity.failures + 1
    draft.identity = msgspec.structs.replace(draft.identity, failures=failures)
    if failures < MAX_FAILURES:
        yield draft.say(key, {"left": MAX_FAILURES - failures})
        return
    flow = draft.top.flow if draft.stack else None
    yield RecordDecision(rule="G1", verdict=Verdict.HAND_OFF, flow=flow)
    yield from hand_off(draft, HandoffReason.IDENTITY_FAILED, rule="G1")


def _claim(draft: Draft) -> tuple[str | None, str | None]:
    """The order number and the phone tail to be tried, of which at least one was said now; both are remembered."""
    heard = draft.heard
    if heard is None:
        return draft.identity.claimed_order, None
    values = _slot_values(heard)
    order_id = str(values.get(Slot.ORDER) or next(iter(heard.foreign_orders), "")) or None
    if order_id:
        draft.identity = msgspec.structs.replace(draft.identity, claimed_order=order_id)
    tail = values.get(Slot.PHONE)
    if tail is None and draft.was_awaiting == "verify":
        tail = next((n for n in heard.numbers if n != order_id and _may_be_tail(n)), None)
    if tail:
        draft.identity = msgspec.structs.replace(draft.identity, claimed_tail=str(tail))
    elif not order_id:
        return draft.identity.claimed_order, None
    return draft.identity.claimed_order, draft.identity.claimed_tail


def _may_be_tail(number: str) -> bool:
    """Four digits; or what is in their place in a log where they turned out to be part of a whole number."""
    return len(number) == TAIL_LENGTH or number.startswith("⟨")


def offers_number(draft: Draft) -> bool:
    """Whether this turn offers any number that could be meant as proof."""
    heard = draft.heard
    if heard is None:
        return False
    values = _slot_values(heard)
    return bool(heard.numbers or heard.foreign_orders or Slot.PHONE in values or Slot.ORDER in values)


def _is_said_now(draft: Draft) -> bool:
    """Whether these words brought the order number that is claimed."""
    heard = draft.heard
    return heard is not None and bool(Slot.ORDER in _slot_values(heard) or heard.foreign_orders)


def _only_other_numbers(draft: Draft, order_id: str) -> bool:
    """Numbers were said, and the order number is none of them."""
    heard = known(draft.heard)
    said = {*heard.numbers, *heard.foreign_orders, str(_slot_values(heard).get(Slot.ORDER, ""))}
    return order_id not in said


def _slot_values(heard: Heard) -> dict[Slot, Any]:
    return {command.slot: command.value for command in heard.commands if isinstance(command, SetSlot | CorrectSlot)}
