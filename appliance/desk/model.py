"""A ticket of the queue, a seat at the desk, and the closed sets that both speak in."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.conversation.model import Channel, Side
from appliance.errors import Conflict, InvalidInput
from appliance.ids import ConversationId


class NotFree(Conflict):
    """That agent is not there, or has as many conversations as he may have."""

    code = "agent_not_free"


class NoSeat(Conflict):
    """This person has no seat at the shop's desk: a supervisor gives one."""

    code = "no_seat"


class NothingOpen(Conflict):
    """The conversation is in nobody's hands now, or not in the state that this needs: read it again."""

    code = "conversation_state"


class CannotSit(InvalidInput):
    """Seats are for accounts that exist, are not disabled, may answer customers and serve the shop."""

    code = "cannot_sit"


class BadgeTaken(Conflict):
    """Another seat of the shop has that number."""

    code = "badge_taken"


class Presence(StrEnum):
    ONLINE = "online"
    BUSY = "busy"
    """Keeps what he has and gets nothing new."""
    AWAY = "away"
    """Likewise; he is not at his desk for a while."""
    OFFLINE = "offline"
    """What he has goes back to the queue, each to its old place."""


class Priority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TicketState(StrEnum):
    WAITING = "waiting"
    SERVED = "served"
    ENDED = "ended"
    """By an agent: closed, or handed back to the bot."""
    LEFT = "left"
    """By the customer, who would not wait."""
    CALLED_BACK = "called_back"
    """Never queued, because too many wait: somebody calls."""


class CloseReason(StrEnum):
    SOLVED = "solved"
    NOT_POSSIBLE = "not_possible"
    FOLLOWED_UP = "followed_up"
    """Goes on elsewhere: a work order, a call."""
    NO_ANSWER = "no_answer"
    """The customer said nothing more."""
    OUT_OF_SCOPE = "out_of_scope"


class Fault(StrEnum):
    """What was wrong with an answer of the bot."""

    WRONG_FACT = "wrong_fact"
    MISUNDERSTOOD = "misunderstood"
    NOT_HELPFUL = "not_helpful"
    BAD_TONE = "bad_tone"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """With how many conversations he has now."""

    staff_id: UUID
    badge: str
    groups: tuple[str, ...]
    capacity: int
    presence: Presence
    seen_at: datetime | None
    held: int = 0


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Who serves the same shop. ``may_sit``: may be given a seat, or has one."""

    staff_id: UUID
    name: str
    badge: str | None
    may_sit: bool


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    ticket_id: UUID
    conversation_id: ConversationId
    skill: str
    priority: Priority
    reason: str
    state: TicketState
    asked_at: datetime
    rank_at: datetime
    opens_at: datetime | None
    agent_id: UUID | None
    served_at: datetime | None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket with its place; ``position`` is None while nobody is there at all."""

    conversation_id: ConversationId
    skill: str
    priority: Priority
    reason: str
    asked_at: datetime
    opens_at: datetime | None
    position: int | None
    estimate_s: int | None


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in an agent's hands; ``token`` goes with everything that he does in it."""

    conversation_id: ConversationId
    token: int
    skill: str
    priority: Priority
    reason: str
    asked_at: datetime
    served_at: datetime


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation on a supervisor's wall or an agent's live list."""

    conversation_id: ConversationId
    channel: Channel
    holder: Side
    agent_id: UUID | None
    badge: str | None
    started_at: datetime
    last_at: datetime


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One queue as it stands."""

    group: str
    waiting: int
    longest_since: datetime | None
    online: int
    free: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The whole desk of a shop."""

    groups: tuple[Group, ...]
    seats: tuple[Seat, ...]
    waiting: tuple[Waiting, ...]
