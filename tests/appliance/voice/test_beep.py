"""A beep is one steady tone; speech, keys, noise and silence are none."""

import numpy as np
import pytest

from appliance.voice.beep import Beep

HZ = 8_000


def wave(ms: int, *tones_hz: float, level: int = 6_000) -> bytes:
    at = np.arange(HZ * ms // 1000) / HZ
    mixed = sum(np.sin(2 * np.pi * hz * at) for hz in tones_hz) / len(tones_hz)
    return (level * np.asarray(mixed)).astype("<i2").tobytes()


def heard(sound: bytes) -> bool:
    beep = Beep(HZ)
    return any(beep.feed(sound[at : at + 320]) for at in range(0, len(sound), 320))


@pytest.mark.parametrize("tone_hz", [440, 1000, 1400])
def test_a_steady_tone_is_a_beep(tone_hz: int) -> None:
    assert heard(bytes(3_200) + wave(400, tone_hz))


def test_it_is_told_once() -> None:
    beep = Beep(HZ)
    sound = wave(2_000, 1000)
    assert sum(beep.feed(sound[at : at + 320]) for at in range(0, len(sound), 320)) == 1


@pytest.mark.parametrize(
    "sound",
    [
        bytes(HZ * 2),
        wave(120, 1000),
        wave(400, 770, 1336),
        wave(400, 1000, level=100),
        np.random.default_rng(7).normal(0, 4_000, HZ).astype("<i2").tobytes(),
        b"".join(wave(60, 300 + 90 * step) for step in range(12)),
    ],
    ids=["silence", "short", "a key", "faint", "noise", "gliding"],
)
def test_what_is_no_beep(sound: bytes) -> None:
    assert not heard(sound)
