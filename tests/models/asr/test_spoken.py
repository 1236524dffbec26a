"""From what a model writes to what is passed on."""

import math

import numpy as np
import pytest

from models.asr.alignment import Timed, best, next_best
from models.asr.heard import Word
from models.asr.spoken import Pass, figures_in, with_figures, without_tags


@pytest.mark.parametrize(
    ("written", "text", "emotion", "event"),
    [
        ("<|zh|><|ANGRY|><|Speech|><|withitn|>我要退货。", "我要退货。", "ANGRY", "Speech"),
        ("<|zh|><|EMO_UNKNOWN|><|Cough|><|woitn|>", "", None, "Cough"),
        ("好的", "好的", None, None),
    ],
)
def test_tags_are_read_and_taken_off(written: str, text: str, emotion: str | None, event: str | None) -> None:
    assert without_tags(written) == (text, emotion, event)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("订单二零二六一一一五零零零一谢谢", "订单20261115" + "0001谢谢"),
        ("打幺二三幺五", "打12315"),
        ("买了一两件", "买了一两件"),
        ("三百二十块", "三百二十块"),
    ],
)
def test_numbers_said_digit_by_digit_become_figures(spoken: str, written: str) -> None:
    assert with_figures(spoken) == written


def test_words_get_the_figures_and_keep_their_times() -> None:
    words = tuple(Word(c, 10 * n, 10 * n + 10) for n, c in enumerate("号二零二六"))
    heard = figures_in(Pass("号，二零二六。", words, ("号二零二幺",)))
    assert heard.text == "号，2026。"
    assert heard.words[1] == Word("2", 10, 20)
    assert [w.text for w in heard.words] == list("号2026")
    assert heard.alternatives == ("号2021",)


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
