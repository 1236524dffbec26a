from collections.abc import AsyncIterator

import pytest

from models.llm.client import ChatModel, Endpoint
from tests.models.llm.server import ScriptedServer, scripted_server


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture
async def chat(server: ScriptedServer) -> AsyncIterator[ChatModel]:
    chat = ChatModel(Endpoint(url=server.url, model="chat", api_key="k"), at_once=2, rest_s=60)
    yield chat
    await chat.aclose()
