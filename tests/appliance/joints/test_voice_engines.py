"""Which engines the settings name: real clients, servers that stand in for real ones."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.config_voice import VoiceSettings
from appliance.errors import ConfigurationError
from appliance.joints.voice_engines import engines
from appliance.voice.phrases import Phrases
from tests.appliance.voice import contract
from tests.models.tts.server import KEY, scripted_speech

NAMED = VoiceSettings(recogniser_url="ws://127.0.0.1:1", speaker_url="http://127.0.0.1:1/v1", voice="selftest-female")


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


async def refused(state: Path, words: str, **changes: Any) -> None:
    with pytest.raises(ConfigurationError, match=words):
        async with engines(msgspec.structs.replace(NAMED, **changes), state, Phrases.load()):
            pass


async def test_what_a_call_says_of_its_own_is_spoken_ahead(tmp_path: Path) -> None:
    key, phrases = tmp_path / "key", Phrases.load()
    key.write_text(KEY)
    key.chmod(0o600)
    async with scripted_speech() as speech:
        settings = msgspec.structs.replace(NAMED, speaker_url=speech.url, speaker_key_file=str(key))
        async with engines(settings, tmp_path, phrases) as found:
            ahead = len(speech.asked)
            sound = [piece async for piece in found.speaker.speak(phrases.said.goodbye, voice=settings.voice)]
            assert (any(sound), len(speech.asked)) == (True, ahead)
            await contract.speaks(found.speaker, "退款三百八十九元。", voice=settings.voice)
    assert ahead >= len(phrases.spoken)
    assert len(speech.asked) > ahead


async def test_an_engine_that_is_not_there_yet_keeps_no_process_from_starting(tmp_path: Path) -> None:
    async with engines(NAMED, tmp_path, Phrases.load()) as found:
        assert found.speaker.rate_hz == 24_000
