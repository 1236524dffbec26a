"""What follows from a customer's mood, by the settings in force. The log keeps it, so a replay needs no settings."""

import msgspec

from appliance.config import MoodResponse, MoodSettings
from appliance.dialogue.incoming import Reaction
from appliance.understanding.mood import Level, Mood, Risk, Signs, after, severity
from models.commands import HandoffReason

_REASONS: tuple[tuple[str, HandoffReason], ...] = (
    (Risk.SELF_HARM, HandoffReason.EMOTION),
    (Level.THREATENING, HandoffReason.RISK_WORDS),
    *((risk, HandoffReason.RISK_WORDS) for risk in (Risk.AUTHORITY, Risk.EXPOSURE, Risk.LEGAL, Risk.POLICE)),
    (Level.ANGRY, HandoffReason.EMOTION),
    (Level.ANNOYED, HandoffReason.EMOTION),
    (Risk.MINOR, HandoffReason.POLICY),
)
"""Why a person takes over; the first that applies counts."""


def react(before: Mood, signs: Signs, settings: MoodSettings) -> Reaction:
    """A level or a risk is answered when it is new; a hand-off is made whenever its cause is heard."""
    mood = after(before, signs, settings.calm_turns)
    heard = [cause for cause, _ in _REASONS if cause in (signs.level, *signs.risks)]
    new = [cause for cause in heard if _is_new(cause, before)]
    due = {response for cause in new for response in _responses(cause, settings)}
    if signs.is_guardian:
        due -= {MoodResponse.AWAIT_GUARDIAN}
    causes = [cause for cause in heard if MoodResponse.HAND_OFF in _responses(cause, settings)]
    if causes:
        due = (due | {MoodResponse.HAND_OFF}) - {MoodResponse.SOFTEN}
    return Reaction(
        mood=msgspec.structs.replace(mood, is_urgent=mood.is_urgent or MoodResponse.PRIORITIZE in due),
        responses=tuple(response for response in MoodResponse if response in due),
        reason=dict(_REASONS)[causes[0]] if causes else None,
        is_guardian=signs.is_guardian,
    )


def _is_new(cause: str, before: Mood) -> bool:
    if isinstance(cause, Level):
        return severity(cause) > severity(before.level)
    return cause not in before.risks


def _responses(cause: str, settings: MoodSettings) -> tuple[MoodResponse, ...]:
    found: tuple[MoodResponse, ...] = getattr(settings, cause)
    return (*found, MoodResponse.HAND_OFF) if cause == Risk.SELF_HARM else found
