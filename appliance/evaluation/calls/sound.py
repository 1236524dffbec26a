"""Sound of this machine: files, and its microphone and loudspeaker by the programs of ALSA, where they are.

Nothing of it is needed to hold a call; what is absent is said, and the call is held without.
"""

import asyncio
import io
import shutil
import wave
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np

from appliance.errors import InvalidInput
from appliance.evaluation.calls.earpiece import RATE_HZ
from appliance.voice.resampling import Resampler
from security import aigc

RECORD: Final = "arecord"
PLAY: Final = "aplay"
_RAW: Final = ("-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE_HZ))
_PIECE: Final = RATE_HZ // 50 * 2
_BYTES: Final = 2
_LONGEST_S: Final = 120


def read_wav(file: Path) -> bytes:
    """As a telephone carries it. InvalidInput says what the file is to be."""
    try:
        with wave.open(str(file), "rb") as opened:
            width, rate, channels = opened.getsampwidth(), opened.getframerate(), opened.getnchannels()
            if width != _BYTES:
                raise InvalidInput(f"{file}: {8 * width} bits a sample; write it as 16-bit PCM")
            if opened.getnframes() > _LONGEST_S * rate:
                raise InvalidInput(f"{file}: longer than {_LONGEST_S} s; cut it into what is said at once")
            pcm = opened.readframes(opened.getnframes())
    except (OSError, EOFError, wave.Error) as unreadable:
        raise InvalidInput(
            f"{file}: cannot be read as a WAV file ({unreadable}); write it as 16-bit PCM"
        ) from unreadable
    samples = np.frombuffer(pcm, "<i2").reshape(-1, channels).mean(axis=1)
    return Resampler(rate, RATE_HZ).feed(samples.astype("<i2").tobytes())


def write_wav(file: Path, pcm: bytes, label: aigc.Metadata) -> None:
    """What a machine has said: its label is part of the file."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(_BYTES)
        opened.setframerate(RATE_HZ)
        opened.writeframes(pcm)
    try:
        file.write_bytes(aigc.with_wav_label(sound.getvalue(), label))
    except OSError as refused:
        raise InvalidInput(f"{file}: cannot be written ({refused.strerror})") from refused


async def has_device(program: str) -> bool:
    """Whether the program is there, and lists a card."""
    if shutil.which(program) is None:
        return False
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    asked = await asyncio.create_subprocess_exec(program, "-l", stdout=pipe, stderr=nowhere)
    listed, _ = await asked.communicate()
    return asked.returncode == 0 and b"card" in listed


@asynccontextmanager
async def loudspeaker() -> AsyncIterator[asyncio.StreamWriter]:
    """Plays what is written, at ``RATE_HZ``."""
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    playing = await asyncio.create_subprocess_exec(PLAY, *_RAW, "-", stdin=pipe, stderr=nowhere)
    assert playing.stdin is not None  # noqa: S101 - it was asked for
    try:
        yield playing.stdin
    finally:
        await _end(playing)


async def microphone() -> AsyncGenerator[bytes]:
    """Frames of 20 ms, as long as they are asked for."""
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    recording = await asyncio.create_subprocess_exec(RECORD, *_RAW, "-", stdout=pipe, stderr=nowhere)
    assert recording.stdout is not None  # noqa: S101 - it was asked for
    try:
        with suppress(asyncio.IncompleteReadError):
            while True:
                yield await recording.stdout.readexactly(_PIECE)
    finally:
        await _end(recording)


async def _end(program: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        program.terminate()
    await program.wait()
