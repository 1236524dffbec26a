"""``/api/staff/v1``, what policy says of a request: the same words and the same fen as its customer is told."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.aftersales.policy.model import AskedLine, Evidence, Ruling
from appliance.channels.staff.bodies import LineAsked, PlainId
from appliance.channels.staff.entrance import SECURED, Api, Who
from appliance.dialogue.state import Asked
from appliance.ids import ConversationId, LineId
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.request import Body
from models.commands import Flow, Reason
from security.access.permissions import Permission

_READ: Final = staff(Permission.CASE_READ, labels.of("decision", "quote"))
_ASKS: Final = problem_responses(400, 401, 403, 404, 415, 422, 503)


class RulingAsked(Body, frozen=True):
    """``lines``: left out, the whole order. ``spec``: what it is to be exchanged for or changed to."""

    order_id: PlainId
    flow: Flow
    lines: Annotated[tuple[LineAsked, ...], Meta(max_length=200)] = ()
    reason: Reason | None = None
    evidence: Evidence = Evidence.NOT_ASKED
    spec: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class RulingsController(Controller):
    path = "/conversations/{conversation_id:uuid}/rulings"
    tags = ("staff",)
    security = SECURED

    @post(summary="What policy says of a request", status_code=200, opt=_READ, responses=_ASKS)
    async def see(self, api: Api, who: Who, conversation_id: FromPath[UUID], data: JSONBody[RulingAsked]) -> Ruling:
        """Of the conversation's verified customer: the decision with its facts, and the quote where one is approved.

        It is what the bot would say at this moment. Nothing is kept, and no yes counts for it.
        """
        return await api.rulings.see(who, ConversationId(conversation_id), _asked(data))


def _asked(data: RulingAsked) -> Asked:
    return Asked(
        flow=data.flow,
        order_id=data.order_id,
        lines=tuple(AskedLine(line_id=LineId(line.line_id), quantity=line.quantity) for line in data.lines),
        reason=data.reason,
        evidence=data.evidence,
        details={"spec": data.spec} if data.spec else {},
    )
