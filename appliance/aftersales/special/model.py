"""A proposal of a special refund, its states, and why one is refused. Money in integer fen."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from appliance.aftersales.policy.model import AskedLine, Quote
from appliance.errors import Conflict, Forbidden
from appliance.ids import ConversationId, CustomerId, OrderId, ShopId, SubjectId
from models.commands import Flow, Reason


class NotProposed(Conflict):
    """It is decided, withdrawn, void or expired already: read it again."""

    code = "proposal_decided"


class QuoteVoid(Conflict):
    """The order, its cases or the policy have changed since: propose it anew."""

    code = "quote_void"


class NotSpecial(Conflict):
    """Policy approves that by itself, or nothing can be refunded: no second person is needed, or none helps."""

    code = "not_special"


class NothingPaid(Conflict):
    """The order is cancelled, or the order system knows of no payment: there is nothing to pay back."""

    code = "nothing_paid"


class LimitExceeded(Forbidden):
    """More than this person, this order, this customer or this day allows."""

    code = "limit_exceeded"


class SamePerson(Forbidden):
    """Who proposed it decides nothing about it."""

    code = "same_person"


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    """Its operation is accepted; what became of that stands in ``case_state``."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"


class SpecialReason(StrEnum):
    GOODWILL = "goodwill"
    SERVICE_FAILURE = "service_failure"
    ABOVE_LIMIT = "above_limit"
    LATE_BUT_JUSTIFIED = "late_but_justified"
    LEGAL_ADVICE = "legal_advice"


FLOWS = frozenset({Flow.REFUND_ONLY, Flow.RETURN_REFUND, Flow.CANCEL_ORDER})


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody proposes. ``amount_fen``: less than all that was paid for the units."""

    conversation_id: ConversationId
    order_id: OrderId
    flow: Flow
    lines: tuple[AskedLine, ...]
    special_reason: SpecialReason
    reason: Reason | None = None
    amount_fen: Annotated[int, Meta(ge=1)] | None = None
    evidence: tuple[UUID, ...] = ()


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    proposal_id: UUID
    conversation_id: ConversationId
    customer_id: CustomerId
    subject_id: SubjectId
    order_id: OrderId
    state: ProposalState
    wanted: Wanted
    quote: Quote
    """What the approval binds to, by its hash."""
    quote_hash: str
    total_fen: int
    basis: int
    """The version of the order's own cases that it was made on."""
    verdict: str
    rule: str
    """What policy says of it."""
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    operation_id: UUID | None = None
    case_state: str | None = None
    refusal: str | None = None
    """Why the order system refused what was approved, in its own code."""


class ProposalPage(msgspec.Struct, frozen=True, kw_only=True):
    special_refunds: tuple[Proposal, ...]
    cursor: str | None = None
    """Where the next page begins; None: this was the last."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with its explanation."""

    proposal: Proposal
    words: str | None
    """Masked; None once the customer was erased."""

    def __repr__(self) -> str:
        return f"Shown({self.proposal.proposal_id})"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    agent_propose_fen: int = 200_000
    supervisor_propose_fen: int = 1_000_000
    approver_fen: int = 1_000_000
    approver_day_fen: int = 5_000_000
    order_fen: int = 2_000_000
    proposals_per_day: int = 20
    customer_refunds: int = 3
    proposal_hours: int = 48


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What this person may still propose or approve about this order. Nothing is set aside: it is asked again then."""

    propose_fen: int
    """At a time; 0: no more, or not at all."""
    proposals_left: int
    """Of 24 hours."""
    approve_fen: int
    """At a time; 0: no more, or not at all."""
    approve_day_fen: int
    """Left of 24 hours."""
    order_fen: int
    """Left of this order's."""
    customer_left: int
    """Special refunds of this customer, of 30 days."""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What counts against the limits now."""

    proposals_today: int
    approved_today_fen: int
    of_order_fen: int
    of_customer: int
