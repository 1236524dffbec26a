"""A work order, its closed sets, and what may be asked of it. Words about it stand in comments, sealed, never here."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from appliance.errors import Conflict, InputError, InvalidInput
from appliance.ids import ConversationId, OrderId, ShopId


class NotInThisState(Conflict):
    """The work order's state does not allow that: read it again."""

    code = "work_order_state"


class LostUpdate(InputError):
    """Somebody changed it since it was read: read it again, and send its new ETag."""

    code = "lost_update"
    status = 412


class KeyUsed(InvalidInput):
    """The same idempotency key came with another request before: make a new key for a new request."""

    code = "idempotency_key_used"


class NotOfTheTeam(InvalidInput):
    """A work order is assigned to members of its team: transfer it, or add the person to the team."""

    code = "not_of_the_team"


class CannotMerge(InvalidInput):
    code = "cannot_merge"


class WorkOrderKind(StrEnum):
    UNKNOWN_OUTCOME = "unknown_outcome"
    ORDER_SYSTEM_DOWN = "order_system_down"
    CANNOT_SEND = "cannot_send"
    """What the request refers to can no longer be disclosed."""
    BY_HAND = "by_hand"
    """The order system has no such write, or its mapping says so."""
    UNDELIVERED = "undelivered"
    """A case is settled and its conversation could not be told."""
    DIFFERENCE = "difference"
    """Reconciliation found the two sides apart."""
    URGE_WAREHOUSE = "urge_warehouse"
    COMPLAINT = "complaint"
    REQUEST = "request"
    """What an agent or a system of the shop asks a team to do."""
    INVOICE = "invoice"
    CALL_BACK = "call_back"
    """A customer left a message and waits to be called."""
    RETURN_OVERDUE = "return_overdue"
    """An approved return whose parcel never came."""
    GUIDE_UNSENT = "guide_unsent"
    """The message with where to send the goods could not be sent; the conversation has said it all the same."""
    REFUND_DUE = "refund_due"
    """The goods are back, and the law's seven days for the refund are nearly over."""
    REFUND_REFUSED = "refund_refused"
    """A special refund that people had approved and the order system refused: its proposer and finance look."""
    LEGAL = "legal"
    """A threat that the shop's lawyers want to know of."""


class WorkState(StrEnum):
    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    """Its clock stands still until the customer has answered."""
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Deed(StrEnum):
    """What moves a work order from state to state, or changes it within one."""

    ASSIGN = "assign"
    TRANSFER = "transfer"
    START = "start"
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"
    MERGE = "merge"
    PRIORITISE = "prioritise"
    ESCALATE = "escalate"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Team(StrEnum):
    AFTER_SALES = "after_sales"
    FINANCE = "finance"
    WAREHOUSE = "warehouse"
    LEGAL = "legal"


class Breach(StrEnum):
    RESPONSE = "response"
    RESOLUTION = "resolution"


class Outcome(StrEnum):
    """How it was resolved."""

    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    NOT_NEEDED = "not_needed"
    SETTLED = "settled"
    """The case that it was about has ended by itself."""


class AuthorType(StrEnum):
    STAFF = "staff"
    CLIENT = "client"
    """A system of the shop's."""
    SERVICE = "service"
    """The appliance itself: a flow, the executor, the clock."""


class Because(StrEnum):
    """Why a work order goes on that waited for its customer."""

    ANSWERED = "answered"
    DEADLINE = "deadline"


class Author(msgspec.Struct, frozen=True, kw_only=True):
    type: AuthorType
    id: str


APPLIANCE = Author(type=AuthorType.SERVICE, id="work-orders")


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    work_order_id: UUID
    version: int
    """Grows with every change: the ETag."""
    kind: WorkOrderKind
    state: WorkState
    priority: Priority
    team: Team
    skills: tuple[str, ...]
    """What whoever does it must know, as codes of the shop's terms."""
    created_at: datetime
    clock_since: datetime
    """When the time of its resolution began to run: at opening, and anew when reopened."""
    response_due_at: datetime
    due_at: datetime
    warn_at: datetime
    summary: dict[str, Any] = {}
    """Codes of closed sets and ids."""
    conversation_id: ConversationId | None = None
    case_id: UUID | None = None
    order_id: OrderId | None = None
    assignee: UUID | None = None
    opener_type: AuthorType = AuthorType.SERVICE
    opener: str = APPLIANCE.id
    responded_at: datetime | None = None
    paused_at: datetime | None = None
    waited_s: int = 0
    """Working time for which the clock stood still."""
    warned_at: datetime | None = None
    response_breached_at: datetime | None = None
    breached_at: datetime | None = None
    escalation: int = 0
    outcome: Outcome | None = None
    merged_into: UUID | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; what is left out comes from the terms of its kind."""

    kind: WorkOrderKind
    summary: dict[str, Any] = {}
    conversation_id: ConversationId | None = None
    case_id: UUID | None = None
    order_id: OrderId | None = None
    team: Team | None = None
    priority: Priority | None = None
    skills: tuple[str, ...] | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A deed and what it needs: ``assignee`` with assign, ``team`` with transfer, and so on."""

    deed: Deed
    assignee: UUID | None = None
    """With assign; without: whoever the team's rule chooses."""
    team: Team | None = None
    priority: Priority | None = None
    outcome: Outcome | None = None
    into: UUID | None = None
    """With merge: the work order that goes on."""


class WorkNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation is told about a work order of its own. A sentence about it is rendered from this alone."""

    work_order_id: UUID
    kind: WorkOrderKind
    state: WorkState
    outcome: Outcome | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a team, for the choice of an assignee."""

    staff_id: UUID
    team: Team
    skills: tuple[str, ...] = ()
    is_available: bool = True
    load: int = 0
    """Open work orders in his hands."""
    last_assigned_at: datetime | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a work order's history."""

    seq: int
    deed: str
    from_state: WorkState | None
    to_state: WorkState
    author_type: AuthorType
    author: str
    at: datetime
    detail: dict[str, Any] = {}


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    comment_id: UUID
    author_type: AuthorType
    author: str
    at: datetime
    words: str | None
    """Masked; None once their subject was erased."""

    def __repr__(self) -> str:
        return f"Comment({self.comment_id})"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which work orders of a shop. Everything given must hold."""

    states: tuple[WorkState, ...] = ()
    team: Team | None = None
    kind: WorkOrderKind | None = None
    priority: Priority | None = None
    assignee: UUID | None = None
    conversation_id: UUID | None = None
    order_id: str | None = None
    is_breached: bool | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    work_orders: tuple[WorkOrder, ...]
    cursor: str | None = None
    """Where the next page begins; None: this was the last."""
