"""Webhooks, what they are told, and what becomes of each telling. No words of a customer: codes, numbers and ids."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.ids import ConversationId, ShopId


class WebhookEvent(StrEnum):
    """What a webhook may be told. A closed set: a system that subscribes knows what can come."""

    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_HANDED_OFF = "conversation.handed_off"
    CONVERSATION_CONCLUDED = "conversation.concluded"
    """A request of the conversation has come to an end; there may be several in one."""
    DECISION_MADE = "decision.made"
    CASE_CREATED = "case.created"
    CASE_PROGRESSED = "case.progressed"
    CASE_FAILED = "case.failed"
    """An agreed request that the order system did not take."""
    WORK_ORDER_CREATED = "work_order.created"
    """Whoever opened it: a flow, a clock, an agent, a system of the shop's. Of no log, so in no order with the rest."""
    PING = "ping"
    """Sent by `appliance webhooks test` alone."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up after the last attempt; told again only when somebody asks for it."""


class Failure(StrEnum):
    """Why a telling did not arrive."""

    ADDRESS_REFUSED = "address_refused"
    """It does not lie in a network that webhooks may go to."""
    NOT_REACHED = "not_reached"
    NO_ANSWER = "no_answer"
    STATUS = "status"
    GONE = "gone"
    """410: whoever listened there does not want to be told any more."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    webhook_id: UUID
    url: str
    events: tuple[WebhookEvent, ...]
    created_at: datetime


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Of an event of a conversation's log, or of a work order.

    ``delivery_id`` stays the same over attempts and replays: by it a receiver knows a repeat.
    """

    shop_id: ShopId
    delivery_id: UUID
    webhook_id: UUID
    conversation_id: ConversationId | None
    seq: int | None
    """The place in the conversation's log; None: of a work order."""
    work_order_id: UUID | None = None
    type: WebhookEvent
    attempts: int
    made_at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A telling as it stands, for whoever looks after webhooks."""

    shop_id: ShopId
    delivery_id: UUID
    webhook_id: UUID
    conversation_id: ConversationId | None
    seq: int | None
    """The place in the conversation's log; None: of a work order."""
    work_order_id: UUID | None = None
    type: WebhookEvent
    state: DeliveryState
    attempts: int
    failure: Failure | None
    status: int | None
    made_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tellings of a shop. Everything given must hold."""

    state: DeliveryState | None = None
    type: WebhookEvent | None = None
    webhook_id: UUID | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt ended."""

    failure: Failure | None = None
    status: int | None = None
    retry_after_s: float | None = None
    """What the receiver asked for."""

    @property
    def is_delivered(self) -> bool:
        return self.failure is None
