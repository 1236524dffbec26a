"""One side of a call in memory: G.711, silence in its place, and nothing of what was taken out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.voice.recording import ulaw
from appliance.voice.recording.tape import Tape

MS = 8
SAMPLES = st.lists(st.integers(-32768, 32767), max_size=400)


def pcm(*samples: int) -> bytes:
    return np.array(samples, dtype="<i2").tobytes()


def noise(ms: int, loudness: int = 8000) -> bytes:
    return pcm(*([loudness, -loudness] * (ms * MS // 2)))


@pytest.mark.parametrize(
    ("sample", "code"),
    [(0, 0xFF), (8, 0xFE), (32124, 0x80), (-32124, 0x00), (32767, 0x80), (-32768, 0x00), (1000, 0xCE), (-1000, 0x4E)],
)
def test_samples_have_the_codes_of_the_standard(sample: int, code: int) -> None:
    assert ulaw.encode(pcm(sample)) == bytes([code])


def test_every_code_is_that_of_its_own_sample() -> None:
    """But the second of the two zeros."""
    codes = bytes(code for code in range(256) if code != 0x7F)
    assert ulaw.encode(ulaw.decode(codes)) == codes


@given(SAMPLES)
def test_what_comes_back_is_near_what_went_in(samples: list[int]) -> None:
    back = np.frombuffer(ulaw.decode(ulaw.encode(pcm(*samples))), "<i2").astype(int)
    for before, after in zip(samples, back, strict=True):
        assert abs(before - after) <= max(abs(before) // 16, 8)


def test_both_sides_stand_side_by_side() -> None:
    assert ulaw.interleave(b"\x01\x02", b"\x03\x04") == b"\x01\x03\x02\x04"


def test_a_gap_is_silent_and_what_comes_twice_counts_once() -> None:
    tape = Tape()
    tape.add(0, noise(20))
    tape.add(40, noise(20))
    tape.add(50, noise(20, 100))

    codes = tape.release(80)

    loud = ulaw.encode(noise(20))
    assert codes[: 20 * MS] == loud
    assert codes[20 * MS : 40 * MS] == bytes([ulaw.SILENCE]) * 20 * MS
    assert codes[40 * MS : 60 * MS] == loud
    assert codes[60 * MS : 70 * MS] == ulaw.encode(noise(10, 100))
    assert codes[70 * MS :] == bytes([ulaw.SILENCE]) * 10 * MS


def test_what_was_silenced_is_gone_and_counted_once() -> None:
    tape = Tape()
    tape.add(0, noise(100))

    assert tape.silence(20, 60) == [20, 40]
    assert tape.silence(20, 60) == []
    assert tape.silence(-50, 10) == [0]  # frames of 20 ms, begun ones too
    assert tape.silence(200, 300) == []

    codes = tape.release(100)
    assert set(codes[20 * MS : 60 * MS]) == {ulaw.SILENCE}
    assert codes[60 * MS :] == ulaw.encode(noise(40))


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=6))
def test_length_stays_and_no_sample_of_a_silence_is_left(spans: list[tuple[int, int]]) -> None:
    tape = Tape()
    tape.add(0, noise(100))
    for start, end in spans:
        tape.silence(start, end)

    codes = tape.release(100)

    assert len(codes) == 100 * MS
    for start, end in spans:
        assert set(codes[start * MS : max(end, start) * MS]) <= {ulaw.SILENCE}


def test_after_a_release_it_goes_on_where_that_ended() -> None:
    tape = Tape()
    tape.add(0, noise(40))
    assert len(tape.release(60)) == 60 * MS
    assert (tape.begin_ms, tape.end_ms) == (60, 60)

    tape.add(50, noise(20))

    assert tape.release(70) == ulaw.encode(noise(10))


def test_nothing_is_left_after_it_was_wiped() -> None:
    tape = Tape()
    tape.add(0, noise(40))
    tape.wipe()
    assert tape.begin_ms == tape.end_ms == 40
