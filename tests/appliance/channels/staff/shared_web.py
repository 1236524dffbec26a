"""The staff's routes in one application for all tests of a process: to make it costs more than most of them.

What it hands to a route stands in for the part of the world that the request came to. It keeps nothing of a world.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from litestar import Litestar
from litestar.di import Provide

from appliance.channels.staff.entrance import StaffApi
from appliance.channels.staff.http import staff_router
from appliance.identity.staff_login import StaffLogin
from appliance.integrations.webhooks.deliveries import DeliveryDesk
from appliance.integrations.webhooks.http import deliveries_router
from appliance.web.app import WebParts, create_web
from appliance.web.origin import Origins

T = TypeVar("T")
Message = MutableMapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Parts:
    api: StaffApi
    deliveries: DeliveryDesk


_OF_THE_REQUEST: ContextVar[Parts] = ContextVar("parts of the request")


def _stand_in(kind: type[T], part: Callable[[Parts], T]) -> T:
    """Passes for one of its kind, and is that of the request in everything that is asked of it."""

    class StandIn(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            return

        def __getattribute__(self, name: str) -> Any:
            return getattr(part(_OF_THE_REQUEST.get()), name)

    made: T = StandIn()
    return made


@cache
def shared_web() -> Litestar:
    nothing: Any = None
    origins = _stand_in(Origins, lambda parts: parts.api.origins)
    staff, deliveries = staff_router(nothing), deliveries_router(nothing, origins)
    staff.dependencies["api"] = Provide(lambda: _OF_THE_REQUEST.get().api, sync_to_thread=False)
    deliveries.dependencies["told"] = Provide(lambda: _OF_THE_REQUEST.get().deliveries, sync_to_thread=False)
    return create_web(
        WebParts(
            routers=[staff, deliveries],
            gate=_stand_in(StaffLogin, lambda parts: parts.api.login),
            origins=origins,
        )
    )


def reached(app: Litestar, parts: Parts) -> Callable[..., Awaitable[None]]:
    """An ASGI application: requests to it are those to ``app``, in the world of these parts."""

    async def within(scope: Message, receive: Any, send: Any) -> None:
        token = _OF_THE_REQUEST.set(parts)
        try:
            await app(scope, receive, send)  # type: ignore[arg-type]
        finally:
            _OF_THE_REQUEST.reset(token)

    return within
