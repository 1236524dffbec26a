"""Bodies and answers about work orders that staff and a shop's systems have in common."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import HeaderParameter, QueryParameter
from msgspec import Meta

from appliance.aftersales.work.model import (
    Asked,
    Deed,
    Opening,
    Outcome,
    Priority,
    Team,
    WorkOrder,
    WorkOrderKind,
    WorkState,
)
from appliance.ids import ConversationId, OrderId
from appliance.web.etag import etag_of
from appliance.web.request import Body

States = Annotated[list[WorkState] | None, QueryParameter(name="state", description="One or several")]
OrderNumber = Annotated[
    str | None, QueryParameter(max_length=64, pattern=r"^[!-~]+$(?!\n)", description="Of this order")
]
Words = Annotated[
    str, Meta(min_length=1, max_length=4000, description="Personal data in it is replaced before it is kept")
]
Skill = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
Skills = Annotated[tuple[Skill, ...], Meta(max_length=20)]
IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="The ETag of the version that this was decided on")
]


class NewWork(Body, frozen=True):
    """What is left out comes from the terms of its kind."""

    kind: WorkOrderKind = WorkOrderKind.REQUEST
    words: Words | None = None
    conversation_id: UUID | None = None
    case_id: UUID | None = None
    order_id: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)")] | None = None
    team: Team | None = None
    priority: Priority | None = None
    skills: Skills | None = None

    def __repr__(self) -> str:
        return "NewWork()"


class WorkDeed(Body, frozen=True):
    """``assignee`` with assign (without: whoever the team's rule chooses), ``team`` with transfer, ``priority`` with
    prioritise, ``outcome`` with resolve, ``into`` with merge."""

    deed: Deed
    assignee: UUID | None = None
    team: Team | None = None
    priority: Priority | None = None
    outcome: Outcome | None = None
    into: UUID | None = None


class NewComment(Body, frozen=True):
    words: Annotated[str, Meta(min_length=1, max_length=4000)]

    def __repr__(self) -> str:
        return "NewComment()"


class CommentMade(msgspec.Struct, frozen=True, kw_only=True):
    comment_id: UUID


def opening_of(data: NewWork) -> Opening:
    return Opening(
        kind=data.kind,
        conversation_id=ConversationId(data.conversation_id) if data.conversation_id else None,
        case_id=data.case_id,
        order_id=OrderId(data.order_id) if data.order_id else None,
        team=data.team,
        priority=data.priority,
        skills=data.skills,
    )


def asked_of(data: WorkDeed) -> Asked:
    return Asked(**msgspec.structs.asdict(data))


def answer(order: WorkOrder, status: int) -> Response[WorkOrder]:
    return Response(order, status_code=status, headers={"ETag": etag_of(order.version)})
