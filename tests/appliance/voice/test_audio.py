"""Frames, sample rates, and where speech begins and ends; on sounds made here."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.voice.detection import WINDOW, Activity
from appliance.voice.events import SpeechBegan, SpeechEnded
from appliance.voice.frames import Framer
from appliance.voice.resampling import Resampler

RATES = [(8000, 16000), (16000, 8000), (22050, 8000), (24000, 8000), (22050, 16000), (24000, 16000), (48000, 16000)]
FAR_BELOW = 0.01
"""-40 dB."""


def tone(hz: float, rate_hz: int, seconds: float = 0.5) -> bytes:
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return (10_000 * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def loudness(pcm: bytes) -> float:
    """Of its second half, as a share of the tone's."""
    samples: npt.NDArray[np.float64] = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    return float(np.sqrt((samples[len(samples) // 2 :] ** 2).mean()) / (10_000 / np.sqrt(2)))


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_as_much_comes_out_as_goes_in_with_every_frame(from_hz: int, to_hz: int) -> None:
    resampler, size = Resampler(from_hz, to_hz), from_hz // 50 * 2
    sound = tone(440, from_hz)
    lengths = [len(resampler.feed(sound[at : at + size])) // 2 for at in range(0, len(sound), size)]
    assert max(lengths) - min(lengths) <= 1
    assert abs(sum(lengths) - to_hz / 2) <= 1


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_sound_is_late_by_two_milliseconds_at_most(from_hz: int, to_hz: int) -> None:
    click = np.zeros(from_hz, dtype="<i2")
    click[from_hz // 2] = 20_000
    out = np.frombuffer(Resampler(from_hz, to_hz).feed(click.tobytes()), dtype="<i2")
    assert 0 <= int(np.abs(out).argmax()) / to_hz - 0.5 <= 0.002


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_voice_passes_and_what_does_not_fit_is_kept_out(from_hz: int, to_hz: int) -> None:
    assert loudness(Resampler(from_hz, to_hz).feed(tone(1000, from_hz))) == pytest.approx(1, abs=0.01)
    if from_hz > to_hz:
        assert loudness(Resampler(from_hz, to_hz).feed(tone(to_hz * 0.7, from_hz))) < FAR_BELOW


@given(st.lists(st.integers(min_value=0, max_value=700)))
def test_the_lengths_in_which_audio_comes_do_not_matter(cuts: list[int]) -> None:
    sound, at, parts = tone(300, 22050, 0.1), 0, Resampler(22050, 8000)
    got = b""
    for cut in [*cuts, len(sound)]:
        got += parts.feed(sound[at : at + cut])
        at += cut
    assert got == Resampler(22050, 8000).feed(sound)


@given(st.lists(st.binary(max_size=900)))
def test_frames_hold_all_of_the_audio(parts: list[bytes]) -> None:
    framer = Framer(8000)
    frames = [frame for part in parts for frame in framer.feed(part)] + framer.finish()
    whole = b"".join(parts)
    assert {len(frame) for frame in frames} <= {320}
    assert b"".join(frames)[: len(whole)] == whole
    assert set(b"".join(frames)[len(whole) :]) <= {0}


class _Given:
    """Answers with the probabilities that it was given."""

    def __init__(self, probabilities: Sequence[float]) -> None:
        self._left = list(probabilities)

    def probability(self, window: npt.NDArray[np.float32]) -> float:
        assert len(window) == WINDOW
        return self._left.pop(0)


def heard(*probabilities: float) -> list[str]:
    changes = Activity(_Given(probabilities)).feed(bytes(2 * WINDOW * len(probabilities)))
    return [type(change).__name__ for change in changes]


def test_a_click_is_no_speech() -> None:
    assert heard(0.9, 0.1, 0.9, 0.1) == []


def test_speech_begins_once_and_a_breath_does_not_end_it() -> None:
    assert heard(0.9, 0.9, 0.2, 0.2, 0.9, 0.4, 0.4, 0.4) == [SpeechBegan.__name__]


def test_it_ends_when_it_is_quiet_for_long_enough() -> None:
    assert heard(0.9, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9) == [
        SpeechBegan.__name__,
        SpeechEnded.__name__,
        SpeechBegan.__name__,
    ]


@given(st.lists(st.floats(0, 1), max_size=60))
def test_begin_and_end_take_turns(probabilities: list[float]) -> None:
    found = heard(*probabilities)
    assert all(one != other for one, other in pairwise(found))
    assert found[:1] in ([], [SpeechBegan.__name__])
