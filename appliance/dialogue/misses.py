"""What is said where nothing in the words could be acted on: small talk is answered, a promised picture waited for."""

from collections.abc import Generator

from appliance.dialogue import evidence, small_talk
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, Result
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.incoming import Tone
from models.commands import Affirm, Deny, HandoffReason, Nothing


def miss(draft: Draft) -> Generator[Effect, Result, None]:
    """Nothing in the words could be acted on. The third time in a row a person takes over."""
    kinds = {type(command) for command in draft.heard.commands} if draft.heard else set()
    if (key := small_talk.key(draft)) is not None:
        yield draft.say(key)
        return
    if draft.is_idle and kinds & {Affirm, Deny}:
        yield draft.say("nothing_pending")
        return
    if draft.was_awaiting == "evidence" and kinds <= {Nothing, Affirm}:
        yield from evidence.wait(draft)
        return
    draft.misses += 1
    if draft.misses >= draft.most_misses:
        yield from hand_off(draft, HandoffReason.THREE_MISSES)
        return
    if draft.is_idle:
        has_orders = draft.heard is not None and draft.heard.tone is Tone.ORDERS_US
        yield draft.say("beyond_the_rules" if has_orders else "not_understood")
        if draft.was_awaiting == "clarify":
            draft.awaiting = "clarify"
    else:
        yield draft.say("not_understood_here")
