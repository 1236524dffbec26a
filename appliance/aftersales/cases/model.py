"""What the appliance keeps of a case: the operation and its states, and the notice that a conversation gets.

Personal words never stand here in clear: requests hold vault references, answers are masked before they are kept.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseReceipt,
    CaseRequest,
    CaseStatus,
    OrderCase,
    Record,
)
from appliance.errors import Conflict
from appliance.ids import ConversationId, CustomerId, OperationId, OrderId, ShopId, SubjectId
from models.commands import Flow, Reason


class QuoteNotStanding(Conflict):
    """The quote was never shown here, has expired or was voided, is accepted already, or the order's cases have changed
    since it was made: decide again."""

    code = "quote_not_standing"


class UnitsTaken(Conflict):
    """Units of the quote stand in another case: decide again on what is left."""

    code = "units_taken"


class OperationState(StrEnum):
    ACCEPTED = "accepted"
    """Agreed to and surely not written yet."""
    SENT = "sent"
    """A call to the order system is under way, or its caller died."""
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Sent, no answer: it may be written."""
    HANDED_OVER = "handed_over"
    """A person settles it; its units stay held."""


class CaseState(StrEnum):
    """Where a case stands. The middle four are the order system's own words (CaseStatus)."""

    PENDING = "pending"
    OPEN = "open"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    REFUSED = "refused"
    """The order system said no; nothing was written."""


class Operation(Record, frozen=True):
    """One agreed write, as its acceptance leaves it."""

    operation_id: OperationId
    """Also its idempotency key."""
    case_id: UUID
    decision_id: UUID | None
    request: CaseRequest


class Claimed(Record, frozen=True):
    """An operation leased to one executor. Writes about it carry the token; an older token writes nothing."""

    shop_id: ShopId
    operation_id: OperationId
    case_id: UUID
    conversation_id: ConversationId
    subject_id: SubjectId
    flow: Flow
    quote_hash: str
    state: OperationState
    request: CaseRequest
    intent: UUID
    attempts: int
    """How often it was put off."""
    sends: int
    """How often a call to the order system was begun."""
    token: int
    tried_since: datetime
    is_by_staff: bool = False
    """Approved by the shop's people: the customer hears of it once it is done, and not before."""


class NoticeKind(StrEnum):
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    DELAYED = "delayed"
    """The order system does not answer; the appliance goes on trying. Told once."""
    KEPT = "kept"
    """Surely not written; the request is kept as a work order."""
    BY_HAND = "by_hand"
    """Never written by us: a work order says what a person does in the order system."""
    DOUBTFUL = "doubtful"
    """It may be written or not; a person finds out."""
    PROGRESS = "progress"
    """The order system moved the case on."""
    REMINDED = "reminded"
    """The parcel that he is to send back has not come, and no number of one."""
    GUIDED = "guided"
    """The SMS gateway took the message with where to send the goods."""


class Notice(Record, frozen=True):
    """What a conversation is told about a case. A sentence about it is rendered from this and nothing else."""

    kind: NoticeKind
    flow: Flow
    case_kind: CaseKind
    order_id: OrderId
    case_id: UUID
    operation_id: OperationId
    quote_hash: str
    receipt: CaseReceipt | None = None
    """With ``succeeded``; its raw answer is left out."""
    reason: str | None = None
    """With ``refused``: the order system's own word, masked."""
    status: CaseStatus | None = None
    stage: str | None = None
    refund_fen: int = 0
    """With ``progress``: what the case pays back."""
    expected_at: datetime | None = None
    work_order_id: UUID | None = None
    is_by_staff: bool = False
    """The shop's people agreed to it, not the customer."""


class Progress(Record, frozen=True):
    """An event pushed by the order system: where one of its cases stands now."""

    event_id: str
    """Unique within the shop; a repeat changes nothing."""
    at: datetime
    order_id: OrderId
    case_id: str
    """The order system's own."""
    status: CaseStatus
    operation_id: OperationId | None = None
    stage: str | None = None
    expected_at: datetime | None = None


class OwnCases(Record, frozen=True):
    """The appliance's own cases of one order that still count and that the order system does not show."""

    cases: tuple[OrderCase, ...]
    version: int
    """Grows with every case of the order that is made or falls away: what is decided on it is void once it grew."""
    return_addresses: dict[str, str] = {}
    """Where goods go back to, by the order system's number of the case, as its receipt said."""


class StandingCase(Record, frozen=True):
    """One of the appliance's own cases of an order, for whoever must tell where it stands."""

    case_id: UUID
    operation_id: OperationId
    conversation_id: ConversationId
    customer_id: CustomerId
    order_id: OrderId
    kind: CaseKind
    state: CaseState
    operation_state: OperationState
    refund_fen: int
    accepted_at: datetime
    stage: str | None = None
    order_system_case_id: str | None = None
    reason: Reason | None = None
    lines: tuple[CaseLine, ...] = ()
    receipt: CaseReceipt | None = None
