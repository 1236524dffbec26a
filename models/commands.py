"""The command language: what every command model, small or large, may say, and what it may know.

A model turns a customer's words into a short list of commands. It never names an amount, a verdict or a state:
there is no command that could. JSON form: ``{"type": "set_slot", "slot": "line", "value": "L1", "evidence": "..."}``.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from models.question import Question


class Flow(StrEnum):
    RETURN_REFUND = "return_refund"
    REFUND_ONLY = "refund_only"
    CANCEL_ORDER = "cancel_order"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR = "repair"
    PRICE_PROTECTION = "price_protection"
    CHANGE_ADDRESS = "change_address"
    CHANGE_SPEC = "change_spec"
    URGE_SHIPMENT = "urge_shipment"
    ORDER_STATUS = "order_status"
    TRACK_PARCEL = "track_parcel"
    REFUND_PROGRESS = "refund_progress"
    INVOICE = "invoice"
    COUPON_QUERY = "coupon_query"
    BALANCE_QUERY = "balance_query"
    MEMBER_BENEFITS = "member_benefits"
    COMPLAINT = "complaint"
    LEAVE_MESSAGE = "leave_message"


class Slot(StrEnum):
    """The slots that a customer, and so a model, can fill. All others are filled by actions only."""

    ORDER = "order"
    LINE = "line"
    QUANTITY = "quantity"
    REASON = "reason"
    EVIDENCE = "evidence"
    ADDRESS = "address"
    SPEC = "spec"
    PHONE = "phone"
    RETURN_TRACKING_NO = "return_tracking_no"
    CARRIER = "carrier"
    INVOICE_TITLE = "invoice_title"
    TAX_ID = "tax_id"
    CALLBACK_TIME = "callback_time"


class Reason(StrEnum):
    SEVEN_DAY = "seven_day"
    QUALITY = "quality"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    MISSING_ITEM = "missing_item"
    NOT_RECEIVED = "not_received"
    SIZE = "size"
    NOT_AS_DESCRIBED = "not_as_described"
    COUNTERFEIT = "counterfeit"
    LATE_DELIVERY = "late_delivery"
    DUPLICATE_ORDER = "duplicate_order"
    CHANGED_MIND = "changed_mind"
    PRICE_DROP = "price_drop"
    OTHER = "other"


class HandoffReason(StrEnum):
    CUSTOMER_ASKED = "customer_asked"
    THREE_MISSES = "three_misses"
    EMOTION = "emotion"
    RISK_WORDS = "risk_words"
    POLICY = "policy"
    LOW_CONFIDENCE = "low_confidence"
    WAITING = "waiting"
    IDENTITY_FAILED = "identity_failed"
    UNSUPPORTED = "unsupported"
    SYSTEM_DOWN = "system_down"


class _Command(msgspec.Struct, frozen=True, eq=False, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Two commands are the same that ask for the same, whatever words they rest on."""

    evidence: str | None = None
    """The customer's own words that it rests on."""

    def _asks(self) -> tuple[object, ...]:
        return (type(self), *(getattr(self, name) for name in self.__struct_fields__ if name != "evidence"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Command) and self._asks() == other._asks()

    def __hash__(self) -> int:
        return hash(self._asks())


class StartFlow(_Command, frozen=True, tag="start_flow"):
    flow: Flow


class SetSlot(_Command, frozen=True, tag="set_slot"):
    """A value as the customer gave it: an order or line id of his own, a closed-set word, or his own words.

    ``quantity`` is an int, every other value a str. Several lines are several commands.
    """

    slot: Slot
    value: str | int


class CorrectSlot(_Command, frozen=True, tag="correct_slot"):
    slot: Slot
    value: str | int


class CancelFlow(_Command, frozen=True, tag="cancel_flow"):
    pass


class ResumeFlow(_Command, frozen=True, tag="resume_flow"):
    pass


class Clarify(_Command, frozen=True, tag="clarify"):
    flows: tuple[Flow, ...]


class AskKnowledge(_Command, frozen=True, tag="ask_knowledge"):
    query: str


class Chitchat(_Command, frozen=True, tag="chitchat"):
    pass


class Handoff(_Command, frozen=True, tag="handoff"):
    reason: HandoffReason


class Repeat(_Command, frozen=True, tag="repeat"):
    pass


class Affirm(_Command, frozen=True, tag="affirm"):
    pass


class Deny(_Command, frozen=True, tag="deny"):
    pass


class Nothing(_Command, frozen=True, tag="none"):
    """Understood as nothing that can be acted on."""


Command = (
    StartFlow
    | SetSlot
    | CorrectSlot
    | CancelFlow
    | ResumeFlow
    | Clarify
    | AskKnowledge
    | Chitchat
    | Handoff
    | Repeat
    | Affirm
    | Deny
    | Nothing
)


class KnownLine(msgspec.Struct, frozen=True, kw_only=True):
    line_id: str
    title: str
    quantity: int = 1


class KnownOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a command model may know of one of the customer's own orders."""

    order_id: str
    status: str
    created_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    lines: tuple[KnownLine, ...] = ()


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """Something said earlier in the conversation; personal data are placeholders."""

    speaker: str
    """``customer``, ``bot`` or ``agent``."""
    words: str


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around a message when it is understood."""

    now: datetime
    flow: Flow | None = None
    awaiting: str | None = None
    """A slot, or ``confirm offer verify clarify resume message receipt rating``: what the bot waits for."""
    slots: dict[str, str | int] = {}
    last_bot: str = ""
    orders: tuple[KnownOrder, ...] = ()
    options: tuple[Flow, ...] = ()
    """The flows just offered, while the bot awaits ``offer``, ``clarify`` or ``resume``."""
    specs: tuple[str, ...] = ()
    """The specs just shown, by their names, in that order, while the bot awaits ``spec``."""
    history: tuple[Exchange, ...] = ()
    """The last things said, oldest first; only where a model asked for them."""


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    commands: tuple[Command, ...]
    confidence: float
    """Calibrated, 0 to 1: how often a prediction with this figure is right as a whole."""
    questions: tuple[Question, ...] = ()
    """What a remote model was asked for it."""


class CommandModel(Protocol):
    """A model in this process."""

    def predict(self, text: str, context: Context) -> Prediction:
        """Commands for one message (PII already replaced by placeholders). Synchronous, thread-safe, no I/O."""
        ...


class RemoteCommandModel(Protocol):
    """A model in a process of its own: better, slower, and sometimes away."""

    async def predict(self, text: str, context: Context) -> Prediction:
        """Commands for one message (PII already replaced by placeholders). Raises ModelError; ends by its deadline."""
        ...
