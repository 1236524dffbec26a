"""The engines that hear and speak on calls, as the settings name them."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from appliance.config_voice import VoiceSettings
from appliance.errors import ConfigurationError
from appliance.joints.secret_file import read_secret
from appliance.voice import ports
from appliance.voice.phrases import Phrases
from models.asr.client import Recogniser
from models.errors import CatalogInvalid, ModelCorrupt, ModelError
from models.tts.client import Endpoint, SpeechClient
from models.tts.errors import ConsentMissing, VoiceUnknown
from models.tts.prompts import Prompts
from models.tts.speaker import Speaker
from models.tts.voices import Voice, Voices, load

_log = logging.getLogger(__name__)

PROMPTS: Final = "prompts"
"""The folder in the state directory with what was spoken ahead."""


class Engines(msgspec.Struct, frozen=True):
    recogniser: ports.Recogniser
    speaker: ports.Speaker


@asynccontextmanager
async def engines(settings: VoiceSettings, state: Path, phrases: Phrases) -> AsyncIterator[Engines]:
    """As long as calls are taken. ConfigurationError: the settings name none, or a voice that may not speak.

    The call's own words are spoken ahead, so that they are heard at once. An engine that is not there yet is no error
    here: who calls meanwhile is told so and put through to people.
    """
    for name in ("recogniser_url", "speaker_url", "voice"):
        if not getattr(settings, name):
            raise ConfigurationError(f"voice.{name} is empty: calls need an engine to hear and a voice to speak")
    voices = _voices(settings)
    voice = _voice(voices, settings)
    client = SpeechClient(_endpoint(settings), at_once=settings.at_once)
    prompts = Prompts(state / PROMPTS, identity=f"{settings.speaker_url} {voice.model}")
    speaker = Speaker(voices, {voice.engine: client}, {voice.engine: prompts})
    try:
        await _speak_ahead(speaker, settings, phrases)
        yield Engines(recogniser=Recogniser(settings.recogniser_url), speaker=speaker)
    finally:
        await client.aclose()


async def _speak_ahead(speaker: Speaker, settings: VoiceSettings, phrases: Phrases) -> None:
    try:
        await speaker.make_ahead(phrases.spoken, voice=settings.voice, speed=settings.speed)
    except ModelError as away:
        _log.warning("call.not_spoken_ahead", extra={"code": away.code})


def _voices(settings: VoiceSettings) -> Voices:
    more = (Path(settings.voices_file),) if settings.voices_file else ()
    try:
        return load(more)
    except (CatalogInvalid, ConsentMissing, ModelCorrupt) as refused:
        raise ConfigurationError(f"voice.voices_file: {refused}") from refused


def _voice(voices: Voices, settings: VoiceSettings) -> Voice:
    try:
        return voices.voice(settings.voice)
    except VoiceUnknown as unknown:
        raise ConfigurationError(f"voice.voice: {unknown}") from unknown


def _endpoint(settings: VoiceSettings) -> Endpoint:
    cure = "write the speaker's API key there, readable by this user"
    path = settings.speaker_key_file
    key = read_secret("voice.speaker_key_file", path, cure) if path else ""
    return Endpoint(url=settings.speaker_url, api_key=key)
