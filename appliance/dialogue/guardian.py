"""Of a minor's request nothing is decided, quoted or agreed to: from his word on, until a guardian speaks.

It outlasts a hand-off: who gives the conversation back to the bot has not told it who writes now.
"""

from collections.abc import Generator

from appliance.config import MoodResponse
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, Result
from appliance.dialogue.incoming import Reaction

AWAITED = "clarify"
"""Who it is that speaks: to whoever reads what is awaited, a clarification as any other."""


def hear(draft: Draft, reaction: Reaction) -> Generator[Effect, Result, None]:
    """Whom these words show to be speaking."""
    if reaction.is_guardian:
        if draft.awaits_guardian:
            yield draft.say("guardian_speaks")
        draft.awaits_guardian = False
    elif MoodResponse.AWAIT_GUARDIAN in reaction.responses:
        draft.awaits_guardian = True


def holds(draft: Draft) -> bool:
    """Whether the request stands still. What was quoted before may still be declined."""
    is_declined = draft.no and draft.was_awaiting == "confirm"
    return draft.awaits_guardian and not is_declined


def is_waited_for(draft: Draft) -> bool:
    """Something was asked for that stands still: what else is said is no miss."""
    return draft.awaits_guardian and not draft.is_idle


def wait(draft: Draft) -> Generator[Effect, Result, None]:
    yield draft.say("guardian_awaited")
    draft.awaiting = AWAITED
