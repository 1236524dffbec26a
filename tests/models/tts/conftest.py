import os
from collections.abc import AsyncIterator, Iterator

import pytest

from models.tts.client import Endpoint, SpeechClient
from models.tts.espeak.library import LIBRARY
from tests.models.tts.server import KEY, ScriptedSpeech, scripted_speech
from tests.models.tts.worker import ENGINE, Worker, started


@pytest.fixture
async def speech() -> AsyncIterator[ScriptedSpeech]:
    async with scripted_speech() as speech:
        yield speech


@pytest.fixture
async def client(speech: ScriptedSpeech) -> AsyncIterator[SpeechClient]:
    client = SpeechClient(Endpoint(url=speech.url, api_key=KEY), at_once=2)
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    if not ENGINE.joinpath(LIBRARY).exists():
        pytest.skip(f"eSpeak NG is not here: {os.environ.get('TEST_ESPEAK', './install.sh test --all fetches it')}")
    with started(ENGINE) as worker:
        yield worker
