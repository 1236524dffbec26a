"""``/api/staff/v1``, work orders: open, list, read, move on, comment, attach, and who works for which team."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from appliance.aftersales.work.desk import Caller, Whole
from appliance.aftersales.work.model import (
    Author,
    AuthorType,
    Change,
    Comment,
    Filter,
    Member,
    Page,
    Priority,
    Team,
    WorkOrder,
    WorkOrderKind,
)
from appliance.channels.staff.entrance import SECURED, Api, Who
from appliance.channels.work_bodies import (
    CommentMade,
    IfMatch,
    NewComment,
    NewWork,
    OrderNumber,
    Skills,
    States,
    WorkDeed,
    answer,
    asked_of,
    opening_of,
)
from appliance.ids import ShopId
from appliance.outbound.model import Told, Withdrawn
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.etag import etag_of, version_of
from appliance.web.paged import Cursor, Limit
from appliance.web.request import Body
from security.access.model import Principal
from security.access.permissions import Permission

_LABEL: Final = labels.of("work_order", "work_order_change", "work_order_attachment")
_COMMENTED: Final = labels.of("work_order", "work_order_comment")
_READ: Final = staff(Permission.WORK_READ, _LABEL)
_HANDLE: Final = staff(Permission.WORK_HANDLE, _LABEL)
_READ_WORDS: Final = staff(Permission.WORK_READ, _COMMENTED)
_WRITE_WORDS: Final = staff(Permission.WORK_HANDLE, _COMMENTED)
_CALLS: Final = staff(Permission.WORK_READ, labels.of("work_order", "outbound_call", "outbound_attempt"))
_REFUSE: Final = staff(Permission.WORK_HANDLE, labels.of("work_order", "outbound_refusal"))
_ALLOW: Final = staff(Permission.WORK_MANAGE, labels.of("work_order", "outbound_refusal"))
_REFUSALS: Final = problem_responses(401, 403, 404, 409, 422)
_ALLOWS: Final = problem_responses(400, 401, 403, 404, 409, 415, 422)
_MANAGE: Final = staff(Permission.WORK_MANAGE, labels.of("work_member"))
_READS: Final = problem_responses(401, 403, 404, 422)
_WRITES: Final = problem_responses(400, 401, 403, 404, 415, 422)
_MOVES: Final = problem_responses(400, 401, 403, 404, 409, 412, 415, 422, 428)

Shop = Annotated[str, QueryParameter(min_length=1, max_length=40, description="One of your shops")]


class NewWorkOrder(NewWork, frozen=True, kw_only=True):
    shop: Annotated[str, Meta(min_length=1, max_length=40)]

    def __repr__(self) -> str:
        return "NewWorkOrder()"


class Attachment(Body, frozen=True):
    evidence_id: UUID


class Membership(Body, frozen=True):
    shop: Annotated[str, Meta(min_length=1, max_length=40)]
    team: Team
    skills: Skills = ()
    is_available: bool = True


class Withdrawal(Body, frozen=True):
    why: Withdrawn


class WorkOrdersController(Controller):
    path = "/work-orders"
    tags = ("staff",)
    security = SECURED

    @get(summary="Work orders of a shop", opt=_READ, responses=_READS)
    async def page(
        self,
        api: Api,
        who: Who,
        shop: Shop,
        states: States = None,
        team: FromQuery[Team | None] = None,
        kind: FromQuery[WorkOrderKind | None] = None,
        priority: FromQuery[Priority | None] = None,
        assignee: FromQuery[UUID | None] = None,
        conversation_id: FromQuery[UUID | None] = None,
        order_id: OrderNumber = None,
        is_breached: FromQuery[bool | None] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page:
        """The newest first. Every filter that is given must hold; `cursor` begins where the page before ended."""
        wanted = Filter(
            states=tuple(states or ()),
            team=team,
            kind=kind,
            priority=priority,
            assignee=assignee,
            conversation_id=conversation_id,
            order_id=order_id,
            is_breached=is_breached,
        )
        return await api.work.page(caller_of(who), ShopId(shop), wanted, cursor, limit)

    @post(summary="Open a work order", opt=_WRITE_WORDS, responses=_WRITES)
    async def create(self, api: Api, who: Who, data: JSONBody[NewWorkOrder]) -> Response[WorkOrder]:
        """It goes to a team and, where the team's rule says so, to a person of it."""
        opened = await api.work.open(caller_of(who), ShopId(data.shop), opening_of(data), data.words or "")
        return answer(opened, 201)

    @get("/{work_order_id:uuid}", summary="One work order", opt=_READ, responses=_READS)
    async def read(self, api: Api, who: Who, work_order_id: FromPath[UUID]) -> Response[Whole]:
        """Its `ETag` is what a change has to name in `If-Match`."""
        whole = await api.work.read(caller_of(who), work_order_id)
        return Response(whole, headers={"ETag": etag_of(whole.work_order.version)})

    @get("/{work_order_id:uuid}/changes", summary="Its history", opt=_READ, responses=_READS)
    async def changes(self, api: Api, who: Who, work_order_id: FromPath[UUID]) -> list[Change]:
        """Every change with who made it, oldest first."""
        return await api.work.history(caller_of(who), work_order_id)

    @post("/{work_order_id:uuid}/deeds", summary="Move it on", status_code=200, opt=_HANDLE, responses=_MOVES)
    async def do(
        self, api: Api, who: Who, work_order_id: FromPath[UUID], data: JSONBody[WorkDeed], if_match: IfMatch = None
    ) -> Response[WorkOrder]:
        """Refused with 412 where it has changed since it was read, with 409 where its state does not allow the deed."""
        done = await api.work.do(caller_of(who), work_order_id, version_of(if_match), asked_of(data))
        return answer(done, 200)

    @get("/{work_order_id:uuid}/comments", summary="Its comments", opt=_READ_WORDS, responses=_READS)
    async def comments(self, api: Api, who: Who, work_order_id: FromPath[UUID]) -> list[Comment]:
        """Oldest first; `words` is null once the customer was erased."""
        return await api.work.comments(caller_of(who), work_order_id)

    @post("/{work_order_id:uuid}/comments", summary="Comment", opt=_WRITE_WORDS, responses=_WRITES)
    async def comment(
        self, api: Api, who: Who, work_order_id: FromPath[UUID], data: JSONBody[NewComment]
    ) -> CommentMade:
        """Customers never see it."""
        return CommentMade(comment_id=await api.work.comment(caller_of(who), work_order_id, data.words))

    @post("/{work_order_id:uuid}/attachments", summary="Attach", status_code=204, opt=_HANDLE, responses=_WRITES)
    async def attach(self, api: Api, who: Who, work_order_id: FromPath[UUID], data: JSONBody[Attachment]) -> None:
        """A picture that the customer sent in the work order's conversation."""
        await api.work.attach(caller_of(who), work_order_id, data.evidence_id)


class CallsController(Controller):
    path = "/work-orders/{work_order_id:uuid}"
    tags = ("staff",)
    security = SECURED

    @get("/calls", summary="Calls made for it", opt=_CALLS, responses=_READS)
    async def calls(self, api: Api, who: Who, work_order_id: FromPath[UUID]) -> list[Told]:
        """Every attempt to call its customer, oldest first: why, when, and what came of it. No number."""
        return await api.calls.of(caller_of(who), work_order_id)

    @post("/no-calls", summary="Call its customer no more", status_code=204, opt=_REFUSE, responses=_REFUSALS)
    async def refuse(self, api: Api, who: Who, work_order_id: FromPath[UUID]) -> None:
        """He has said that he wants no calls. Refused with 409 where neither an account nor a number is known."""
        await api.calls.refuse(caller_of(who), work_order_id)

    @post("/no-calls/withdrawal", summary="Call its customer again", status_code=204, opt=_ALLOW, responses=_ALLOWS)
    async def allow(self, api: Api, who: Who, work_order_id: FromPath[UUID], data: JSONBody[Withdrawal]) -> None:
        """The wish for no calls counts no more. Refused with 409 where none is kept."""
        await api.calls.allow(caller_of(who), work_order_id, data.why)


class TeamsController(Controller):
    path = "/work-members"
    tags = ("staff",)
    security = SECURED

    @get(summary="Who works for which team", opt=_MANAGE, responses=_READS)
    async def members(self, api: Api, who: Who, shop: Shop) -> list[Member]:
        """With what they know and how many open work orders they have."""
        return await api.work.members(caller_of(who), ShopId(shop))

    @put("/{staff_id:uuid}", summary="Set a membership", status_code=204, opt=_MANAGE, responses=_WRITES)
    async def set_member(self, api: Api, who: Who, staff_id: FromPath[UUID], data: JSONBody[Membership]) -> None:
        """Who is not available is given nothing more; what is in his hands stays there."""
        member = Member(staff_id=staff_id, team=data.team, skills=data.skills, is_available=data.is_available)
        await api.work.set_member(caller_of(who), ShopId(data.shop), member)


def caller_of(who: Principal) -> Caller:
    return Caller(author=Author(type=AuthorType.STAFF, id=str(who.staff_id)), serves=who.serves)
