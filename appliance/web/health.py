"""Whether this process lives, and whether it can serve. For supervisors and load balancers; holds nothing personal."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
from litestar import Response, Router, get

from appliance.errors import Unavailable
from appliance.web.access import public

CHECK_TIMEOUT_S: Final = 3.0

Check = Callable[[], Awaitable[None]]
"""Raises if that part is not ready."""

_log = logging.getLogger(__name__)


class Live(msgspec.Struct, frozen=True):
    status: str = "live"


class Ready(msgspec.Struct, frozen=True):
    status: str
    checks: dict[str, str]


def health_router(checks: Mapping[str, Check]) -> Router:
    @get("/live", summary="Is the process alive?")
    async def live() -> Live:
        return Live()

    @get(
        "/ready", summary="Can it serve?", description="200 if every check passes, 503 with the failing ones otherwise."
    )
    async def ready() -> Response[Ready]:
        found = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
        results = dict(zip(checks, found, strict=True))
        is_ready = all(outcome == "ok" for outcome in results.values())
        body = Ready("ready" if is_ready else "not_ready", results)
        return Response(body, status_code=200 if is_ready else 503)

    opt = public("says only whether the process lives and which of its parts do not")
    return Router("/health", route_handlers=[live, ready], tags=["health"], opt=opt)


def migrations_current(pending: Callable[[], Awaitable[list[str]]]) -> Check:
    """Once found current they stay so while this process lives: it is not asked again."""
    is_current = False

    async def check() -> None:
        nonlocal is_current
        if is_current:
            return
        if await pending():
            raise Unavailable("the database lacks migrations of this version; run: appliance up")
        is_current = True

    return check


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except Exception as failed:
        _log.warning("health.not_ready", extra={"check": name, "error": type(failed).__name__})
        return "failed"
    return "ok"
