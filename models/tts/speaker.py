"""A text of the screen spoken aloud: read, cut into sentences, each one made ahead or made now."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from models.tts.audio import BYTES_A_SECOND, RATE_HZ
from models.tts.client import Speech, SpeechClient
from models.tts.errors import VoiceUnknown
from models.tts.prompts import Prompts
from models.tts.reading.text import read
from models.tts.sentences import split
from models.tts.voices import Engine, Voice, Voices

_CHUNK: Final = BYTES_A_SECOND // 5


class Speaker:
    """Shared by all calls. What it yields has no pace: who plays it takes pieces ahead, and closes it for silence."""

    rate_hz: int = RATE_HZ

    def __init__(
        self, voices: Voices, clients: Mapping[Engine, SpeechClient], prompts: Mapping[Engine, Prompts] | None = None
    ) -> None:
        self._voices = voices
        self._clients = clients
        self._prompts = prompts or {}

    def voice(self, name: str) -> Voice:
        """Raises VoiceUnknown, or ConsentMissing on a day that no consent covers, and once it was withdrawn."""
        return self._voices.voice(name)

    def look_again(self, files: Sequence[Path]) -> frozenset[str]:
        """As ``Voices.look_again``: who may speak no more says nothing more, be it made ahead or not."""
        return self._voices.look_again(files)

    async def speak(
        self, text: str, *, voice: str, speed: float = 1.0, style: str | None = None
    ) -> AsyncGenerator[bytes]:
        """16-bit mono samples; nothing for a text of which nothing is said.

        Raises as ``voice``, and what ``SpeechClient.speak`` raises.
        """
        client, prompts = self._of(voice)
        for speech in self._speeches(text, voice, speed, style):
            made = prompts.get(speech) if prompts else None
            if made is not None:
                for start in range(0, len(made), _CHUNK):
                    yield made[start : start + _CHUNK]
                continue
            stream = client.speak(speech)
            try:
                async for piece in stream:
                    yield piece
            finally:
                await stream.aclose()

    async def make_ahead(
        self, texts: Iterable[str], *, voice: str, speed: float = 1.0, style: str | None = None
    ) -> int:
        """Fixed texts, none of one customer; how many sentences were made. Raises as ``speak`` does."""
        client, prompts = self._of(voice)
        if prompts is None:
            raise VoiceUnknown(f"voice {voice} has no folder for what is made ahead")
        made = 0
        for speech in (each for text in texts for each in self._speeches(text, voice, speed, style)):
            if prompts.get(speech) is None:
                prompts.put(speech, b"".join([piece async for piece in client.speak(speech)]))
                made += 1
        return made

    def _speeches(self, text: str, voice: str, speed: float, style: str | None) -> Iterator[Speech]:
        for piece in split(read(text)):
            yield self._voices.speech(voice, piece, speed=speed, style=style)

    def _of(self, name: str) -> tuple[SpeechClient, Prompts | None]:
        engine = self._voices.voice(name).engine
        if engine not in self._clients:
            raise VoiceUnknown(f"voice {name} is spoken by {engine}, and no server of it is set up")
        return self._clients[engine], self._prompts.get(engine)
