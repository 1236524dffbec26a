"""One text and what may become of it, against a server on loopback."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from models.errors import ModelBusy, ModelError, ModelLate, ModelRefused, ModelUnavailable
from models.tts.client import Endpoint, Speech, SpeechClient
from models.tts.errors import AudioBroken
from tests.models.tts.server import KEY, TONE, ScriptedSpeech

HELLO = Speech(model="espeak-ng-1.52", input="您好", voice="cmn+f2")


async def heard(client: SpeechClient) -> list[bytes]:
    return [piece async for piece in client.speak(HELLO)]


def opened(client: SpeechClient) -> aclosing[AsyncGenerator[bytes]]:
    return aclosing(client.speak(HELLO))


async def test_it_asks_as_the_protocol_says(client: SpeechClient, speech: ScriptedSpeech) -> None:
    await heard(client)
    assert speech.asked == [
        {
            "model": "espeak-ng-1.52", "input": "您好", "voice": "cmn+f2",
            "response_format": "pcm", "stream": True, "stream_format": "audio",
        }
    ]  # fmt: skip
    assert speech.headers[0]["authorization"] == "Bearer k"


async def test_samples_come_whole_however_the_stream_was_cut(client: SpeechClient) -> None:
    pieces = await heard(client)
    assert b"".join(pieces) == TONE
    assert [len(piece) % 2 for piece in pieces] == [0] * len(pieces)


async def test_who_closes_the_stream_stops_the_server(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speech.is_endless = True
    async with opened(client) as stream:
        await anext(stream)
    await speech.has_lost_its_hearer.wait()
    speech.is_endless = False
    assert await heard(client) != []


async def test_who_is_cancelled_stops_the_server(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speech.falls_silent = True
    hearing = asyncio.create_task(heard(client))
    await speech.is_asked.wait()
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    await speech.has_lost_its_hearer.wait()


@pytest.mark.parametrize(
    ("status", "error"), [(429, ModelBusy), (503, ModelUnavailable), (400, ModelRefused), (401, ModelRefused)]
)
async def test_a_refusal_has_a_name(
    client: SpeechClient, speech: ScriptedSpeech, status: int, error: type[ModelError]
) -> None:
    speech.status = status
    with pytest.raises(error):
        await heard(client)


async def test_more_than_it_may_ask_at_once_is_busy(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speech.is_endless = True
    async with opened(client) as one, opened(client) as other:
        await anext(one)
        await anext(other)
        with pytest.raises(ModelBusy):
            await heard(client)


async def test_events_are_no_audio(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speech.media_type = "text/event-stream"
    with pytest.raises(ModelRefused, match="not with audio"):
        await heard(client)


@pytest.mark.parametrize("parts", [(), (b"\0",), (TONE, b"\0")])
async def test_no_audio_or_half_a_sample_is_broken(
    client: SpeechClient, speech: ScriptedSpeech, parts: tuple[bytes, ...]
) -> None:
    speech.parts = parts
    with pytest.raises(AudioBroken):
        await heard(client)


async def test_a_stream_that_breaks_off_is_broken(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speech.breaks_off = True
    with pytest.raises(AudioBroken):
        await heard(client)


async def test_a_server_that_talks_without_an_end_is_left(client: SpeechClient, speech: ScriptedSpeech) -> None:
    speech.is_endless, speech.parts = True, (TONE * 20,)
    with pytest.raises(AudioBroken, match="more than 120 s"):
        await heard(client)


async def test_silence_is_given_up(speech: ScriptedSpeech) -> None:
    speech.falls_silent = True
    client = SpeechClient(Endpoint(url=speech.url, api_key=KEY), next_within_s=0.05)
    with pytest.raises(AudioBroken, match="silent"):
        await heard(client)
    await client.aclose()


async def test_nobody_there_is_unavailable_and_nobody_answering_is_late() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = SpeechClient(Endpoint(url=f"http://127.0.0.1:{port}/v1"), first_within_s=0.05)
    with pytest.raises(ModelLate):
        await heard(client)
    server.close()
    with pytest.raises(ModelUnavailable):
        await heard(client)
    await client.aclose()


async def test_it_says_which_models_are_served(client: SpeechClient) -> None:
    assert await client.served() == ("espeak-ng-1.52",)
