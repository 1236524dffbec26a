"""Asking for a slot: which words, and how often already."""

from collections.abc import Generator
from typing import Any

from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, Result
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.state import Option
from models.commands import HandoffReason

MAX_WRONG = 3

Filling = Generator[Effect, Result, bool]
"""True: the slot is filled. False: it was asked for, or the conversation was handed over."""
DEPENDENT = {"order": ("line", "quantity", "evidence", "spec"), "line": ("quantity", "evidence", "spec")}
"""What is forgotten when one of these becomes another."""


def ask(
    draft: Draft, slot: str, options: tuple[Option, ...], told: dict[str, Any] | None = None, *, way: str = ""
) -> Filling:
    """``way``: of several in which it is asked for; it ends the key of the words."""
    tries = draft.top.tries.get(slot, 0)
    draft.change(tries={**draft.top.tries, slot: tries + 1})
    title = draft.flows[draft.top.flow].title
    key = f"ask.{slot}{way}" if tries == 0 else f"ask_again.{slot}{way}"
    yield draft.say(key, {"for": title, **(told or {})}, options=options)
    draft.awaiting = slot
    return False


def reject(draft: Draft, slot: str, key: str, told: dict[str, Any] | None = None) -> Filling:
    """What was given cannot be taken; ``key`` says why. Asked for again; the third time a person takes over."""
    counted = f"{slot}.wrong"
    wrong = draft.top.tries.get(counted, 0) + 1
    draft.change(tries={**draft.top.tries, counted: wrong})
    draft.empty(slot)
    if wrong >= MAX_WRONG:
        yield from hand_off(draft, HandoffReason.THREE_MISSES)
        return False
    yield draft.say(key, told)
    draft.awaiting = slot
    return False
