"""A guide on its way, what a gateway is handed, and how that ended. No phone number is kept anywhere of it."""

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from appliance.aftersales.orders.model import CaseKind, CaseReceipt, Record
from appliance.ids import ConversationId, CustomerId, OrderId, ShopId


class GuideState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    SKIPPED = "skipped"
    """Not wanted any more: the case is not open, or the customer asked for no messages."""
    DEAD = "dead"
    """Given up; people have a work order."""


class Failure(StrEnum):
    NOT_REACHED = "not_reached"
    """Surely not taken."""
    NO_ANSWER = "no_answer"
    """It may have been taken; the gateway knows a repeat by its id."""
    REFUSED = "refused"
    """The gateway understood and said no."""
    ADDRESS_REFUSED = "address_refused"
    """The gateway does not lie in a network that messages may go to."""
    NO_NUMBER = "no_number"
    """The order system gives no mobile number of this customer that could be called."""
    UNSEALED = "unsealed"
    """The audit log took no intent, so nothing was looked up and nothing sent."""
    WISHES_UNREADABLE = "wishes_unreadable"
    """Whether the customer wants messages cannot be known: the file that says so cannot be read."""
    BROKEN_OFF = "broken_off"
    """Attempts ended without saying how, as often as there are attempts. Some of them may have been taken."""


class Guide(Record, frozen=True):
    """One claimed guide. ``message_id`` stays the same over attempts: by it a gateway knows a repeat."""

    shop_id: ShopId
    case_id: UUID
    message_id: UUID
    conversation_id: ConversationId
    customer_id: CustomerId
    order_id: OrderId
    kind: CaseKind
    case_state: str
    stage: str | None
    receipt: CaseReceipt
    attempts: int
    made_at: datetime


class Text(Record, frozen=True):
    """What a gateway is handed: a template that it knows, and what stands in it."""

    message_id: UUID
    phone: str
    template: str
    """The kind of the case, or ``photo_link``."""
    params: dict[str, str]

    def __repr__(self) -> str:
        return f"Text({self.message_id})"


class Taken(Record, frozen=True):
    """How one attempt ended. ``reference``: the gateway's own id of what it took."""

    failure: Failure | None = None
    reference: str = ""
    word: str = ""
    """The gateway's own code, where it said one."""


class Manners(Record, frozen=True):
    """By the settings: by when goods are to be sent, and when nobody is written to."""

    send_within_days: int = 7
    quiet_from: time = time(21)
    quiet_until: time = time(8)
