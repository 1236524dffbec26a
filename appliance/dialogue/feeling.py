"""What a customer's mood does to a turn. Which response belongs to which mood was settled before the engine runs.

A log that is older than moods says nothing of them: there every alarm hands over.
"""

from collections.abc import Generator

import msgspec

from appliance.aftersales.policy.model import Verdict
from appliance.config import MoodResponse
from appliance.dialogue import guardian
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Alert, ChangeMood, Effect, RecordDecision, Result, WorkOrder
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.incoming import Heard, Reaction, Tone
from models.commands import Command, Flow, Handoff, HandoffReason, Nothing

LEGAL = "legal"
"""The work order of that kind."""
ALARMS = frozenset({HandoffReason.RISK_WORDS, HandoffReason.EMOTION})


def feel(draft: Draft, heard: Heard) -> Generator[Effect, Result, HandoffReason | None]:
    """Returns why a person takes over now, or None. An alarm that hands nobody over is a command no more."""
    reaction = heard.reaction
    if reaction is None:
        return _asked_for(heard.commands) or heard.trigger
    yield from _take_in(draft, reaction)
    if reaction.reason is not None:
        return reaction.reason
    draft.heard = msgspec.structs.replace(heard, commands=_without_alarms(heard.commands))
    return _asked_for(draft.heard.commands) or heard.trigger


def complain(draft: Draft, reason: HandoffReason) -> Generator[Effect, Result, None]:
    """M1: a threat or raw anger is a complaint, with a work order; a plain wish for a person is only that."""
    if reason not in ALARMS:
        yield from hand_off(draft, reason)
        return
    yield RecordDecision(rule="M1", verdict=Verdict.HAND_OFF, flow=Flow.COMPLAINT)
    words = Tone.SELF_HARM if draft.heard and draft.heard.tone is Tone.SELF_HARM else None
    yield from hand_off(draft, reason, words=words, rule="M1", with_work_order=True)


def _take_in(draft: Draft, reaction: Reaction) -> Generator[Effect, Result, None]:
    before, mood = draft.mood, reaction.mood
    draft.mood = mood
    if (before.level, before.risks) != (mood.level, mood.risks):
        yield ChangeMood(before=before.level, level=mood.level, risks=mood.risks, responses=reaction.responses)
    if MoodResponse.ALERT in reaction.responses:
        yield Alert(level=mood.level, risks=mood.risks)
    if MoodResponse.LEGAL_WORK_ORDER in reaction.responses:
        yield WorkOrder(kind=LEGAL, summary={"mood": mood.level, "risks": list(mood.risks)})
    if MoodResponse.GUARDIAN_NOTICE in reaction.responses:
        yield draft.say("guardian_notice")
    yield from guardian.hear(draft, reaction)
    if MoodResponse.SOFTEN in reaction.responses:
        yield draft.say(f"soften.{mood.level}")


def _asked_for(commands: tuple[Command, ...]) -> HandoffReason | None:
    return next((command.reason for command in commands if isinstance(command, Handoff)), None)


def _without_alarms(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    kept = tuple(c for c in commands if not (isinstance(c, Handoff) and c.reason in ALARMS))
    return kept if kept or not commands else (Nothing(),)
