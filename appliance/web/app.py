"""Makes the Litestar application out of parts that are handed in. Each domain's routes come as a router of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Litestar, Router
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from appliance.web import documentation, problems
from appliance.web.access import Gate, guard_of
from appliance.web.answers import Answered, telling
from appliance.web.embedding import open_to_pages
from appliance.web.headers import secure
from appliance.web.health import Check, health_router
from appliance.web.methods import allow
from appliance.web.origin import Origins
from appliance.web.rate import tell
from appliance.web.request import StrictRequest

BODY_LIMIT: Final = 256 * 1024
"""Of a request body, in bytes. A route that takes more says so itself."""

Lifespan = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class WebParts:
    """What a web process is made of."""

    routers: Sequence[Router] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    """What must hold for the process to be ready, by name."""
    version: str = "0"
    gate: Gate | None = None
    """Lets staff in; without one their routes are closed."""
    origins: Origins = field(default_factory=Origins)
    answered: Answered | None = None
    """Told of every answer."""
    on_startup: Sequence[Lifespan] = ()
    on_shutdown: Sequence[Lifespan] = ()


def create_web(parts: WebParts) -> Litestar:
    handlers: list[ControllerRouterHandler] = [
        *parts.routers,
        health_router(parts.checks),
        documentation.assets_router(),
    ]
    hooks: dict[str, Any] = {"on_startup": list(parts.on_startup), "on_shutdown": list(parts.on_shutdown)}
    watching = [] if parts.answered is None else [telling(parts.answered)]
    return Litestar(
        route_handlers=handlers,
        guards=[guard_of(parts.gate, parts.origins)],
        request_class=StrictRequest,
        request_max_body_size=BODY_LIMIT,
        exception_handlers={HTTPException: problems.handle, Exception: problems.handle},
        before_send=[secure, allow, tell, open_to_pages, *watching],
        plugins=[documentation.StrictBodies()],
        openapi_config=documentation.openapi_config(parts.version),
        logging_config=None,
        **hooks,
    )
