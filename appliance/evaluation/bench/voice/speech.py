"""What callers say, spoken ahead by eSpeak NG and cut to where the voice begins and ends, at a telephone's 8 kHz."""

import tomllib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.voice.detection import SURE_MS, Activity, SileroDetector
from appliance.voice.events import SpeechBegan
from appliance.voice.model import EAR_HZ, FRAME_MS, frame_bytes
from appliance.voice.resampling import Resampler
from models.tts.speaker import Speaker

LINE_HZ: Final = 8_000
FRAME: Final = frame_bytes(LINE_HZ)
CALLER: Final = "selftest-male"
FILE: Final = Path(__file__).with_name("said.toml")
_LOUD: Final = 300
"""Of 32768: below it a frame is silence, on a line without noise."""


class Breath(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    before: str
    pause_ms: int
    after: str


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    questions: tuple[str, ...]
    breaths: tuple[Breath, ...]
    interruptions: tuple[str, ...]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Whole frames of 20 ms; the last one has sound in it."""

    text: str
    frames: tuple[bytes, ...]
    pause_ms: int = 0
    """In the middle of it."""

    @property
    def length_ms(self) -> int:
        return len(self.frames) * FRAME_MS

    @property
    def pcm(self) -> bytes:
        return b"".join(self.frames)


class Repertoire(msgspec.Struct, frozen=True, kw_only=True):
    questions: tuple[Spoken, ...]
    breaths: tuple[Spoken, ...]
    interruptions: tuple[Spoken, ...]


def script() -> Script:
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), Script)


async def spoken_ahead(speaker: Speaker) -> Repertoire:
    said = script()
    return Repertoire(
        questions=tuple([await _spoken(speaker, text) for text in said.questions]),
        breaths=tuple([await _with_breath(speaker, each) for each in said.breaths]),
        interruptions=tuple([await _spoken(speaker, text) for text in said.interruptions]),
    )


async def _with_breath(speaker: Speaker, breath: Breath) -> Spoken:
    before, after = await _spoken(speaker, breath.before), await _spoken(speaker, breath.after)
    pause = (bytes(FRAME),) * (breath.pause_ms // FRAME_MS)
    return Spoken(
        text=f"{breath.before}……{breath.after}",
        frames=(*before.frames, *pause, *after.frames),
        pause_ms=breath.pause_ms,
    )


async def _spoken(speaker: Speaker, text: str) -> Spoken:
    sound = b"".join([piece async for piece in speaker.speak(text, voice=CALLER)])
    line = Resampler(speaker.rate_hz, LINE_HZ).feed(sound)
    frames = [line[at : at + FRAME].ljust(FRAME, b"\0") for at in range(0, len(line), FRAME)]
    loud = [number for number, frame in enumerate(frames) if is_loud(frame)]
    return Spoken(text=text, frames=tuple(frames[loud[0] : loud[-1] + 1]))


def is_loud(frame: bytes) -> bool:
    samples: npt.NDArray[np.int16] = np.frombuffer(frame, dtype="<i2")
    return bool(len(samples)) and int(np.abs(samples.astype(np.int32)).max()) > _LOUD


def is_cut_by_silence(spoken: Spoken, silence_ms: int, detector: SileroDetector) -> bool:
    """Whether a rule that ends a turn after so much silence would end it within these words."""
    activity, ear = Activity(detector), Resampler(LINE_HZ, EAR_HZ)
    ended_ms: int | None = None
    for number, frame in enumerate(spoken.frames):
        for change in activity.feed(ear.feed(frame)):
            at_ms = number * FRAME_MS
            if not isinstance(change, SpeechBegan):
                ended_ms = at_ms - SURE_MS
            elif ended_ms is not None and at_ms - ended_ms >= silence_ms:
                return True
    return False
