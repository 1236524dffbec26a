"""When a process counts as ready, for those that do not say it themselves."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

_POLL_S = 0.05
_ANSWER_S = 5.0


def http_ready(url: str) -> Callable[[], Awaitable[None]]:
    """Once ``url`` answers 2xx. It asks until then: the supervisor sets the deadline."""

    async def wait() -> None:
        async with httpx.AsyncClient(timeout=_ANSWER_S, trust_env=False) as client:
            while not await _answers(client, url):  # noqa: ASYNC110 (another process: there is no event)
                await asyncio.sleep(_POLL_S)

    return wait


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
