"""One side of a call, held in memory. What was silenced or released is nowhere in it any more."""

from typing import Final

from appliance.voice.model import FRAME_MS, SAMPLE_BYTES
from appliance.voice.recording import ulaw
from appliance.voice.recording.model import SAMPLES_PER_MS

SOUNDS: Final = 328
"""About a hundredth of full scale (-40 dBFS): what is softer is the line's own noise."""


class Tape:
    def __init__(self) -> None:
        self._codes = bytearray()
        self._released = 0

    @property
    def begin_ms(self) -> int:
        """What lies before was released."""
        return self._released // SAMPLES_PER_MS

    @property
    def end_ms(self) -> int:
        return (self._released + len(self._codes)) // SAMPLES_PER_MS

    def add(self, at_ms: int, pcm: bytes) -> None:
        """A gap before is silent; what comes for a time that has its sound already is dropped."""
        end = self._released + len(self._codes)
        ahead = at_ms * SAMPLES_PER_MS - end
        if ahead > 0:
            self._codes.extend(_silence(ahead))
        self._codes.extend(ulaw.encode(pcm[max(-ahead, 0) * SAMPLE_BYTES :]))

    def silence(self, start_ms: int, end_ms: int) -> list[int]:
        """Takes the sound out, of what is still here; when each frame began that could be heard before."""
        start, end = self._place(start_ms), self._place(end_ms)
        if start >= end:
            return []
        loud = ulaw.loud_frames(self._codes[start:end], FRAME_MS * SAMPLES_PER_MS, SOUNDS)
        self._codes[start:end] = _silence(end - start)
        begin_ms = (self._released + start) // SAMPLES_PER_MS
        return [begin_ms + frame * FRAME_MS for frame in loud]

    def take_back(self, from_ms: int) -> None:
        """What was put for later than that."""
        del self._codes[self._place(from_ms) :]

    def release(self, until_ms: int) -> bytes:
        """From where the last release ended; silent where nothing came."""
        count = until_ms * SAMPLES_PER_MS - self._released
        released = bytes(self._codes[:count])
        del self._codes[:count]
        self._released += count
        return released + _silence(count - len(released))

    def wipe(self) -> None:
        self._codes[:] = _silence(len(self._codes))
        self._released += len(self._codes)
        self._codes.clear()

    def _place(self, at_ms: int) -> int:
        return min(max(at_ms * SAMPLES_PER_MS - self._released, 0), len(self._codes))


def _silence(samples: int) -> bytes:
    return bytes([ulaw.SILENCE]) * samples
