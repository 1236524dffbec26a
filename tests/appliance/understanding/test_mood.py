"""Hysteresis: a level rises at once and falls one step after so many milder messages; it never flickers."""

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from appliance.understanding.mood import Level, Mood, Risk, Signs, after, severity

LEVELS = st.sampled_from(Level)
HEARD = st.lists(st.builds(Signs, level=LEVELS, risks=st.lists(st.sampled_from(Risk), max_size=2).map(tuple)))
CALM_TURNS = st.integers(1, 5)


def course(heard: list[Signs], calm_turns: int) -> list[Mood]:
    """The mood after each message, with the one before the first."""
    moods = [Mood()]
    for signs in heard:
        moods.append(after(moods[-1], signs, calm_turns))
    return moods


def levels(*heard: Level, calm_turns: int = 3) -> list[Level]:
    return [mood.level for mood in course([Signs(level=level) for level in heard], calm_turns)[1:]]


def test_it_rises_at_once_and_falls_a_step_at_a_time() -> None:
    calm, annoyed, angry = Level.CALM, Level.ANNOYED, Level.ANGRY
    assert levels(annoyed, angry, *[calm] * 6) == [annoyed, *[angry] * 3, *[annoyed] * 3, calm]


def test_a_level_heard_again_begins_the_count_anew() -> None:
    calm, angry = Level.CALM, Level.ANGRY
    assert levels(angry, calm, calm, angry, calm, calm) == [angry] * 6


@given(HEARD, CALM_TURNS)
def test_it_is_never_milder_than_what_was_just_heard(heard: list[Signs], calm_turns: int) -> None:
    for signs, mood in zip(heard, course(heard, calm_turns)[1:], strict=True):
        assert severity(mood.level) >= severity(signs.level)


@given(HEARD, CALM_TURNS)
def test_between_a_change_and_the_next_fall_lie_so_many_messages(heard: list[Signs], calm_turns: int) -> None:
    course_of = [severity(mood.level) for mood in course(heard, calm_turns)]
    since = calm_turns
    for before, now in pairwise(course_of):
        since += 1
        if now < before:
            assert before - now == 1
            assert since >= calm_turns
        if now != before:
            since = 0


@given(HEARD, CALM_TURNS)
def test_each_fall_follows_so_many_milder_messages_in_a_row(heard: list[Signs], calm_turns: int) -> None:
    moods = course(heard, calm_turns)
    for at in range(1, len(moods)):
        before = moods[at - 1].level
        if severity(moods[at].level) < severity(before):
            last = heard[at - calm_turns : at]
            assert len(last) == calm_turns
            assert all(severity(signs.level) < severity(before) for signs in last)


@given(st.lists(st.tuples(LEVELS, LEVELS)), CALM_TURNS)
def test_who_says_worse_is_never_taken_for_calmer(pairs: list[tuple[Level, Level]], calm_turns: int) -> None:
    milder = course([Signs(level=min(pair, key=severity)) for pair in pairs], calm_turns)
    worse = course([Signs(level=max(pair, key=severity)) for pair in pairs], calm_turns)
    for one, other in zip(milder, worse, strict=True):
        assert severity(one.level) <= severity(other.level)


@given(HEARD, CALM_TURNS)
def test_risks_stay_each_once_in_the_order_in_which_they_came(heard: list[Signs], calm_turns: int) -> None:
    seen: list[Risk] = []
    for signs, mood in zip(heard, course(heard, calm_turns)[1:], strict=True):
        seen += [risk for risk in dict.fromkeys(signs.risks) if risk not in seen]
        assert list(dict.fromkeys(mood.risks)) == seen


@given(HEARD, CALM_TURNS)
def test_enough_silence_of_the_heart_ends_every_level(heard: list[Signs], calm_turns: int) -> None:
    calmed = course([*heard, *[Signs()] * (calm_turns * len(Level))], calm_turns)[-1]
    assert calmed.level is Level.CALM


@given(HEARD, CALM_TURNS)
def test_it_is_kept_as_json(heard: list[Signs], calm_turns: int) -> None:
    mood = course(heard, calm_turns)[-1]
    assert msgspec.json.decode(msgspec.json.encode(mood), type=Mood) == mood
