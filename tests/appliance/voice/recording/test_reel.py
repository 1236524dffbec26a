"""What is let through, when, and what is not: decided in memory, by what was understood."""

import numpy as np

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


def said(*times: tuple[int, int]) -> Utterance:
    words = tuple(Word("好", *each) for each in times)
    return Utterance(start_ms=times[0][0], end_ms=times[-1][1], text="好" * len(times), words=words)


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
