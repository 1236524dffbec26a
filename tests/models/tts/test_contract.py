"""What the client relies on, held by the real worker and by the server that stands in for any other."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import cast

import msgspec
import pytest

from models.errors import ModelRefused
from models.tts.client import Endpoint, Speech, SpeechClient
from tests.models.tts.server import KEY
from tests.models.tts.worker import Worker

SENTENCE = Speech(model="espeak-ng-1.52", input="退款三百八十九元，原路退回。请您查收。", voice="cmn+f2")


@pytest.fixture(params=["speech", pytest.param("worker", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> str:
    return cast(str, request.getfixturevalue(request.param).url)


@pytest.fixture
async def any_client(url: str) -> AsyncIterator[SpeechClient]:
    client = SpeechClient(Endpoint(url=url, api_key=KEY), first_within_s=60)
    yield client
    await client.aclose()


async def test_audio_comes_in_pieces_of_whole_samples(any_client: SpeechClient) -> None:
    pieces = [piece async for piece in any_client.speak(SENTENCE)]
    assert len(pieces) > 1
    assert len(b"".join(pieces)) % 2 == 0
    assert any(b"".join(pieces))


async def test_its_models_are_listed(any_client: SpeechClient) -> None:
    assert await any_client.served() == ("espeak-ng-1.52",)


async def test_after_a_stream_was_closed_it_speaks_again(any_client: SpeechClient) -> None:
    async with aclosing(any_client.speak(SENTENCE)) as stream:
        await anext(stream)
    assert [piece async for piece in any_client.speak(SENTENCE)] != []


async def test_a_wrong_key_is_refused(url: str) -> None:
    client = SpeechClient(Endpoint(url=url, api_key="wrong"))
    with pytest.raises(ModelRefused):
        await anext(client.speak(SENTENCE))
    await client.aclose()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"voice": "cmn+x9"}, {"model": "other"}, {"speed": 9.0}, {"ref_text": "温柔"}, {"input": "好" * 4097}],
)
async def test_the_worker_refuses_what_it_cannot_do(worker: Worker, changes: dict[str, object]) -> None:
    client = SpeechClient(Endpoint(url=worker.url, api_key=KEY))
    with pytest.raises(ModelRefused):
        await anext(client.speak(msgspec.structs.replace(SENTENCE, **changes)))
    await client.aclose()
