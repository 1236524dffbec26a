"""What a mood does to a turn: said before the answer, noted in the log, or a person takes over."""

from typing import Any

import pytest

from appliance.config import MoodResponse as R
from appliance.dialogue import effects as fx
from appliance.dialogue.incoming import Reaction, Tone
from appliance.understanding.mood import Level, Mood, Risk
from models.commands import HandoffReason
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, FLOWS, Shop, Talk, again

ANNOYED = Mood(level=Level.ANNOYED)


def reaction(mood: Mood, *responses: R, reason: HandoffReason | None = None) -> Reaction:
    return Reaction(mood=mood, responses=responses, reason=reason)


@pytest.fixture
def talk() -> Talk:
    return Talk(Shop())


def test_an_apology_comes_before_the_answer(talk: Talk) -> None:
    turn = talk.hear(say.ask("运费谁出"), reaction=reaction(ANNOYED, R.SOFTEN))
    assert turn.said == ["soften.annoyed", "knowledge.return_freight"]
    assert turn.of(fx.ChangeMood) == [
        fx.ChangeMood(before=Level.CALM, level=Level.ANNOYED, risks=(), responses=(R.SOFTEN,))
    ]
    assert talk.state.mood == ANNOYED
    assert again(FLOWS, turn) == (list(turn.effects), turn.state)


def test_a_mood_that_did_not_change_is_not_noted(talk: Talk) -> None:
    talk.hear(say.CHITCHAT, reaction=reaction(ANNOYED))
    turn = talk.hear(say.CHITCHAT, reaction=reaction(Mood(level=Level.ANNOYED, calm_turns=1)))
    assert turn.of(fx.ChangeMood) == []
    assert talk.state.mood.calm_turns == 1


def test_words_without_a_request_that_were_answered_are_no_miss(talk: Talk) -> None:
    turn = talk.hear(say.person("emotion"), reaction=reaction(Mood(level=Level.ANGRY), R.SOFTEN))
    assert turn.said == ["soften.angry"]
    assert talk.state.misses == 0


def test_an_alarm_that_nobody_is_handed_over_for_is_not_understood(talk: Talk) -> None:
    for _ in range(2):
        turn = talk.hear(say.person("emotion"), reaction=reaction(Mood(level=Level.ANGRY)))
        assert turn.said == ["not_understood"]
    turn = talk.hear(say.person("emotion"), reaction=reaction(Mood(level=Level.ANGRY)))
    assert turn.handed_off == "three_misses"


def test_a_wish_for_a_person_beside_it_counts(talk: Talk) -> None:
    both = (say.person("emotion"), say.person())
    assert talk.hear(*both, reaction=reaction(Mood(level=Level.ANGRY))).handed_off == "customer_asked"


@pytest.mark.parametrize(("reason", "level"), [("emotion", Level.ANGRY), ("risk_words", Level.THREATENING)])
def test_a_hand_off_tells_the_mood_and_is_a_complaint(talk: Talk, reason: str, level: Level) -> None:
    mood = Mood(level=level, risks=(Risk.LEGAL,), is_urgent=True)
    turn = talk.hear(say.person(reason), reaction=reaction(mood, R.ALERT, reason=HandoffReason(reason)))
    assert turn.said == [f"handoff.{reason}"]
    (handed,) = turn.of(fx.HandOff)
    assert handed.with_work_order
    assert handed.summary["mood"] == level
    assert (handed.summary["risks"], handed.summary["is_urgent"]) == ([Risk.LEGAL], True)
    assert turn.of(fx.Alert) == [fx.Alert(level=level, risks=(Risk.LEGAL,))]
    assert turn.outcomes == [("handed_off", "M1")]


def test_self_harm_is_answered_with_care_whatever_was_asked(talk: Talk) -> None:
    mood = Mood(risks=(Risk.SELF_HARM,))
    heard = reaction(mood, R.HAND_OFF, reason=HandoffReason.EMOTION)
    turn = talk.hear(say.start("return_refund"), reaction=heard, tone=Tone.SELF_HARM)
    assert turn.said == ["handoff.self_harm"]
    assert "12356" in turn.text
    assert turn.handed_off == "emotion"


MINOR = Mood(risks=(Risk.MINOR,))
SHIPPED_AS = (R.ALERT, R.GUARDIAN_NOTICE, R.AWAIT_GUARDIAN)
RETURN = (say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size"))
GUARDIAN = Reaction(mood=MINOR, is_guardian=True)


def test_a_minor_is_told_to_bring_in_a_parent_and_quoted_nothing(talk: Talk) -> None:
    turn = talk.hear(*RETURN, reaction=reaction(MINOR, *SHIPPED_AS))
    assert turn.said == ["guardian_notice", "guardian_awaited"]
    assert (turn.of(fx.Decide), turn.of(fx.LayQuote)) == ([], [])
    assert (talk.awaiting, turn.handed_off) == ("clarify", None)
    assert again(FLOWS, turn) == (list(turn.effects), turn.state)


def test_a_minors_yes_to_what_was_quoted_before_does_not_count(quoted: Talk) -> None:
    turn = quoted.hear(say.YES, reaction=reaction(MINOR, *SHIPPED_AS))
    assert (turn.said, turn.of(fx.Accept)) == (["guardian_notice", "guardian_awaited"], [])
    for pressed in ({}, {"quote_hash": quoted.state.table.quote.hash if quoted.state.table else None}):
        turn = quoted.hear(say.YES, **pressed)
        assert (turn.said, turn.of(fx.Accept)) == (["guardian_awaited"], [])


def test_he_may_still_decline_and_ask(quoted: Talk) -> None:
    turn = quoted.hear(say.ask("运费谁出"), reaction=reaction(MINOR, *SHIPPED_AS))
    assert turn.said[-2:] == ["quote_answer.return_freight", "guardian_awaited"]
    assert quoted.hear(say.CANCEL).said == ["cancelled"]


def test_with_a_no_the_quote_is_gone(quoted: Talk) -> None:
    turn = quoted.hear(say.NO, reaction=reaction(MINOR, *SHIPPED_AS))
    assert turn.said == ["guardian_notice", "declined"]
    assert quoted.state.table is None


def test_a_guardian_is_asked_anew_and_agrees(quoted: Talk) -> None:
    quoted.hear(say.NOTHING, reaction=reaction(MINOR, *SHIPPED_AS))
    turn = quoted.hear(say.YES, reaction=GUARDIAN)
    assert (turn.said, turn.of(fx.Accept)) == (["guardian_speaks", "confirm_again"], [])
    assert len(quoted.hear(say.YES).of(fx.Accept)) == 1


def test_a_guardian_is_quoted_what_the_minor_asked_for(talk: Talk) -> None:
    talk.hear(*RETURN, reaction=reaction(MINOR, *SHIPPED_AS))
    turn = talk.hear(say.NOTHING, reaction=GUARDIAN)
    assert turn.said == ["guardian_speaks", "quote.return_refund", "confirm"]


def test_where_the_settings_wait_for_nobody_he_is_served_on(talk: Talk) -> None:
    turn = talk.hear(*RETURN, reaction=reaction(MINOR, R.GUARDIAN_NOTICE))
    assert turn.said == ["guardian_notice", "quote.return_refund", "confirm"]


def test_a_minor_may_be_handed_over_for_policy(talk: Talk) -> None:
    mood = Mood(risks=(Risk.MINOR,))
    turn = talk.hear(say.NOTHING, reaction=reaction(mood, R.HAND_OFF, reason=HandoffReason.POLICY))
    (handed,) = turn.of(fx.HandOff)
    assert (handed.reason, handed.with_work_order) == ("policy", False)


def test_lawyers_get_a_work_order_of_codes(talk: Talk) -> None:
    mood = Mood(level=Level.THREATENING, risks=(Risk.LEGAL,))
    turn = talk.hear(say.NOTHING, reaction=reaction(mood, R.LEGAL_WORK_ORDER))
    wanted = {"mood": Level.THREATENING, "risks": [Risk.LEGAL]}
    assert turn.of(fx.WorkOrder) == [fx.WorkOrder(kind="legal", summary=wanted)]


@pytest.mark.parametrize("more", [{}, {"reaction": None}])
def test_a_log_that_is_older_than_moods_hands_every_alarm_over(talk: Talk, more: dict[str, Any]) -> None:
    assert talk.hear(say.person("emotion"), **more).handed_off == "emotion"
