"""CosyVoice's own runtime is asked by a form and heard as any other server."""

import base64
import io
import wave
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import msgspec
import pytest
from litestar import Litestar

from models.errors import ModelRefused, ModelUnavailable
from models.tts.client import Endpoint, Speech, SpeechClient
from models.tts.cosyvoice import runtime
from models.tts.errors import VoiceUnknown
from models.tts.looking import Answers, look
from tests.models.tts.runtime import Runtime, cosyvoice_runtime
from tests.models.tts.server import TONE, scripted_speech, served

AFTER_A_RECORDING = Speech(
    model="fun-cosyvoice3-0.5b",
    input="退[h][uán]。",
    ref_audio=f"data:audio/wav;base64,{base64.b64encode(b'RIFFwave').decode()}",
    ref_text="希望您满意。",
)


def _wav() -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as wav:
        wav.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        wav.writeframes(bytes(3_200))
    return kept.getvalue()


WAV = _wav()
WITH_A_WAV = msgspec.structs.replace(
    AFTER_A_RECORDING, ref_audio=f"data:audio/wav;base64,{base64.b64encode(WAV).decode()}"
)


async def test_it_is_asked_by_a_form() -> None:
    asked: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"\1\2\3\4"))

    client = SpeechClient(
        Endpoint(url="http://172.31.250.2:50000"), protocol=runtime, transport=httpx.MockTransport(answer)
    )
    assert b"".join([piece async for piece in client.speak(AFTER_A_RECORDING)]) == b"\1\2\3\4"
    await client.aclose()
    assert asked[0].url.path == "/inference_zero_shot"
    sent = asked[0].content.decode()
    assert all(f'name="{field}"' in sent for field in ("tts_text", "prompt_text", "prompt_wav"))
    assert all(value in sent for value in ("退[h][uán]。", "希望您满意。", "RIFFwave"))


# By HTTP, against a server that stands in for the runtime.


@pytest.fixture
async def server() -> AsyncIterator[Runtime]:
    async with cosyvoice_runtime() as runtime_:
        yield runtime_


@pytest.fixture
async def client(server: Runtime) -> AsyncIterator[SpeechClient]:
    client = SpeechClient(Endpoint(url=server.url), protocol=runtime)
    yield client
    await client.aclose()


async def test_it_gets_text_and_recording_and_streams_whole_samples(server: Runtime, client: SpeechClient) -> None:
    pieces = [piece async for piece in client.speak(WITH_A_WAV)]
    assert b"".join(pieces) == TONE
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert server.asked == [{"tts_text": "退[h][uán]。", "prompt_text": "希望您满意。"}]
    assert server.recordings == [WAV]
    assert "authorization" not in server.headers[0]


async def test_who_hangs_up_ends_what_it_makes(server: Runtime, client: SpeechClient) -> None:
    server.is_endless = True
    async with aclosing(client.speak(WITH_A_WAV)) as stream:
        await anext(stream)
    await server.has_lost_its_hearer.wait()
    server.is_endless = False
    assert [piece async for piece in client.speak(WITH_A_WAV)] != []


async def test_what_it_cannot_make_is_an_error(server: Runtime, client: SpeechClient) -> None:
    server.fails = True
    with pytest.raises(ModelUnavailable, match="500"):
        await anext(client.speak(WITH_A_WAV))


async def test_asked_in_the_other_protocol_it_refuses(server: Runtime) -> None:
    wrong = SpeechClient(Endpoint(url=f"{server.url}/v1"))
    with pytest.raises(ModelRefused, match="404"):
        await anext(wrong.speak(WITH_A_WAV))
    await wrong.aclose()


async def test_an_old_one_takes_no_post() -> None:
    async with cosyvoice_runtime("GET") as old:
        client = SpeechClient(Endpoint(url=old.url), protocol=runtime)
        with pytest.raises(ModelRefused, match="405"):
            await anext(client.speak(WITH_A_WAV))
        await client.aclose()


async def test_what_answers_is_told_apart(server: Runtime) -> None:
    assert await look(server.url) is Answers.RUNTIME
    assert await look(f"{server.url}/v1") is Answers.RUNTIME
    assert await look("http://127.0.0.1:1") is Answers.NOBODY
    async with cosyvoice_runtime("GET") as old, scripted_speech() as other:
        assert await look(old.url) is Answers.OLD_RUNTIME
        assert await look(other.url) is Answers.OPENAI
    async with served(Litestar([], openapi_config=None)) as nothing:
        assert await look(nothing) is Answers.OTHER


def test_a_voice_without_a_recording_is_none_of_its() -> None:
    with pytest.raises(VoiceUnknown):
        runtime(Speech(model="m", input="您好", voice="cmn"))
