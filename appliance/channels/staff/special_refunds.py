"""``/api/staff/v1``, special refunds: one person proposes, another approves or rejects."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from appliance.aftersales.policy.model import AskedLine
from appliance.aftersales.special.model import (
    Allowance,
    Proposal,
    ProposalPage,
    ProposalState,
    Shown,
    SpecialReason,
    Wanted,
)
from appliance.channels.staff.bodies import LineAsked, PlainId
from appliance.channels.staff.entrance import SECURED, Api, Who
from appliance.ids import ConversationId, LineId, OrderId, ShopId
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.labels import Lowering
from appliance.web.paged import Cursor, Limit
from appliance.web.request import Body
from models.commands import Flow, Reason
from security.access.permissions import Permission

_LABEL: Final = labels.of("special_refund", "quote")
_READ: Final = staff_lowered(Permission.CASE_READ, Lowering.REFUSAL_CODE)
_ALLOWED: Final = staff(Permission.CASE_READ, labels.of("special_refund"))
_PROPOSE: Final = staff(Permission.CASE_PROPOSE, _LABEL)
_APPROVE: Final = staff(Permission.CASE_APPROVE, _LABEL)
_READS: Final = problem_responses(401, 403, 404, 422)
_ASKS: Final = problem_responses(401, 403, 404, 409, 422)
_WRITES: Final = problem_responses(400, 401, 403, 404, 409, 415, 422, 503)
_DECIDES: Final = problem_responses(401, 403, 404, 409, 503)

OfOrder = Annotated[
    str, QueryParameter(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)", description="Of this order")
]
Shop = Annotated[str, QueryParameter(min_length=1, max_length=40, description="One of your shops")]
InState = Annotated[ProposalState | None, QueryParameter(name="state", description="Only these")]


class NewProposal(Body, frozen=True):
    """``amount_fen``: less than what was paid for the units; left out: all of it."""

    conversation_id: UUID
    order_id: PlainId
    flow: Flow
    lines: Annotated[tuple[LineAsked, ...], Meta(min_length=1, max_length=200)]
    special_reason: SpecialReason
    words: Annotated[str, Meta(min_length=1, max_length=2000, description="Why, for whoever decides")]
    reason: Reason | None = None
    amount_fen: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None
    evidence: Annotated[tuple[UUID, ...], Meta(max_length=30)] = ()

    def __repr__(self) -> str:
        return "NewProposal()"


class Approval(Body, frozen=True):
    """``quote_hash``: of the quote that you have read. It is what you agree to, and nothing else is."""

    quote_hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]


class SpecialRefundsController(Controller):
    path = "/special-refunds"
    tags = ("staff",)
    security = SECURED

    @get(summary="Special refunds of a shop", opt=_READ, responses=_READS)
    async def page(
        self,
        api: Api,
        who: Who,
        shop: Shop,
        in_state: InState = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> ProposalPage:
        """The newest first; `cursor` begins where the page before ended."""
        return await api.special.page(who, ShopId(shop), in_state, cursor, limit)

    @post(summary="Propose a special refund", opt=_PROPOSE, responses=_WRITES)
    async def propose(self, api: Api, who: Who, data: JSONBody[NewProposal]) -> Proposal:
        """Of a verified customer's own order, with its quote. Nothing is done until somebody else approves it."""
        return await api.special.propose(who, _wanted(data), data.words)

    @get("/allowance", summary="What you may still refund", opt=_ALLOWED, responses=_ASKS)
    async def allowance(self, api: Api, who: Who, conversation_id: FromQuery[UUID], order_id: OfOrder) -> Allowance:
        """Of an order of the conversation's verified customer: the limits, less what was spent of them."""
        return await api.special.allowance(who, ConversationId(conversation_id), OrderId(order_id))

    @get("/{proposal_id:uuid}", summary="One special refund", opt=_READ, responses=_READS)
    async def read(self, api: Api, who: Who, proposal_id: FromPath[UUID]) -> Shown:
        """With why it is proposed; `case_state` says what became of an approved one, `refusal` why not."""
        return await api.special.read(who, proposal_id)

    @post("/{proposal_id:uuid}/approve", summary="Approve", status_code=200, opt=_APPROVE, responses=_WRITES)
    async def approve(self, api: Api, who: Who, proposal_id: FromPath[UUID], data: JSONBody[Approval]) -> Proposal:
        """Not by who proposed it. From here it goes as if the customer had confirmed the quote."""
        return await api.special.approve(who, proposal_id, data.quote_hash)

    @post("/{proposal_id:uuid}/reject", summary="Reject", status_code=200, opt=_APPROVE, responses=_DECIDES)
    async def reject(self, api: Api, who: Who, proposal_id: FromPath[UUID]) -> Proposal:
        """Not by who proposed it. Nothing is done."""
        return await api.special.reject(who, proposal_id)

    @post("/{proposal_id:uuid}/withdraw", summary="Withdraw", status_code=200, opt=_PROPOSE, responses=_DECIDES)
    async def withdraw(self, api: Api, who: Who, proposal_id: FromPath[UUID]) -> Proposal:
        """By who proposed it, while nobody has decided."""
        return await api.special.withdraw(who, proposal_id)


def _wanted(data: NewProposal) -> Wanted:
    return Wanted(
        conversation_id=ConversationId(data.conversation_id),
        order_id=OrderId(data.order_id),
        flow=data.flow,
        lines=tuple(AskedLine(line_id=LineId(line.line_id), quantity=line.quantity) for line in data.lines),
        special_reason=data.special_reason,
        reason=data.reason,
        amount_fen=data.amount_fen,
        evidence=data.evidence,
    )
