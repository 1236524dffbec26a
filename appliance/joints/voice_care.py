"""Sound that was spoken ahead with somebody's voice goes when that voice may not speak any more, whoever asked for it.

The worker looks every hour, for the process that takes calls does not even start where a consent has ended.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from appliance.config_voice import VoiceSettings
from appliance.joints.voice_consent import VoiceUses
from appliance.joints.voice_engines import PROMPTS, may_speak
from models.tts.prompts import kept_of_others

EVERY_S: Final = 3600.0


class VoiceCare:
    def __init__(self, settings: VoiceSettings, state: Path, uses: VoiceUses) -> None:
        self._settings = settings
        self._folder = state / PROMPTS
        self._uses = uses

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.once()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_S)

    async def once(self) -> None:
        """On record first: a crash between the two leaves sound that the next look finds, and records again."""
        for voice, sentences in kept_of_others(self._folder, may_speak(self._settings)).items():
            await self._uses.forget(voice, len(sentences))
            for sentence in sentences:
                sentence.unlink(missing_ok=True)
