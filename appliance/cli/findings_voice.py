"""What ``appliance doctor`` looks at where calls are taken: who takes them, who hears, and who speaks.

Both engines are asked to do their work once: silence is heard, and two characters are spoken.
"""

import asyncio
from contextlib import suppress

from appliance.channels.phone import ports_file
from appliance.cli.findings_outcome import Outcome, passing
from appliance.config import Settings
from appliance.config_voice import SpeakerProtocol, VoiceSettings
from appliance.installation.model import Grade
from appliance.joints.voice_engines import recogniser_of, speaking, with_own
from appliance.supervisor import board
from appliance.supervisor.model import ProcessState
from appliance.supervisor.processes import PHONE, RECOGNISER, SPEAKER
from appliance.voice.missing import missing
from appliance.voice.own_engines import NO_HUMANS, better_models, own_recogniser, own_speaker
from models.errors import ModelError
from models.tts import looking
from models.tts.looking import Answers

INSTALL = "run ./install.sh voice, then 'appliance down' and 'appliance up'"
_SILENCE = bytes(16_000)
_WITHIN_S = 10.0
_WORDS = "您好"


async def phone(settings: Settings) -> Outcome:
    if (off := _is_off(settings)) is not None:
        return off
    if absent := missing():
        return Grade.WRONG, f"{absent[0].file} is not there, without which nobody can be heard", INSTALL
    if (trouble := _process(settings, PHONE)) is not None:
        return trouble
    ports = ports_file.read(settings.state_path)
    for name, port in (("FastAGI", ports.agi), ("AudioSocket", ports.audiosocket), ("chan_websocket", ports.media)):
        if not await _answers(ports_file.reached_at(ports), port):
            return passing(f"{name} does not answer at {ports.host}:{port}", _log(settings, PHONE))
    if not settings.voice.numbers and not settings.voice.shop:
        cure = "name the shop of each number in voice.numbers, or one shop of all as voice.shop"
        return Grade.WARNING, "no number belongs to a shop: every call goes to people at once", cure
    return Grade.OK, f"calls are taken at {ports.host}:{ports.agi}, {ports.audiosocket} and {ports.media}", ""


async def recogniser(settings: Settings) -> Outcome:
    if (off := _is_off(settings)) is not None:
        return off
    own = own_recogniser(settings)
    if own is not None and (trouble := _process(settings, RECOGNISER)) is not None:
        return trouble
    voice = _with_own(settings)
    try:
        async with asyncio.timeout(_WITHIN_S), recogniser_of(voice).listen() as hearing:
            await hearing.feed(_SILENCE)
            await hearing.end_utterance()
            async for heard in hearing.results():
                if heard.is_final:
                    break
    except (ModelError, TimeoutError) as away:
        return _away(away, _cure(settings, RECOGNISER, own))
    if own is not None and own.is_self_test:
        cure = f"put models for people into {better_models(settings)} (docs/models.md), or name voice.recogniser_url"
        return Grade.WARNING, NO_HUMANS, cure
    return Grade.OK, f"it hears at {voice.recogniser_url}", ""


async def speaker(settings: Settings) -> Outcome:
    if (off := _is_off(settings)) is not None:
        return off
    own = own_speaker(settings)
    if own is not None and (trouble := _process(settings, SPEAKER)) is not None:
        return trouble
    voice = _with_own(settings)
    try:
        async with asyncio.timeout(_WITHIN_S), speaking(voice, settings.state_path) as found:
            spoken = [piece async for piece in found.speak(_WORDS, voice=voice.voice, speed=voice.speed)]
    except (ModelError, TimeoutError) as away:
        cure = _log(settings, SPEAKER) if own is not None else await _speaker_cure(voice)
        return _away(away, cure)
    if not any(map(any, spoken)):
        return Grade.WRONG, f"{voice.voice} speaks, and nothing is heard", "name another voice as voice.voice"
    return Grade.OK, f"{voice.voice} speaks at {voice.speaker_url}", ""


def _is_off(settings: Settings) -> Outcome | None:
    if settings.voice.enabled:
        return None
    return Grade.SKIPPED, "calls are off", "set voice.enabled, if calls are to be taken (docs/phone.md)"


def _with_own(settings: Settings) -> VoiceSettings:
    status = board.read(settings.state_path)
    return with_own(settings, status.addresses if status else {})


def _process(settings: Settings, name: str) -> Outcome | None:
    """None: it is ready."""
    status = board.read(settings.state_path)
    if status is None:
        return Grade.SKIPPED, "it does not run", "start it: 'appliance up'"
    found = next((each for each in status.processes if each.name == name), None)
    if found is None:
        return Grade.WRONG, "it was not started", "the settings have changed since: 'appliance down', 'appliance up'"
    if found.state is not ProcessState.READY:
        last = f", last: {found.last_exit}" if found.last_exit else ""
        return passing(f"it is {found.state}{last}", _log(settings, name))
    return None


def _away(failed: ModelError | TimeoutError, cure: str) -> Outcome:
    found = str(failed) or f"it does not answer within {_WITHIN_S:g} s"
    may_pass = isinstance(failed, TimeoutError) or failed.retryable
    return passing(found, cure) if may_pass else (Grade.WRONG, found, cure)


def _log(settings: Settings, name: str) -> str:
    return f"look into {settings.state_dir}/log/{name}.log"


def _cure(settings: Settings, name: str, own: object) -> str:
    return _log(settings, name) if own is not None else f"start it, or mend voice.{name}_url"


async def _speaker_cure(voice: VoiceSettings) -> str:
    """By what answers at the address that is set."""
    root = looking.root_of(voice.speaker_url)
    is_runtimes = voice.speaker_protocol is SpeakerProtocol.COSYVOICE
    match await looking.look(voice.speaker_url):
        case Answers.NOBODY:
            start = "'appliance models speak' starts CosyVoice; an internal network is reached from this machine only"
            return f"start it, or mend voice.speaker_url ({start if is_runtimes else 'docs/speech-out.md'})"
        case Answers.RUNTIME if not is_runtimes:
            return f"set voice.speaker_protocol to cosyvoice, speaker_url to {root}: its own runtime answers there"
        case Answers.RUNTIME if root != voice.speaker_url.rstrip("/"):
            return f"set voice.speaker_url to {root}: behind the port of CosyVoice's runtime stands nothing"
        case Answers.RUNTIME:
            return "look into the runtime's own log: it has the model, the card and the recording of the voice"
        case Answers.OLD_RUNTIME:
            return "this version of CosyVoice's runtime takes no POST: put a newer one in its place"
        case Answers.OPENAI if is_runtimes:
            return f"set voice.speaker_protocol to openai, speaker_url to {root}/v1: that is what answers there"
        case Answers.OPENAI | Answers.OTHER:
            return "mend voice.speaker_url, voice.speaker_key_file, or the model that voice.voice names"
    return ""


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_WITHIN_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def loud_words(settings: Settings) -> str:
    """For ``appliance status``; empty where nothing has to be said."""
    own = own_recogniser(settings)
    return f"CALLS: {NO_HUMANS}: see 'appliance doctor'" if own is not None and own.is_self_test else ""
