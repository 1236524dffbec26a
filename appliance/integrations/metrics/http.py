"""``GET /metrics``, for a monitoring system with its token, from the networks that staff may come from."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec
from litestar import Request, Response, Router, get
from prometheus_client import CONTENT_TYPE_LATEST

from appliance.errors import ApplianceError, Forbidden, Unauthenticated
from appliance.integrations.metrics.service import Metrics
from appliance.integrations.metrics.token import MonitorToken
from appliance.web import labels
from appliance.web.access import Proof, proven
from appliance.web.origin import Origins
from security.access.model import Origin

WHAT: Final = "metrics:read"
"""What a refusal's record names as wanted."""


class RefusalLog(Protocol):
    async def note_system(self, error: Exception, what: str, origin: Origin) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    metrics: Metrics
    token: MonitorToken
    origins: Origins
    refusals: RefusalLog


def metrics_router(monitoring: Monitoring) -> Router:
    @get("/metrics", opt=proven(Proof.MONITOR_TOKEN, labels.FIGURES), include_in_schema=False)
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        origin = monitoring.origins.of(request)
        try:
            _admit(monitoring, request, origin)
        except ApplianceError as refused:
            await monitoring.refusals.note_system(refused, WHAT, _without_words(origin))
            raise
        content = await monitoring.metrics.text()
        return Response(content, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    return Router("/", route_handlers=[metrics])


def _without_words(origin: Origin) -> Origin:
    """What a stranger calls his program may be anything, a person's number too; a record of him is kept for long."""
    return msgspec.structs.replace(origin, terminal="")


def _admit(monitoring: Monitoring, request: Request[Any, Any, Any], origin: Origin) -> None:
    if not monitoring.origins.may_be_staff(origin):
        raise Forbidden("metrics are not for this network")
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not monitoring.token.is_it(said.strip()):
        raise Unauthenticated("send the token of metrics.token as Authorization: Bearer <token>")
