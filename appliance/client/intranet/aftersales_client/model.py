"""What is sent and answered, as frozen types. Money is integer fen, times are aware; new fields are passed over."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from aftersales_client.words import (
    AuthorType,
    CaseKind,
    CaseState,
    CaseStatus,
    Channel,
    ConversationState,
    Deed,
    Flow,
    FreightPayer,
    HowRefused,
    OperationState,
    Outcome,
    Priority,
    Reason,
    Refusal,
    Team,
    Verdict,
    WhyAllowed,
    WorkOrderKind,
    WorkState,
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is answered."""


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what is sent; what is left out is not sent."""


class Taken(Answer, frozen=True, kw_only=True):
    duplicate: bool
    """It had been taken before, and nothing was done."""


class CaseLine(Answer, frozen=True, kw_only=True):
    line_id: str
    quantity: int


class Receipt(Answer, frozen=True, kw_only=True):
    """The order system's word that the case is there."""

    case_id: str
    status: CaseStatus
    refund_fen: int
    created_at: datetime
    sha256: str
    """Of the whole receipt, as the audit log has it."""


class Deadlines(Answer, frozen=True, kw_only=True):
    expected_at: datetime | None = None
    refund_due_at: datetime | None = None
    """By law: seven days after the goods came back."""
    work_due_at: datetime | None = None


class Case(Answer, frozen=True, kw_only=True):
    case_id: UUID
    order_id: str
    conversation_id: UUID
    flow: Flow
    kind: CaseKind
    reason: Reason | None = None
    lines: tuple[CaseLine, ...]
    refund_fen: int
    freight_payer: FreightPayer
    state: CaseState
    stage: str | None = None
    """The order system's own word."""
    created_at: datetime
    progressed_at: datetime | None = None
    deadlines: Deadlines
    operation_id: UUID
    """The idempotency key of the write."""
    operation_state: OperationState
    refusal: str | None = None
    """The order system's own word for why it said no."""
    settled_at: datetime | None = None
    decision_id: UUID | None = None
    quote_hash: str
    order_system_case_id: str | None = None
    receipt: Receipt | None = None


class CasePage(Answer, frozen=True, kw_only=True):
    items: tuple[Case, ...] = msgspec.field(name="cases")
    cursor: str | None = None


class Offer(Answer, frozen=True, kw_only=True):
    flow: Flow | None = None
    quantity: int | None = None
    after_receipt: bool = False


class LineDecision(Answer, frozen=True, kw_only=True):
    line_id: str
    quantity: int
    verdict: Verdict
    rule: str
    refusal: Refusal | None = None
    offers: tuple[Offer, ...] = ()


class RowRead(Answer, frozen=True, kw_only=True):
    """A row of a decision table that fitted: what it is about, its ``law``, and the facts that it ``read``."""

    about: str
    table: str
    row: str
    law: str
    read: dict[str, Any]


class Decision(Answer, frozen=True, kw_only=True):
    """Why something was decided."""

    decision_id: UUID
    conversation_id: UUID
    order_id: str
    flow: Flow
    verdict: Verdict
    rule: str
    refusal: Refusal | None = None
    kind: CaseKind | None = None
    offers: tuple[Offer, ...]
    lines: tuple[LineDecision, ...]
    facts: dict[str, Any]
    rows: tuple[RowRead, ...]
    trace_sha256: str
    policy: str
    """Pack, version and content hash."""
    business_at: datetime
    recorded_at: datetime


class Conversation(Answer, frozen=True, kw_only=True):
    conversation_id: UUID
    channel: Channel
    state: ConversationState
    started_at: datetime
    outcome: str | None = None


class ConversationPage(Answer, frozen=True, kw_only=True):
    items: tuple[Conversation, ...] = msgspec.field(name="conversations")
    cursor: str | None = None


class TraceEvent(Answer, frozen=True, kw_only=True):
    seq: int
    at: datetime
    business_at: datetime
    type: str
    v: int
    turn: UUID | None = None
    data: dict[str, Any]
    words: str | None = None
    """Masked."""


_LABEL = {
    "label": "Label",
    "content_producer": "ContentProducer",
    "produce_id": "ProduceID",
    "reserved_code1": "ReservedCode1",
    "content_propagator": "ContentPropagator",
    "propagate_id": "PropagateID",
    "reserved_code2": "ReservedCode2",
}


class GeneratedLabel(Answer, frozen=True, kw_only=True, rename=_LABEL):
    """The metadata of GB 45438-2025: pass it on with what it labels."""

    label: str = ""
    content_producer: str
    produce_id: str
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""


class Trace(Answer, frozen=True, kw_only=True):
    metadata: GeneratedLabel = msgspec.field(name="AIGC")
    ai_label: str
    """To be shown with the events, in words."""
    models: tuple[str, ...]
    events: tuple[TraceEvent, ...]


class WorkOrder(Answer, frozen=True, kw_only=True):
    shop_id: str
    work_order_id: UUID
    version: int
    """Grows with every change; ``move_work_order`` names the one that it was decided on."""
    kind: WorkOrderKind
    state: WorkState
    priority: Priority
    team: Team
    skills: tuple[str, ...]
    created_at: datetime
    clock_since: datetime
    response_due_at: datetime
    due_at: datetime
    warn_at: datetime
    summary: dict[str, Any] = {}
    conversation_id: UUID | None = None
    case_id: UUID | None = None
    order_id: str | None = None
    assignee: UUID | None = None
    opener_type: AuthorType = AuthorType.SERVICE
    opener: str = ""
    responded_at: datetime | None = None
    paused_at: datetime | None = None
    waited_s: int = 0
    warned_at: datetime | None = None
    response_breached_at: datetime | None = None
    breached_at: datetime | None = None
    escalation: int = 0
    outcome: Outcome | None = None
    merged_into: UUID | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None


class WorkOrderPage(Answer, frozen=True, kw_only=True):
    items: tuple[WorkOrder, ...] = msgspec.field(name="work_orders")
    cursor: str | None = None


class WholeWorkOrder(Answer, frozen=True, kw_only=True):
    work_order: WorkOrder
    evidence: tuple[UUID, ...]
    deeds: tuple[Deed, ...]
    """What its state allows now."""


class Comment(Answer, frozen=True, kw_only=True):
    comment_id: UUID
    author_type: AuthorType
    author: str
    at: datetime
    words: str | None = None
    """None once the customer was erased."""

    def __repr__(self) -> str:
        return f"Comment({self.comment_id})"


class CommentMade(Answer, frozen=True, kw_only=True):
    comment_id: UUID


class NewWorkOrder(Body, frozen=True, kw_only=True):
    """What is left out comes from the shop's terms for its kind. Personal data in ``words`` is replaced, then kept."""

    kind: WorkOrderKind = WorkOrderKind.REQUEST
    words: str | None = None
    conversation_id: UUID | None = None
    case_id: UUID | None = None
    order_id: str | None = None
    team: Team | None = None
    priority: Priority | None = None
    skills: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return "NewWorkOrder()"


class WorkDeed(Body, frozen=True, kw_only=True):
    """``assignee`` with assign (without: whoever the team's rule chooses), ``team`` with transfer, ``priority`` with
    prioritise, ``outcome`` with resolve, ``into`` with merge."""

    deed: Deed
    assignee: UUID | None = None
    team: Team | None = None
    priority: Priority | None = None
    outcome: Outcome | None = None
    into: UUID | None = None


class CallsOf(Body, frozen=True, kw_only=True):
    """Whose calls: by the order system's number for the customer, by a number, or both."""

    customer_id: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class CallsAllowed(CallsOf, frozen=True, kw_only=True):
    why: WhyAllowed


class CallWish(Answer, frozen=True, kw_only=True):
    """How it stands now; ``how`` and ``since`` are of the wish that was said first."""

    is_refused: bool
    how: HowRefused | None
    since: datetime | None


class NewComment(Body, frozen=True, kw_only=True):
    words: str

    def __repr__(self) -> str:
        return "NewComment()"
