from collections.abc import AsyncIterator

import pytest

from tests.models.asr.server import ScriptedRecogniser, scripted_recogniser


@pytest.fixture
async def server() -> AsyncIterator[ScriptedRecogniser]:
    async with scripted_recogniser() as recogniser:
        yield recogniser
