"""The engines that hear and speak on calls, as the settings name them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from appliance.clock import SHANGHAI
from appliance.config import Settings
from appliance.config_voice import SpeakerProtocol, VoiceSettings
from appliance.errors import ConfigurationError
from appliance.secret_file import read_secret
from appliance.voice import ports
from appliance.voice.own_engines import VOICE, own_recogniser, own_speaker, speaker_key
from models.asr.client import Recogniser
from models.errors import CatalogInvalid, ModelCorrupt, ModelError
from models.tts import cosyvoice
from models.tts.client import Endpoint, Protocol, SpeechClient, openai
from models.tts.errors import ConsentMissing, VoiceUnknown
from models.tts.prompts import Prompts
from models.tts.speaker import Speaker
from models.tts.voices import Engine, Voice, Voices, load

_log = logging.getLogger(__name__)

_PROTOCOLS: Final[Mapping[SpeakerProtocol, Protocol]] = {
    SpeakerProtocol.OPENAI: openai,
    SpeakerProtocol.COSYVOICE: cosyvoice.runtime,
}
AGAIN_AFTER_S: Final = 10.0
_MOST_REST_S: Final = 300.0
CONSENT_EVERY_S: Final = 30.0
"""How often the file of voices is looked at while one of them is in use."""
PROMPTS: Final = "prompts"
"""The folder in the state directory with what was spoken ahead, a folder a voice."""

Taken = Callable[[Voice], Awaitable[None]]
"""Is told who speaks to customers from now on. What it raises keeps him silent."""


class Engines(msgspec.Struct, frozen=True):
    recogniser: ports.Recogniser
    speaker: Speaker


def with_own(settings: Settings, addresses: Mapping[str, str]) -> VoiceSettings:
    """The settings about calls, with the engines that the appliance runs itself in them. ``addresses``: by process.

    ConfigurationError: a voice is named that its own speaker has not.
    """
    found = settings.voice
    if own_recogniser(settings) and (address := addresses.get("recogniser")):
        found = msgspec.structs.replace(found, recogniser_url=f"ws://{address}")
    if found.enabled and not found.speaker_url and found.speaker_protocol is not SpeakerProtocol.OPENAI:
        raise ConfigurationError(
            f"voice.speaker_protocol is {found.speaker_protocol}, and no server of it is named: "
            "name its address as voice.speaker_url, such as http://172.31.250.2:50000"
        )
    if own_speaker(settings) and (address := addresses.get("speaker")):
        found = msgspec.structs.replace(
            found,
            speaker_url=f"http://{address}/v1",
            speaker_key_file=str(speaker_key(settings)),
            voice=found.voice or VOICE,
        )
        if _voice(_voices(found), found).engine is not Engine.ESPEAK:
            raise ConfigurationError(
                f"voice.voice: {found.voice} is none of eSpeak NG's: name its speaker as voice.speaker_url"
            )
    return found


@asynccontextmanager
async def engines(
    settings: VoiceSettings,
    state: Path,
    fixed: Sequence[str],
    taken: Taken,
    *,
    consent_every_s: float = CONSENT_EVERY_S,
) -> AsyncIterator[Engines]:
    """As long as calls are taken. ConfigurationError: the settings name none, or a voice that may not speak.

    ``taken`` is awaited before the first word is asked for, ahead or not. ``fixed``: the calls' own words, each as it
    is said whole. They are spoken ahead, so that they are heard at once. An engine that is not there yet is no error
    here: who calls meanwhile is told so and put through to people, and the words are tried again until they are there.
    A voice whose consent is withdrawn falls silent while it is in use.
    """
    async with speaking(settings, state) as speaker:
        await taken(speaker.voice(settings.voice))
        hearing = recogniser_of(settings, final_within_s=None)
        is_ahead = await _speak_ahead(speaker, settings, fixed)
        meanwhile = [asyncio.create_task(_watch_consent(speaker, settings, consent_every_s))]
        if not is_ahead:
            meanwhile.append(asyncio.create_task(_until_ahead(speaker, settings, fixed)))
        try:
            yield Engines(recogniser=hearing, speaker=speaker)
        finally:
            for task in meanwhile:
                task.cancel()
            await asyncio.gather(*meanwhile, return_exceptions=True)


def may_speak(settings: VoiceSettings) -> tuple[str, ...]:
    """Names of voices. Nobody where no calls are taken, or the file of voices is refused: for a consent that was
    withdrawn, for one."""
    try:
        return _voices(settings).may_speak if settings.enabled else ()
    except ConfigurationError:
        return ()


def recogniser_of(settings: VoiceSettings, *, final_within_s: float | None = 5.0) -> Recogniser:
    """``final_within_s``: None for calls, which ask again for what was not heard in time."""
    _refuse_empty(settings, "recogniser_url")
    return Recogniser(settings.recogniser_url, final_within_s=final_within_s)


@asynccontextmanager
async def speaking(settings: VoiceSettings, state: Path) -> AsyncIterator[Speaker]:
    """The speaker alone. ConfigurationError as for both."""
    _refuse_empty(settings, "speaker_url", "voice")
    voices = _voices(settings)
    voice = _voice(voices, settings)
    _refuse_voice_of_others(voice, settings)
    protocol = _PROTOCOLS[settings.speaker_protocol]
    client = SpeechClient(_endpoint(settings), at_once=settings.at_once, protocol=protocol)
    prompts = Prompts(state / PROMPTS / voice.name, identity=f"{settings.speaker_url} {voice.model}")
    try:
        yield Speaker(voices, {voice.engine: client}, {voice.engine: prompts})
    finally:
        await client.aclose()


def _refuse_empty(settings: VoiceSettings, *names: str) -> None:
    for name in names:
        if not getattr(settings, name):
            raise ConfigurationError(f"voice.{name} is empty: calls need an engine to hear and a voice to speak")


async def _speak_ahead(speaker: Speaker, settings: VoiceSettings, fixed: Sequence[str]) -> bool:
    try:
        await speaker.make_ahead(fixed, voice=settings.voice, speed=settings.speed)
    except (ModelError, OSError) as away:
        code = getattr(away, "code", type(away).__name__)
        _log.warning("call.not_spoken_ahead", extra={"code": code})
        return False
    return True


async def _until_ahead(speaker: Speaker, settings: VoiceSettings, fixed: Sequence[str]) -> None:
    """The apology that the speaker is away is among them: it is needed when the speaker is away."""
    rest_s = AGAIN_AFTER_S
    while True:
        await asyncio.sleep(rest_s)
        if await _speak_ahead(speaker, settings, fixed):
            return
        rest_s = min(2 * rest_s, _MOST_REST_S)


async def _watch_consent(speaker: Speaker, settings: VoiceSettings, every_s: float) -> None:
    """Without one no word is said: callers go to people, as where the speaker is away."""
    was_silent = False
    while True:
        await asyncio.sleep(every_s)
        is_silent = settings.voice in await asyncio.to_thread(speaker.look_again, _files(settings))
        if is_silent and not was_silent:
            _log.error("call.voice_without_consent", extra={"voice": settings.voice})
        was_silent = is_silent


def _files(settings: VoiceSettings) -> tuple[Path, ...]:
    return (Path(settings.voices_file),) if settings.voices_file else ()


def _voices(settings: VoiceSettings) -> Voices:
    """ConfigurationError too where the one that is to speak cannot speak as it should."""
    try:
        voices = load(_files(settings), _today)
    except (CatalogInvalid, ConsentMissing, ModelCorrupt) as refused:
        raise ConfigurationError(f"voice.voices_file: {refused}") from refused
    if not settings.style or settings.voice not in voices.names:
        return voices
    try:
        return voices.in_style(settings.voice, settings.style)
    except VoiceUnknown as unknown:
        raise ConfigurationError(f"voice.style: {unknown}") from unknown
    except ConsentMissing as ended:
        raise ConfigurationError(f"voice.voice: {ended}") from ended


def _voice(voices: Voices, settings: VoiceSettings) -> Voice:
    try:
        return voices.voice(settings.voice)
    except (VoiceUnknown, ConsentMissing) as refused:
        raise ConfigurationError(f"voice.voice: {refused}") from refused


def _today() -> date:
    """Where the customers are, and whoever gave his consent."""
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def _refuse_voice_of_others(voice: Voice, settings: VoiceSettings) -> None:
    if settings.speaker_protocol is SpeakerProtocol.COSYVOICE and voice.engine is not Engine.COSYVOICE:
        raise ConfigurationError(
            f"voice.voice: {voice.name} is spoken by {voice.engine}, and voice.speaker_protocol is cosyvoice: name a "
            "voice after a recording, in a file of your own as voice.voices_file (docs/speech-out.md)"
        )


def _endpoint(settings: VoiceSettings) -> Endpoint:
    cure = "write the speaker's API key there, readable by this user"
    path = settings.speaker_key_file
    key = read_secret("voice.speaker_key_file", path, cure) if path else ""
    return Endpoint(url=settings.speaker_url, api_key=key)
