"""What follows from which mood is a setting; as they ship, they do what an alarm always did."""

import pytest

from appliance.config import MoodResponse as R
from appliance.config import MoodSettings
from appliance.conversation.reaction import react
from appliance.understanding.mood import Level, Mood, Risk, Signs
from models.commands import HandoffReason

USUAL = MoodSettings()


def signs(level: Level = Level.CALM, *risks: Risk) -> Signs:
    return Signs(level=level, risks=risks)


@pytest.mark.parametrize(
    ("heard", "reason", "responses"),
    [
        (signs(), None, ()),
        (signs(Level.ANNOYED), None, ()),
        (signs(Level.ANGRY), HandoffReason.EMOTION, (R.PRIORITIZE, R.ALERT, R.HAND_OFF)),
        (signs(Level.THREATENING), HandoffReason.RISK_WORDS, (R.PRIORITIZE, R.ALERT, R.HAND_OFF)),
        (signs(Level.THREATENING, Risk.LEGAL), HandoffReason.RISK_WORDS, (R.PRIORITIZE, R.ALERT, R.HAND_OFF)),
        (signs(Level.CALM, Risk.SELF_HARM), HandoffReason.EMOTION, (R.PRIORITIZE, R.ALERT, R.HAND_OFF)),
        (signs(Level.THREATENING, Risk.SELF_HARM), HandoffReason.EMOTION, (R.PRIORITIZE, R.ALERT, R.HAND_OFF)),
        (signs(Level.CALM, Risk.MINOR), None, (R.ALERT, R.GUARDIAN_NOTICE, R.AWAIT_GUARDIAN)),
    ],
)
def test_as_they_ship(heard: Signs, reason: HandoffReason | None, responses: tuple[R, ...]) -> None:
    reaction = react(Mood(), heard, USUAL)
    assert (reaction.reason, reaction.responses) == (reason, responses)
    assert reaction.mood.is_urgent is (R.PRIORITIZE in responses)


@pytest.mark.parametrize(
    ("settings", "heard", "reason", "responses"),
    [
        (MoodSettings(annoyed=(R.SOFTEN,)), signs(Level.ANNOYED), None, (R.SOFTEN,)),
        (MoodSettings(angry=(R.SOFTEN, R.ALERT)), signs(Level.ANGRY), None, (R.ALERT, R.SOFTEN)),
        (MoodSettings(angry=()), signs(Level.ANGRY), None, ()),
        (MoodSettings(annoyed=(R.HAND_OFF, R.SOFTEN)), signs(Level.ANNOYED), HandoffReason.EMOTION, (R.HAND_OFF,)),
        (
            MoodSettings(threatening=(R.SOFTEN,), legal=(R.LEGAL_WORK_ORDER,)),
            signs(Level.THREATENING, Risk.LEGAL),
            None,
            (R.LEGAL_WORK_ORDER, R.SOFTEN),
        ),
        (
            MoodSettings(threatening=(), police=(R.HAND_OFF,)),
            signs(Level.THREATENING, Risk.POLICE),
            HandoffReason.RISK_WORDS,
            (R.HAND_OFF,),
        ),
        (MoodSettings(minor=(R.HAND_OFF,)), signs(Level.CALM, Risk.MINOR), HandoffReason.POLICY, (R.HAND_OFF,)),
        (MoodSettings(self_harm=()), signs(Level.CALM, Risk.SELF_HARM), HandoffReason.EMOTION, (R.HAND_OFF,)),
    ],
)
def test_as_they_are_set(
    settings: MoodSettings, heard: Signs, reason: HandoffReason | None, responses: tuple[R, ...]
) -> None:
    reaction = react(Mood(), heard, settings)
    assert (reaction.reason, reaction.responses) == (reason, responses)


def test_a_level_is_answered_when_it_is_reached_and_not_while_it_lasts() -> None:
    settings = MoodSettings(annoyed=(R.SOFTEN,))
    first = react(Mood(), signs(Level.ANNOYED), settings)
    again = react(first.mood, signs(Level.ANNOYED), settings)
    assert (first.responses, again.responses) == ((R.SOFTEN,), ())


def test_a_parent_who_tells_of_his_child_is_not_waited_for() -> None:
    told = react(Mood(), Signs(risks=(Risk.MINOR,), is_guardian=True), USUAL)
    assert (told.responses, told.is_guardian) == ((R.ALERT, R.GUARDIAN_NOTICE), True)


def test_a_risk_is_answered_once() -> None:
    first = react(Mood(), signs(Level.CALM, Risk.MINOR), USUAL)
    assert react(first.mood, signs(Level.CALM, Risk.MINOR), USUAL).responses == ()


def test_a_hand_off_is_made_whenever_its_cause_is_heard() -> None:
    """Also where the settings did not ask for it when the level was reached."""
    angry = react(Mood(), signs(Level.ANGRY), MoodSettings(angry=())).mood
    assert react(angry, signs(Level.ANGRY), USUAL).reason is HandoffReason.EMOTION
    assert react(angry, signs(Level.ANNOYED), USUAL).reason is None


def test_who_was_urgent_stays_so() -> None:
    urgent = react(Mood(), signs(Level.ANNOYED), MoodSettings(annoyed=(R.PRIORITIZE,))).mood
    for _ in range(4):
        urgent = react(urgent, signs(), USUAL).mood
    assert (urgent.level, urgent.is_urgent) == (Level.CALM, True)
