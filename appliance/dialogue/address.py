"""A new address, complete enough to deliver to: parts are put together, and what is missing is asked for."""

from collections.abc import Generator
from typing import Any

from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import AddressFacts, Effect, ReadAddress, Result, expect
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.schema import Step
from models.commands import HandoffReason

MAX_MISSES = 3
_BEGUN = "address_begun"
"""The slot of what was said of an address that is not whole yet."""
_MISSES = "address_misses"

Filling = Generator[Effect, Result, bool]


def complete(draft: Draft, _step: Step) -> Filling:
    """The ``address`` collector. The slot then holds the placeholder of a whole address."""
    said = draft.slot("address")
    if said is None:
        return (yield from _ask(draft, "ask.address" if not draft.top.tries.get("address") else "ask_again.address"))
    phone = draft.slot("phone")
    if phone is not None and not str(phone).startswith("⟨"):
        draft.empty("phone")  # a whole number has become a placeholder on its way in
        phone = None
    reading = ReadAddress(said=said, before=draft.slot(_BEGUN), phone=phone)
    found = expect(AddressFacts, (yield reading))
    if found.missing:
        draft.empty("address", _BEGUN)
        draft.fill(_BEGUN, found.address)
        return (yield from _miss(draft, found))
    draft.empty(_BEGUN)
    draft.fill("address", found.address)
    draft.change(shown={"address": found.shown, "phone": found.phone_shown})
    return True


def _miss(draft: Draft, found: AddressFacts) -> Filling:
    misses = draft.top.tries.get(_MISSES, 0) + 1
    draft.change(tries={**draft.top.tries, _MISSES: misses})
    if misses >= MAX_MISSES:
        yield from hand_off(draft, HandoffReason.THREE_MISSES)
        return False
    missing = [{"part": f"address_{part}"} for part in found.missing]
    return (yield from _ask(draft, "address_incomplete", {"missing": missing}))


def _ask(draft: Draft, key: str, told: dict[str, Any] | None = None) -> Filling:
    draft.change(tries={**draft.top.tries, "address": draft.top.tries.get("address", 0) + 1})
    yield draft.say(key, {"for": draft.flows[draft.top.flow].title, **(told or {})})
    draft.awaiting = "address"
    return False
