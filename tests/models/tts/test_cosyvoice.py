"""CosyVoice's own runtime is asked by a form and heard as any other server."""

import base64

import httpx
import pytest

from models.tts.client import Endpoint, Speech, SpeechClient
from models.tts.cosyvoice import runtime
from models.tts.errors import VoiceUnknown

AFTER_A_RECORDING = Speech(
    model="fun-cosyvoice3-0.5b",
    input="退[h][uán]。",
    ref_audio=f"data:audio/wav;base64,{base64.b64encode(b'RIFFwave').decode()}",
    ref_text="希望您满意。",
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


def test_a_voice_without_a_recording_is_none_of_its() -> None:
    with pytest.raises(VoiceUnknown):
        runtime(Speech(model="m", input="您好", voice="cmn"))
