"""What is let through, when, and what is not: decided in memory, by what was understood."""

import numpy as np
import pytest

from appliance.voice.recording.model import SAMPLES_PER_MS, Silence, Utterance
from appliance.voice.recording.reel import CHUNK_MS, HELD_MS, Cut, Reel
from appliance.voice.recording.ulaw import SILENCE
from models.asr.heard import Word

LOUD = np.array([9000, -9000] * 4 * 1000, dtype="<i2").tobytes()
"""A second."""


def heard(seconds: int) -> Reel:
    reel = Reel()
    for second in range(seconds):
        reel.hear(second * 1000, LOUD)
        reel.speak(second * 1000, LOUD)
    return reel


def said(*times: tuple[int, int], number: int = 0) -> Utterance:
    words = tuple(Word("好", *each) for each in times)
    return Utterance(start_ms=times[0][0], end_ms=times[-1][1], text="好" * len(times), words=words, number=number)


def sounding(codes: bytes) -> list[tuple[int, int]]:
    """From when to when, in ms."""
    quiet = np.frombuffer(codes, np.uint8).reshape(-1, SAMPLES_PER_MS).max(axis=1) == SILENCE
    loud = np.frombuffer(codes, np.uint8).reshape(-1, SAMPLES_PER_MS).min(axis=1) != SILENCE
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud & ~quiet, [False]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def joined(cuts: list[Cut]) -> tuple[bytes, bytes]:
    return b"".join(cut.caller for cut in cuts), b"".join(cut.bot for cut in cuts)


def test_of_the_caller_only_what_was_understood_is_let_through_of_the_bot_everything() -> None:
    reel = heard(5)
    reel.take(said((2000, 2200)), [])

    caller, bot = joined(list(reel.rest()))

    assert sounding(caller) == [(1500, 2700)]
    assert sounding(bot) == [(0, 5000)]
    assert reel.silenced_ms == {"UNHEARD": 3800}


@pytest.mark.parametrize("is_late", [False, True], ids=["before it was read", "after it was read"])
def test_what_is_understood_ends_where_the_next_utterance_begins(is_late: bool) -> None:
    """Of which nobody knows yet what it says: not half a second of it is heard."""
    reel = heard(5)
    reel.began(0, 1900)
    if not is_late:
        reel.began(1, 2300)
    reel.take(said((2000, 2200)), [])
    if is_late:
        reel.began(1, 2300)
    assert sounding(joined(list(reel.rest()))[0]) == [(1500, 2300)]


def test_a_word_is_heard_whole_however_early_the_next_utterance_was_noticed() -> None:
    reel = heard(5)
    reel.began(1, 2100)
    reel.take(said((2000, 2200)), [])
    assert sounding(joined(list(reel.rest()))[0]) == [(1500, 2200)]


def test_what_follows_and_is_understood_too_is_heard() -> None:
    reel = heard(5)
    reel.began(0, 1900)
    reel.began(1, 2300)
    reel.take(said((2000, 2200)), [])
    reel.take(said((2800, 3000), number=1), [])
    assert sounding(joined(list(reel.rest()))[0]) == [(1500, 3500)]


def test_of_a_transcript_without_times_nothing_is_heard_of_what_was_said_before_it_came() -> None:
    reel = heard(5)
    reel.began(1, 2400)
    reel.take(Utterance(start_ms=1000, end_ms=4000, text="好"), [])
    assert sounding(joined(list(reel.rest()))[0]) == [(1000, 2400)]


def test_a_silence_is_kept_in_what_had_not_come_yet() -> None:
    reel = heard(1)
    reel.take(said((100, 900)), [Silence(700, 1400, "OTP")])
    for second in (1, 2):
        reel.hear(second * 1000, LOUD)
    reel.take(said((1000, 2000)), [])

    caller, _ = joined(list(reel.rest()))

    assert sounding(caller) == [(0, 700), (1400, 2500)]
    assert reel.silenced_ms["OTP"] == 700


def test_a_key_is_silent_whatever_was_pressed() -> None:
    reel = heard(3)
    reel.take(said((0, 3000)), [])
    reel.press(1000)
    assert sounding(joined(list(reel.rest()))[0]) == [(0, 500), (1300, 3000)]


def test_nothing_is_due_before_the_time_in_which_it_may_be_completed_is_over() -> None:
    reel = heard(HELD_MS // 1000 + 9)
    assert list(reel.due()) == []

    for second in range(HELD_MS // 1000 + 9, HELD_MS // 1000 + 25):
        reel.hear(second * 1000, LOUD)

    cuts = list(reel.due())
    assert [(len(cut.caller), len(cut.bot)) for cut in cuts] == [(CHUNK_MS * SAMPLES_PER_MS,) * 2] * 2
    assert reel.released_ms == 2 * CHUNK_MS


def test_of_what_was_read_together_nothing_is_that_was_released() -> None:
    reel = heard(HELD_MS // 1000 + 20)
    old, new = said((1000, 2000)), said((HELD_MS, HELD_MS + 500))
    reel.recent(old)
    list(reel.due())
    assert reel.recent(new) == (new,)


def test_a_wiped_reel_gives_nothing() -> None:
    reel = heard(3)
    reel.wipe()
    assert list(reel.rest()) == []
