"""What a shop's own systems read under ``/api/v1``: cases, reasons of decisions, and which conversations there are."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter

from appliance.aftersales.cases.looking import CaseFilter, CaseLooks, CasePage, CaseSeen, Explanation
from appliance.aftersales.cases.model import CaseState
from appliance.aftersales.orders.model import CaseKind
from appliance.channels.intranet.examples import answered
from appliance.channels.intranet.http import BASE, Intranet, caller, guard_of_systems
from appliance.channels.intranet.links import OF_CASE, OF_CASES, OF_CONVERSATIONS, leads_to
from appliance.channels.periods import Since, Until, moment
from appliance.channels.work_bodies import OrderNumber
from appliance.conversation.listing import ConversationFilter, ConversationLooks, ConversationPage, ConversationState
from appliance.conversation.model import Channel
from appliance.identity.model import Scope
from appliance.ids import DecisionId
from appliance.web import labels
from appliance.web.access import Proof, proven
from appliance.web.documentation import API_KEY, problem_responses
from appliance.web.etag import UNCHANGED, IfNoneMatch, unless_known
from appliance.web.paged import Cursor, Limit

_SECURED: Final[list[dict[str, list[str]]]] = [{API_KEY: []}]
_CASES: Final = proven(Proof.API_KEY, labels.of("after_sales_case", "operation", "work_order"))
_DECISIONS: Final = proven(Proof.API_KEY, labels.of("decision"))
_CONVERSATIONS: Final = proven(Proof.API_KEY, labels.of("conversation", "conversation_event", "decision"))
_PAGE: Final = problem_responses(401, 403, 422, 429, 503) | UNCHANGED
_ONE: Final = problem_responses(401, 403, 404, 429, 503) | UNCHANGED


class Reads(msgspec.Struct, frozen=True):
    """What the routes need beside the intranet's own."""

    cases: CaseLooks
    conversations: ConversationLooks


Parts = NamedDependency[Intranet]
Looks = NamedDependency[Reads]
Asking = Request[Any, Any, Any]
CaseStates = Annotated[list[CaseState] | None, QueryParameter(name="state", description="One or several")]
TalkStates = Annotated[list[ConversationState] | None, QueryParameter(name="state", description="One or several")]


class CaseController(Controller):
    path = "/cases"
    tags = ("intranet",)
    security = _SECURED
    opt = _CASES

    @get(
        summary="Cases",
        operation_id="list_cases",
        operation_class=leads_to(200, **OF_CASES),
        responses=_PAGE | answered(CasePage),
    )
    async def page(
        self,
        intranet: Parts,
        reads: Looks,
        request: Asking,
        states: CaseStates = None,
        kind: FromQuery[CaseKind | None] = None,
        order_id: OrderNumber = None,
        since: Since = None,
        until: Until = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        if_none_match: IfNoneMatch = None,
    ) -> Response[CasePage]:
        """The newest first, by when they were agreed to; `cursor` begins where the page before ended.

        Needs the scope `cases:read`.
        """
        client = await caller(intranet, request, Scope.CASES_READ)
        wanted = CaseFilter(
            states=tuple(states or ()), kind=kind, order_id=order_id, since=moment(since), until=moment(until)
        )
        return unless_known(await reads.cases.page(client.shop_id, wanted, cursor, limit), if_none_match)

    @get(
        "/{case_id:uuid}",
        summary="One case",
        operation_id="read_case",
        operation_class=leads_to(200, **OF_CASE),
        responses=_ONE | answered(CaseSeen),
    )
    async def one(
        self,
        intranet: Parts,
        reads: Looks,
        request: Asking,
        case_id: FromPath[UUID],
        if_none_match: IfNoneMatch = None,
    ) -> Response[CaseSeen]:
        """Where it stands, what is due when, and what the order system answered. Needs the scope `cases:read`."""
        client = await caller(intranet, request, Scope.CASES_READ)
        return unless_known(await reads.cases.case(client.shop_id, case_id), if_none_match)


class DecisionController(Controller):
    path = "/decisions"
    tags = ("intranet",)
    security = _SECURED
    opt = _DECISIONS

    @get(
        "/{decision_id:uuid}",
        summary="Why something was decided",
        operation_id="explain_decision",
        responses=_ONE | answered(Explanation),
    )
    async def one(
        self,
        intranet: Parts,
        reads: Looks,
        request: Asking,
        decision_id: FromPath[UUID],
        if_none_match: IfNoneMatch = None,
    ) -> Response[Explanation]:
        """Verdict and rule, the rows that fitted with their law and the facts they read, and the policy's version.

        Needs the scope `decisions:read`.
        """
        client = await caller(intranet, request, Scope.DECISIONS_READ)
        return unless_known(await reads.cases.decision(client.shop_id, DecisionId(decision_id)), if_none_match)


class ConversationController(Controller):
    path = "/conversations"
    tags = ("intranet",)
    security = _SECURED
    opt = _CONVERSATIONS

    @get(
        summary="Conversations",
        operation_id="list_conversations",
        operation_class=leads_to(200, **OF_CONVERSATIONS),
        responses=_PAGE | answered(ConversationPage),
    )
    async def page(
        self,
        intranet: Parts,
        reads: Looks,
        request: Asking,
        states: TalkStates = None,
        channel: FromQuery[Channel | None] = None,
        order_id: OrderNumber = None,
        since: Since = None,
        until: Until = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        if_none_match: IfNoneMatch = None,
    ) -> Response[ConversationPage]:
        """The newest first, without a word of them: those are in the trace. Needs the scope `conversations:read`."""
        client = await caller(intranet, request, Scope.CONVERSATIONS_READ)
        wanted = ConversationFilter(
            states=tuple(states or ()), channel=channel, order_id=order_id, since=moment(since), until=moment(until)
        )
        return unless_known(await reads.conversations.page(client.shop_id, wanted, cursor, limit), if_none_match)


def reads_router(intranet: Intranet, reads: Reads) -> Router:
    return Router(
        BASE,
        route_handlers=[CaseController, DecisionController, ConversationController],
        guards=[guard_of_systems(intranet)],
        dependencies={
            "intranet": Provide(lambda: intranet, sync_to_thread=False),
            "reads": Provide(lambda: reads, sync_to_thread=False),
        },
    )
