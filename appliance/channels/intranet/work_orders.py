"""``/api/v1/work-orders``: a shop's own systems open work orders, follow them, and say what their side has done."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody

from appliance.aftersales.work.desk import Caller, Whole, WorkDesk
from appliance.aftersales.work.model import Author, AuthorType, Comment, Filter, Page, Team, WorkOrder, WorkOrderKind
from appliance.channels.intranet.http import BASE, Intranet, caller, guard_of_systems
from appliance.channels.intranet.links import OF_WORK_ORDER, OF_WORK_ORDERS, leads_to
from appliance.channels.intranet.repeats import IdempotencyKey, named
from appliance.channels.work_bodies import (
    CommentMade,
    IfMatch,
    NewComment,
    NewWork,
    OrderNumber,
    States,
    WorkDeed,
    answer,
    asked_of,
    opening_of,
)
from appliance.identity.model import ApiClient, Scope
from appliance.web import labels
from appliance.web.access import Proof, proven
from appliance.web.documentation import API_KEY, problem_responses
from appliance.web.etag import UNCHANGED, IfNoneMatch, unless_known, version_of
from appliance.web.paged import Cursor, Limit

_SECURED: Final[list[dict[str, list[str]]]] = [{API_KEY: []}]
_SERVED: Final = proven(Proof.API_KEY, labels.of("work_order", "work_order_change", "work_order_attachment"))
_SERVED_WORDS: Final = proven(Proof.API_KEY, labels.of("work_order", "work_order_comment"))
_PAGE: Final = problem_responses(401, 403, 422, 429, 503) | UNCHANGED
_ONE: Final = problem_responses(401, 403, 404, 429, 503)
_WRITES: Final = problem_responses(400, 401, 403, 404, 413, 415, 422, 429, 503)
_MOVES: Final = problem_responses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 503)

Parts = NamedDependency[Intranet]
Desk = NamedDependency[WorkDesk]
Asking = Request[Any, Any, Any]


class WorkOrderController(Controller):
    path = "/work-orders"
    tags = ("intranet",)
    security = _SECURED

    @get(
        summary="Work orders",
        operation_id="list_work_orders",
        operation_class=leads_to(200, **OF_WORK_ORDERS),
        opt=_SERVED,
        responses=_PAGE,
    )
    async def page(
        self,
        intranet: Parts,
        desk: Desk,
        request: Asking,
        states: States = None,
        team: FromQuery[Team | None] = None,
        kind: FromQuery[WorkOrderKind | None] = None,
        conversation_id: FromQuery[UUID | None] = None,
        order_id: OrderNumber = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        if_none_match: IfNoneMatch = None,
    ) -> Response[Page]:
        """The newest first; `cursor` begins where the page before ended. Needs the scope `work_orders:read`."""
        client = await caller(intranet, request, Scope.WORK_ORDERS_READ)
        wanted = Filter(
            states=tuple(states or ()), team=team, kind=kind, conversation_id=conversation_id, order_id=order_id
        )
        return unless_known(await desk.page(caller_of(client), client.shop_id, wanted, cursor, limit), if_none_match)

    @post(
        summary="Open a work order",
        operation_id="open_work_order",
        operation_class=leads_to(201, **OF_WORK_ORDER),
        opt=_SERVED_WORDS,
        responses=_WRITES,
    )
    async def create(
        self,
        intranet: Parts,
        desk: Desk,
        request: Asking,
        data: JSONBody[NewWork],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[WorkOrder]:
        """Sent again under the same `Idempotency-Key`, it is opened once and answered as it stands by then.

        Needs the scope `work_orders:write`."""
        client = await caller(intranet, request, Scope.WORK_ORDERS_WRITE)
        name = named(client, idempotency_key)
        opened = await desk.open(caller_of(client), client.shop_id, opening_of(data), data.words or "", name)
        return answer(opened, 201)

    @get(
        "/{work_order_id:uuid}",
        summary="One work order",
        operation_id="read_work_order",
        opt=_SERVED,
        responses=_ONE | UNCHANGED,
    )
    async def read(
        self,
        intranet: Parts,
        desk: Desk,
        request: Asking,
        work_order_id: FromPath[UUID],
        if_none_match: IfNoneMatch = None,
    ) -> Response[Whole]:
        """Its `ETag` is what a change has to name in `If-Match`. Needs the scope `work_orders:read`."""
        client = await caller(intranet, request, Scope.WORK_ORDERS_READ)
        whole = await desk.read(caller_of(client), work_order_id)
        return unless_known(whole, if_none_match, whole.work_order.version)

    @post(
        "/{work_order_id:uuid}/deeds",
        summary="Move it on",
        operation_id="move_work_order",
        operation_class=leads_to(200, **OF_WORK_ORDER),
        status_code=200,
        opt=_SERVED,
        responses=_MOVES,
    )
    async def do(
        self,
        intranet: Parts,
        desk: Desk,
        request: Asking,
        work_order_id: FromPath[UUID],
        data: JSONBody[WorkDeed],
        if_match: IfMatch = None,
    ) -> Response[WorkOrder]:
        """412 where it has changed since it was read. Needs the scope `work_orders:write`."""
        client = await caller(intranet, request, Scope.WORK_ORDERS_WRITE)
        version = version_of(if_match)
        return answer(await desk.do(caller_of(client), work_order_id, version, asked_of(data)), 200)

    @get(
        "/{work_order_id:uuid}/comments",
        summary="Its comments",
        operation_id="list_comments",
        opt=_SERVED_WORDS,
        responses=_ONE | UNCHANGED,
    )
    async def comments(
        self,
        intranet: Parts,
        desk: Desk,
        request: Asking,
        work_order_id: FromPath[UUID],
        if_none_match: IfNoneMatch = None,
    ) -> Response[list[Comment]]:
        """Oldest first; `words` is null once the customer was erased. Needs the scope `work_orders:read`."""
        client = await caller(intranet, request, Scope.WORK_ORDERS_READ)
        return unless_known(await desk.comments(caller_of(client), work_order_id), if_none_match)

    @post(
        "/{work_order_id:uuid}/comments",
        summary="Comment",
        operation_id="comment",
        opt=_SERVED_WORDS,
        responses=_WRITES,
    )
    async def comment(
        self,
        intranet: Parts,
        desk: Desk,
        request: Asking,
        work_order_id: FromPath[UUID],
        data: JSONBody[NewComment],
        idempotency_key: IdempotencyKey = None,
    ) -> CommentMade:
        """Customers never see it. Sent again under the same `Idempotency-Key`, it is said once.

        Needs the scope `work_orders:write`."""
        client = await caller(intranet, request, Scope.WORK_ORDERS_WRITE)
        name = named(client, idempotency_key, work_order_id)
        comment_id = await desk.comment(caller_of(client), work_order_id, data.words, name)
        return CommentMade(comment_id=comment_id)


def caller_of(client: ApiClient) -> Caller:
    author = Author(type=AuthorType.CLIENT, id=str(client.key_id))
    return Caller(author=author, serves=lambda shop: shop == client.shop_id)


def work_router(intranet: Intranet, desk: WorkDesk) -> Router:
    return Router(
        BASE,
        route_handlers=[WorkOrderController],
        guards=[guard_of_systems(intranet)],
        dependencies={
            "intranet": Provide(lambda: intranet, sync_to_thread=False),
            "desk": Provide(lambda: desk, sync_to_thread=False),
        },
    )
