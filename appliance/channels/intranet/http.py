"""The intranet API: ``/api/v1``. Systems come with an API key, or sign what they ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.openapi.spec.media_type import OpenAPIMediaType
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.types import Guard

from appliance.channels.intranet.ai_label import AiLabel
from appliance.channels.intranet.ports import Calls, Clients, LookLog, RefusalLog, SignedCallers, Traces
from appliance.channels.intranet.service import EVENT_ID, EVENT_TYPE, OrderEventIntake, Report, Signature
from appliance.conversation.model import TraceExport
from appliance.errors import Forbidden, Unauthenticated
from appliance.identity.errors import ApiKeyNotValid
from appliance.identity.model import ApiClient, Needed, Scope
from appliance.identity.signed_clients import SignedCall
from appliance.ids import ConversationId
from appliance.web import labels
from appliance.web.access import OPTION, Proof, Proven, label_of, proven
from appliance.web.documentation import API_KEY, problem_responses
from appliance.web.etag import UNCHANGED, IfNoneMatch, unless_known
from appliance.web.origin import Origins
from appliance.web.rate import keep
from appliance.web.request import UnsupportedMediaType
from security.access.errors import AccessError
from security.access.signing import SignedRequest

BASE: Final = "/api/v1"

_TRACE: Final = proven(Proof.API_KEY, labels.of("conversation", "conversation_event", "event_body"))
_REPORT: Final = proven(Proof.API_KEY, labels.of("order_event"))
_SIGNED: Final = proven(Proof.SIGNATURE, labels.of("order_event"))
_SECURED: Final[list[dict[str, list[str]]]] = [{API_KEY: []}]

After = Annotated[int, QueryParameter(ge=0, le=2**53, description="The seq of the last event that was read")]
EventId = Annotated[
    str,
    HeaderParameter(
        name="X-Event-Id", pattern=EVENT_ID, description="The sender's own id of this event; a repeat changes nothing"
    ),
]
EventType = Annotated[
    str, HeaderParameter(name="X-Event-Type", pattern=EVENT_TYPE, description="What the shop's mapping calls it")
]
Timestamp = Annotated[
    str, HeaderParameter(name="X-Timestamp", description="Whole seconds since 1970, at most 5 min off")
]
SignatureValue = Annotated[
    str, HeaderParameter(name="X-Signature", description="Hex HMAC-SHA256 of `<X-Timestamp>.<body>` under the secret")
]


@dataclass(frozen=True, kw_only=True)
class Intranet:
    """What the routes need."""

    clients: Clients
    signed: SignedCallers
    traces: Traces
    ai_label: AiLabel
    intake: OrderEventIntake
    refusals: RefusalLog
    looks: LookLog
    calls: Calls
    """Of one system."""
    origins: Origins = field(default_factory=Origins)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    duplicate: bool


@dataclass
class ReportOperation(Operation):
    """The body is read as bytes, because it is signed as bytes."""

    def __post_init__(self) -> None:
        anything = Schema(
            type=OpenAPIType.OBJECT,
            description="The event in the order system's own words, as the shop's mapping file expects it.",
            examples=[{"tradeNo": "20261110123456", "status": "refund_paid", "time": "2026-11-21T10:00:00+08:00"}],
        )
        content = {"application/json": OpenAPIMediaType(schema=anything)}
        self.request_body = RequestBody(required=True, content=content)


def api_key(request: "ASGIConnection[Any, Any, Any, Any]") -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    if not key:
        raise ApiKeyNotValid("send an API key as Authorization: Bearer <key>, or as X-API-Key")
    return key


def guard_of_systems(intranet: Intranet) -> Guard:
    """Who comes without proof, or with a key that is none, hears nothing of what is wrong with his request.

    A signature is over the whole of it, and proven once that is read.
    """

    async def guard(connection: "ASGIConnection[Any, Any, Any, Any]", handler: BaseRouteHandler) -> None:
        declared = handler.opt.get(OPTION)
        if not isinstance(declared, Proven) or declared.proof is not Proof.API_KEY:
            return
        async with _noting(intranet, connection, Proof.API_KEY):
            if not connection.headers.get("x-client"):
                await intranet.clients.recognise(api_key(connection))

    return guard


async def caller(intranet: Intranet, request: Request[Any, Any, Any], scope: Scope) -> ApiClient:
    """By a signature over the whole request where there is one, otherwise by an API key.

    Cleared for what this route serves, or refused.
    """
    async with _noting(intranet, request, scope):
        known = await _known(intranet, request, Needed(scope=scope, label=label_of(request.route_handler)))
    left = await intranet.calls.take(known.shop_id, str(known.key_id))
    keep(request.scope, left)
    left.check()
    return known


@asynccontextmanager
async def _noting(intranet: Intranet, request: "ASGIConnection[Any, Any, Any, Any]", what: str) -> AsyncIterator[None]:
    """Whoever is refused inside stands in the audit log."""
    try:
        yield
    except (Unauthenticated, Forbidden, AccessError) as refused:
        await intranet.refusals.note_system(refused, what, intranet.origins.of(request))
        raise


async def _known(intranet: Intranet, request: Request[Any, Any, Any], needed: Needed) -> ApiClient:
    client = request.headers.get("x-client", "")
    if not client:
        return await intranet.clients.authenticate(api_key(request), needed)
    query = request.scope["query_string"].decode("latin-1")
    signed = SignedRequest(
        method=request.method,
        target=request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else ""),
        timestamp=request.headers.get("x-timestamp", ""),
        nonce=request.headers.get("x-nonce", ""),
        body=await request.body(),
    )
    call = SignedCall(
        client=client,
        request=signed,
        signature=request.headers.get("x-signature", ""),
        certificate=intranet.origins.certificate_of(request),
    )
    return await intranet.signed.authenticate(call, needed)


async def report_of(request: Request[Any, Any, Any], event_id: EventId, event_type: EventType = "") -> Report:
    if request.content_type[0].lower() != "application/json":
        raise UnsupportedMediaType("send a JSON body with the header Content-Type: application/json")
    return Report(event_id=event_id, event_type=event_type, body=await request.body())


class TraceController(Controller):
    path = "/conversations"
    tags = ("intranet",)
    opt = _TRACE
    security = _SECURED

    @get(
        "/{conversation_id:uuid}/trace",
        summary="Read a conversation",
        operation_id="trace",
        responses=problem_responses(401, 403, 404, 422, 429, 503) | UNCHANGED,
    )
    async def trace(
        self,
        intranet: NamedDependency[Intranet],
        request: Request[Any, Any, Any],
        conversation_id: FromPath[UUID],
        after: After = 0,
        if_none_match: IfNoneMatch = None,
    ) -> Response[TraceExport]:
        """Every event of the log, oldest first: what was understood, decided, quoted and done. Personal data is masked.

        `AIGC` is the implicit label of GB 45438-2025 and `ai_label` the one in words: pass both on with the events. The
        look is recorded in the audit log.

        Needs the scope `conversations:read`.
        """
        client = await caller(intranet, request, Scope.CONVERSATIONS_READ)
        events = await intranet.traces.trace(client.shop_id, ConversationId(conversation_id), after)
        await intranet.looks.note(client, ConversationId(conversation_id), len(events), intranet.origins.of(request))
        export = intranet.ai_label.on(client.shop_id, ConversationId(conversation_id), events)
        return unless_known(export, if_none_match)


class OrderEventController(Controller):
    path = "/order-events"
    tags = ("intranet",)

    @post(
        "/{shop:str}",
        summary="Report an event, signed",
        operation_id="report_signed_event",
        status_code=200,
        operation_class=ReportOperation,
        opt=_SIGNED,
        responses=problem_responses(400, 401, 409, 413, 415, 422, 429, 503),
    )
    async def signed(
        self,
        intranet: NamedDependency[Intranet],
        report: NamedDependency[Report],
        request: Request[Any, Any, Any],
        shop: FromPath[str],
        timestamp: Timestamp,
        signature: SignatureValue,
    ) -> Taken:
        """What happened to an order or a case. Signed with the shop's secret for order events; repeat it until 200."""
        sealed = Signature(timestamp=timestamp, value=signature)
        async with _noting(intranet, request, Scope.EVENTS_WRITE):
            return Taken(duplicate=await intranet.intake.take_signed(shop, report, sealed))

    @post(
        "/{shop:str}/pushed",
        summary="Report an event, in the order system's own way",
        operation_id="push_event",
        status_code=200,
        operation_class=ReportOperation,
        opt=_SIGNED,
        responses=problem_responses(400, 401, 413, 415, 422, 429, 503),
    )
    async def pushed(
        self, intranet: NamedDependency[Intranet], request: Request[Any, Any, Any], shop: FromPath[str]
    ) -> Taken:
        """For systems that cannot be told what to send: the shop's mapping says how they sign and name their events.

        Its section `events` holds the scheme. Of the event only the order is taken, and read anew.
        """
        if request.content_type[0].lower() != "application/json":
            raise UnsupportedMediaType("send a JSON body with the header Content-Type: application/json")
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Taken(duplicate=await intranet.intake.take_pushed(shop, headers, await request.body()))

    @post(
        summary="Report an event, with an API key",
        operation_id="report_event",
        status_code=200,
        operation_class=ReportOperation,
        opt=_REPORT,
        security=_SECURED,
        responses=problem_responses(400, 401, 403, 413, 415, 422, 429, 503),
    )
    async def with_key(
        self, intranet: NamedDependency[Intranet], report: NamedDependency[Report], request: Request[Any, Any, Any]
    ) -> Taken:
        """From one of the shop's systems. Needs the scope `events:write`; repeat it until 200."""
        client = await caller(intranet, request, Scope.EVENTS_WRITE)
        return Taken(duplicate=await intranet.intake.take_from(client.shop_id, report))


def intranet_router(intranet: Intranet) -> Router:
    return Router(
        BASE,
        route_handlers=[TraceController, OrderEventController],
        guards=[guard_of_systems(intranet)],
        dependencies={"intranet": Provide(lambda: intranet, sync_to_thread=False), "report": Provide(report_of)},
    )
