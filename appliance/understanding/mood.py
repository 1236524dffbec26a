"""How a customer feels over a conversation: a level that rises at once and falls slowly, and risks that stay.

Pure. What follows from it is for the settings to say.
"""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """In their order, from the mildest."""

    CALM = "calm"
    ANNOYED = "annoyed"
    ANGRY = "angry"
    THREATENING = "threatening"


class Risk(StrEnum):
    SELF_HARM = "self_harm"
    MINOR = "minor"
    """A child is speaking, or has bought without the parents' knowing."""
    AUTHORITY = "authority"
    """12315 and its like."""
    EXPOSURE = "exposure"
    """The press and the net."""
    LEGAL = "legal"
    POLICE = "police"


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What one message lets see."""

    level: Level = Level.CALM
    risks: tuple[Risk, ...] = ()
    is_guardian: bool = False
    """A child's parent or guardian says that it is he who speaks."""


class Mood(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where it stands after the messages so far."""

    level: Level = Level.CALM
    risks: tuple[Risk, ...] = ()
    calm_turns: int = 0
    """So many messages in a row were milder than the level."""
    is_urgent: bool = False
    """Once somebody has to hurry, he has to until the end."""


_ORDER = tuple(Level)


def severity(level: Level) -> int:
    return _ORDER.index(level)


def after(mood: Mood, signs: Signs, calm_turns: int) -> Mood:
    """The mood with one message more. It falls one level after ``calm_turns`` messages in a row that are milder."""
    risks = (*mood.risks, *(risk for risk in signs.risks if risk not in mood.risks))
    if severity(signs.level) >= severity(mood.level):
        return msgspec.structs.replace(mood, level=signs.level, risks=risks, calm_turns=0)
    milder = mood.calm_turns + 1
    if milder < calm_turns:
        return msgspec.structs.replace(mood, risks=risks, calm_turns=milder)
    return msgspec.structs.replace(mood, level=_ORDER[severity(mood.level) - 1], risks=risks, calm_turns=0)
