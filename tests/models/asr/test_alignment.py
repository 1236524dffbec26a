"""From probabilities, frame by token, to texts with times."""

import math
from pathlib import Path

import numpy as np
import pytest

from models.asr.alignment import Timed, aligned, best, next_best
from models.asr.language import EDGE, LanguageModel, counted


def _scores(*frames: dict[int, float]) -> object:
    rows = np.full((len(frames), 5), -20.0)
    for at, frame in enumerate(frames):
        for token, probability in frame.items():
            rows[at, token] = math.log(probability)
    return rows


def test_a_token_lasts_until_the_next_and_no_longer_than_three_frames() -> None:
    blank = {0: 1.0}
    scores = _scores({1: 1.0}, {1: 1.0}, {2: 1.0}, blank, blank, blank, blank, {2: 1.0})
    assert best(scores, 0) == [Timed(1, 0, 2), Timed(2, 2, 5), Timed(2, 7, 8)]


def test_frames_in_which_nothing_is_said_have_no_token() -> None:
    assert best(_scores({0: 1.0}, {0: 1.0}), 0) == []


def test_the_next_best_readings_add_up_their_ways() -> None:
    scores = _scores({1: 0.6, 2: 0.4}, {0: 0.9, 1: 0.1}, {3: 0.7, 4: 0.3})
    assert next_best(scores, 0, 4) == [(1, 3), (2, 3), (1, 4), (2, 4)]


def test_a_double_needs_a_blank_between() -> None:
    assert next_best(_scores({1: 1.0}, {1: 1.0}), 0, 1) == [(1,)]
    assert next_best(_scores({1: 1.0}, {0: 1.0}, {1: 1.0}), 0, 1) == [(1, 1)]


def test_the_language_decides_between_what_sounds_alike() -> None:
    scores = _scores({1: 0.45, 2: 0.55}, {3: 1.0})
    language = LanguageModel(counted([(1, 3), (1, 3), (2, 4)]), tokens=5)
    assert next_best(scores, 0, 1) == [(2, 3)]
    assert next_best(scores, 0, 2, language) == [(1, 3), (2, 3)]


def test_clear_sound_is_believed_against_the_language() -> None:
    language = LanguageModel(counted([(1, 3), (1, 3)]), tokens=5)
    assert next_best(_scores({1: 0.001, 2: 0.999}, {3: 1.0}), 0, 1, language) == [(2, 3)]


def test_tokens_that_are_not_the_likeliest_are_found_in_the_sound() -> None:
    blank = {0: 1.0}
    scores = _scores(blank, {1: 0.4, 2: 0.6}, blank, blank, {3: 0.9, 2: 0.1}, {3: 0.9, 2: 0.1}, blank)
    assert aligned(scores, (1, 3), 0) == [Timed(1, 1, 4), Timed(3, 4, 7)]
    assert aligned(scores, (2, 2), 0) == [Timed(2, 1, 4), Timed(2, 4, 7)]
    assert aligned(scores, (), 0) == []


def test_of_the_likeliest_tokens_both_ways_tell_the_same_times() -> None:
    scores = _scores({1: 1.0}, {1: 1.0}, {2: 1.0}, {0: 1.0}, {2: 1.0})
    assert aligned(scores, (1, 2, 2), 0) == best(scores, 0)


def test_more_tokens_than_there_is_sound_for_are_refused() -> None:
    with pytest.raises(ValueError, match="3 tokens in 2 frames"):
        aligned(_scores({1: 1.0}, {2: 1.0}), (1, 2, 1), 0)


def test_what_may_follow_adds_up_to_all() -> None:
    language = LanguageModel(counted([(1, 2, 3), (1, 3), (4,)]), tokens=6)
    for before in ((), (1,), (1, 2), (5, 5)):
        likely = [math.exp(language.of_next(before, token)) for token in (*range(5), EDGE)]
        assert sum(likely) == pytest.approx(1)
    assert language.of_next((1, 2), 3) > language.of_next((1,), 3) > language.of_next((), 3)


def test_a_language_is_kept_in_its_models_folder(tmp_path: Path) -> None:
    assert LanguageModel.opened(tmp_path) is None
    language = LanguageModel(counted([(1, 2, 3), (1, 3)]), tokens=5)
    language.write(tmp_path)
    again = LanguageModel.opened(tmp_path)
    assert again is not None
    assert [again.of_next((1,), t) for t in range(5)] == [language.of_next((1,), t) for t in range(5)]
