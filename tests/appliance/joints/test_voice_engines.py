"""Which engines the settings name: real clients, servers that stand in for real ones."""

import asyncio
import errno
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.config import Settings
from appliance.config_voice import SpeakerProtocol, VoiceSettings
from appliance.errors import ConfigurationError
from appliance.joints import voice_engines
from appliance.joints.voice_engines import engines, with_own
from appliance.voice.phrases import Phrases
from models.tts.client import Speech
from models.tts.prompts import Prompts
from models.tts.voices import Voice
from tests.appliance.voice import contract
from tests.models.tts.runtime import cosyvoice_runtime
from tests.models.tts.server import KEY, scripted_speech
from tests.models.tts.test_cosyvoice import WAV
from tests.models.tts.voice_file import voice_file

NAMED = VoiceSettings(recogniser_url="ws://127.0.0.1:1", speaker_url="http://127.0.0.1:1/v1", voice="selftest-female")


async def untold(_: Voice) -> None:
    """Nobody is told who speaks."""


@pytest.mark.parametrize("name", ["recogniser_url", "speaker_url", "voice"])
async def test_what_is_not_named_is_asked_for(name: str, tmp_path: Path) -> None:
    await refused(tmp_path, rf"voice\.{name} is empty", **{name: ""})


async def test_a_voice_that_is_none_is_said_with_those_that_are(tmp_path: Path) -> None:
    await refused(tmp_path, "there is no voice aunt; there are selftest-female", voice="aunt")


async def test_a_voice_without_consent_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "voices.toml"
    (tmp_path / "lin.wav").write_bytes(b"RIFF")
    own.write_text(
        '[[voice]]\nname = "lin"\ntitle = "林"\nengine = "cosyvoice"\nmodel = "m"\nlicence = "own"\n'
        f'[voice.recording]\nfile = "lin.wav"\nsha256 = "{"0" * 64}"\ntext = "您好"\n',
        encoding="utf-8",
    )
    await refused(tmp_path, "consent", voices_file=str(own), voice="lin")


@pytest.mark.control("L-07")
@pytest.mark.parametrize("style", ["", "gentle"])
async def test_a_voice_whose_consent_has_ended_is_refused_at_once(tmp_path: Path, style: str) -> None:
    file = voice_file(tmp_path, until="2020-11-01")
    words = r"voice\.voice: voice lin: consent covers 2020-10-01 to 2020-11-01 and not today"
    await refused(tmp_path, words, voices_file=str(file), voice="lin", style=style)


async def test_cosyvoices_own_runtime_speaks_where_the_settings_say_so(tmp_path: Path) -> None:
    """The whole way: a voice after a recording, read, asked by a form, heard."""
    async with cosyvoice_runtime() as runtime:
        settings = msgspec.structs.replace(
            NAMED,
            speaker_url=runtime.url,
            speaker_protocol=SpeakerProtocol.COSYVOICE,
            voices_file=str(voice_file(tmp_path)),
            voice="lin",
        )
        async with engines(settings, tmp_path, Phrases.load().spoken, untold) as found:
            ahead = len(runtime.asked)
            await contract.speaks(found.speaker, "退款三百八十九元。", voice="lin")
    assert ahead >= len(Phrases.load().spoken)
    assert all(each["prompt_text"].endswith("<|endofprompt|>您好，很高兴为您服务。") for each in runtime.asked)
    assert set(runtime.recordings) == {WAV}


async def test_a_style_is_asked_for_and_what_was_spoken_ahead_in_another_is_spoken_anew(tmp_path: Path) -> None:
    async with cosyvoice_runtime() as runtime:
        settings = msgspec.structs.replace(
            NAMED,
            speaker_url=runtime.url,
            speaker_protocol=SpeakerProtocol.COSYVOICE,
            voices_file=str(voice_file(tmp_path)),
            voice="lin",
        )
        asked: list[set[str]] = []
        for style in ("", "gentle", "gentle", "请像老朋友一样说一句话。"):
            before = len(runtime.asked)
            async with engines(msgspec.structs.replace(settings, style=style), tmp_path, ("您好。",), untold):
                asked.append({each["prompt_text"].split("<|")[0] for each in runtime.asked[before:]})
    preamble = "You are a helpful assistant."
    assert asked == [
        {preamble}, {f"{preamble} 请用温柔的语气说一句话。"}, set(), {f"{preamble} 请像老朋友一样说一句话。"},
    ]  # fmt: skip


@pytest.mark.parametrize("style", ["gentle", "请用温柔的语气说一句话。"])
async def test_a_style_that_the_voice_has_not_is_refused_at_once(tmp_path: Path, style: str) -> None:
    await refused(tmp_path, r"voice\.style: voice selftest-female has one way of speaking", style=style)


async def test_a_voice_of_another_engine_is_refused_at_once(tmp_path: Path) -> None:
    await refused(tmp_path, "spoken by espeak", speaker_protocol=SpeakerProtocol.COSYVOICE)


def test_a_protocol_without_a_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"name its address as voice\.speaker_url"):
        own(tmp_path, speaker_protocol=SpeakerProtocol.COSYVOICE)


async def refused(state: Path, words: str, **changes: Any) -> None:
    with pytest.raises(ConfigurationError, match=words):
        async with engines(msgspec.structs.replace(NAMED, **changes), state, Phrases.load().spoken, untold):
            pass


async def test_what_a_call_says_of_its_own_is_spoken_ahead(tmp_path: Path) -> None:
    key, phrases = tmp_path / "key", Phrases.load()
    key.write_text(KEY)
    key.chmod(0o600)
    async with scripted_speech() as speech:
        settings = msgspec.structs.replace(NAMED, speaker_url=speech.url, speaker_key_file=str(key))
        async with engines(settings, tmp_path, phrases.spoken, untold) as found:
            ahead = len(speech.asked)
            sound = [piece async for piece in found.speaker.speak(phrases.said.goodbye, voice=settings.voice)]
            assert (any(sound), len(speech.asked)) == (True, ahead)
            await contract.speaks(found.speaker, "退款三百八十九元。", voice=settings.voice)
    assert ahead >= len(phrases.spoken)
    assert len(speech.asked) > ahead


async def test_a_disk_that_is_full_keeps_no_process_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be kept is spoken anew in each call."""

    def full(_prompts: Prompts, _speech: Speech, _audio: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space left on the device")

    monkeypatch.setattr(Prompts, "put", full)
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    async with scripted_speech() as speech:
        settings = msgspec.structs.replace(NAMED, speaker_url=speech.url, speaker_key_file=str(key))
        async with engines(settings, tmp_path, ("您好。",), untold) as found:
            assert await contract.speaks(found.speaker, "您好。", voice=settings.voice)


async def test_an_engine_that_is_not_there_yet_keeps_no_process_from_starting(tmp_path: Path) -> None:
    async with engines(NAMED, tmp_path, Phrases.load().spoken, untold) as found:
        assert found.speaker.rate_hz == 24_000


async def test_what_could_not_be_spoken_ahead_is_as_soon_as_the_speaker_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_engines, "AGAIN_AFTER_S", 0.01)
    key, phrases = tmp_path / "key", Phrases.load()
    key.write_text(KEY)
    key.chmod(0o600)
    async with scripted_speech() as speech:
        settings = msgspec.structs.replace(NAMED, speaker_url=speech.url, speaker_key_file=str(key))
        async with engines(settings, tmp_path / "once", phrases.spoken, untold):
            pass
        speech.status = 503
        async with engines(settings, tmp_path / "later", phrases.spoken, untold):
            assert kept(tmp_path / "later") == set()
            speech.status = 200
            async with asyncio.timeout(30):
                while True:
                    if kept(tmp_path / "later") == kept(tmp_path / "once"):
                        break
                    await asyncio.sleep(0)
    assert kept(tmp_path / "once")


def kept(state: Path) -> set[str]:
    return {file.name for file in (state / voice_engines.PROMPTS).rglob("*.pcm")}


ADDRESSES = {"recogniser": "127.0.0.1:10095", "speaker": "127.0.0.1:8020"}


def own(state: Path, **voice: Any) -> VoiceSettings:
    return with_own(Settings(state_dir=str(state), voice=VoiceSettings(**{"enabled": True, **voice})), ADDRESSES)


def test_engines_of_our_own_stand_where_none_is_named(tmp_path: Path) -> None:
    found = own(tmp_path)
    assert (found.recogniser_url, found.speaker_url) == ("ws://127.0.0.1:10095", "http://127.0.0.1:8020/v1")
    assert (found.voice, found.speaker_key_file) == ("selftest-female", f"{tmp_path}/secrets/speech.key")


def test_those_that_are_named_stay(tmp_path: Path) -> None:
    found = own(tmp_path, recogniser_url="ws://10.0.0.1", speaker_url="http://10.0.0.1/v1", voice="wangfang")
    assert (found.recogniser_url, found.speaker_url, found.voice) == ("ws://10.0.0.1", "http://10.0.0.1/v1", "wangfang")
    assert found.speaker_key_file == ""


def test_a_voice_that_is_not_of_our_own_speaker_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no voice wangfang"):
        own(tmp_path, voice="wangfang")
