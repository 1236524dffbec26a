"""A text of the screen is read, cut and spoken; what was made ahead is heard without the engine."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from models.errors import ModelUnavailable
from models.tts.client import SpeechClient
from models.tts.errors import VoiceUnknown
from models.tts.prompts import Prompts
from models.tts.speaker import Speaker
from models.tts.voices import Engine, load
from tests.models.tts.server import TONE, ScriptedSpeech

VOICES = load()
NOTICE = "您好，我是智能客服，本次通话会录音。"


async def heard(speaker: Speaker, text: str) -> bytes:
    return b"".join([piece async for piece in speaker.speak(text, voice="selftest-female")])


class Port(Protocol):
    """What a call needs of whoever speaks."""

    rate_hz: int

    def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]: ...


async def test_it_is_what_a_call_needs(client: SpeechClient) -> None:
    port: Port = Speaker(VOICES, {Engine.ESPEAK: client})
    assert port.rate_hz == 24_000
    assert await anext(port.speak("您好", voice="selftest-female", speed=1.2))


async def test_a_text_is_read_and_asked_sentence_by_sentence(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speaker = Speaker(VOICES, {Engine.ESPEAK: client})
    audio = await heard(speaker, "好的。退款**¥389**，1-3天内原路退还。😊")
    assert [asked["input"] for asked in speech.asked] == ["好的。", "退款三百八十九元，一到三天内原路退环。"]
    assert audio == TONE * 2


async def test_nothing_is_said_of_a_text_without_words(client: SpeechClient, speech: ScriptedSpeech) -> None:
    assert await heard(Speaker(VOICES, {Engine.ESPEAK: client}), "😊……") == b""
    assert speech.asked == []


async def test_what_was_made_ahead_is_heard_while_the_engine_is_down(
    client: SpeechClient, speech: ScriptedSpeech, tmp_path: Path
) -> None:
    speaker = Speaker(VOICES, {Engine.ESPEAK: client}, {Engine.ESPEAK: Prompts(tmp_path, identity="1")})
    sentences = await speaker.make_ahead([NOTICE], voice="selftest-female")
    assert await speaker.make_ahead([NOTICE], voice="selftest-female") == 0
    speech.status = 503
    assert await heard(speaker, NOTICE) == TONE * sentences
    with pytest.raises(ModelUnavailable):
        await heard(speaker, "别的话。")


async def test_what_is_said_to_one_customer_is_not_kept(
    client: SpeechClient, speech: ScriptedSpeech, tmp_path: Path
) -> None:
    speaker = Speaker(VOICES, {Engine.ESPEAK: client}, {Engine.ESPEAK: Prompts(tmp_path, identity="1")})
    await heard(speaker, "王先生您好。")
    await heard(speaker, "王先生您好。")
    assert len(speech.asked) == 2


async def test_a_voice_without_a_server_is_refused(client: SpeechClient) -> None:
    with pytest.raises(VoiceUnknown, match="no server"):
        await heard(Speaker(VOICES, {}), "您好")
    with pytest.raises(VoiceUnknown, match="made ahead"):
        await Speaker(VOICES, {Engine.ESPEAK: client}).make_ahead([NOTICE], voice="selftest-female")
