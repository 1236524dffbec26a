"""What callers of a case say, as sound for a telephone line: by the speaker that is there, each time in another manner.

A recogniser that has misheard something hears the same sound the same way again; a person would not say it twice alike.
"""

from collections.abc import Sequence
from typing import Final

from appliance.evaluation.calls.earpiece import RATE_HZ
from appliance.voice.ports import Speaker
from appliance.voice.resampling import Resampler

_BEFORE_MS: Final = 200
MANNERS: Final = (("selftest-male", 1.0), ("selftest-female", 0.95), ("selftest-male", 0.85))
"""Voice and speed; in turn."""


class CallersVoice:
    def __init__(self, speaker: Speaker, manners: Sequence[tuple[str, float]] = MANNERS) -> None:
        self._speaker = speaker
        self._manners = manners

    async def of(self, text: str, attempt: int = 0) -> bytes:
        """16-bit samples at a telephone's rate, a breath before. What the speaker raises."""
        voice, speed = self._manners[attempt % len(self._manners)]
        resampler = Resampler(self._speaker.rate_hz, RATE_HZ)
        sound = bytearray(RATE_HZ * _BEFORE_MS // 1000 * 2)
        async for piece in self._speaker.speak(text, voice=voice, speed=speed):
            sound += resampler.feed(piece)
        return bytes(sound)
