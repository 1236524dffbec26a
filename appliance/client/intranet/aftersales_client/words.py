"""The closed sets of the API. A word that a newer appliance says and this client does not know is kept as it came."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        new = str.__new__(cls, value)
        new._name_ = value
        new._value_ = value
        return new


class Flow(Word):
    """What a customer asks for."""

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


class Reason(Word):
    """Why."""

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


class HowRefused(Word):
    """How somebody said that he wants no calls."""

    ON_THE_CALL = "on_the_call"
    BY_STAFF = "by_staff"
    BY_SYSTEM = "by_system"


class WhyAllowed(Word):
    """Why a wish for no calls counts no more."""

    CUSTOMER_ASKED = "customer_asked"
    NOTED_BY_MISTAKE = "noted_by_mistake"


class Refusal(Word):
    """Why policy says no."""

    ALREADY_IN_CASE = "already_in_case"
    QUANTITY = "quantity"
    ALREADY_SHIPPED = "already_shipped"
    ALREADY_DELIVERED = "already_delivered"
    ALREADY_CANCELLED = "already_cancelled"
    NOT_DELIVERED = "not_delivered"
    FRESH_WINDOW = "fresh_window"
    RETURN_WINDOW = "return_window"
    NOT_SEVEN_DAY_GOODS = "not_seven_day_goods"
    IN_TRANSIT = "in_transit"
    MUST_RETURN = "must_return"
    OUT_OF_STOCK = "out_of_stock"
    EXCHANGE_WINDOW = "exchange_window"
    RESEND_WINDOW = "resend_window"
    NO_WARRANTY = "no_warranty"
    NOT_PROTECTED = "not_protected"
    PROTECTION_WINDOW = "protection_window"
    NO_LOWER_PRICE = "no_lower_price"
    CHANGED_ONCE = "changed_once"
    PRICE_DIFFERS = "price_differs"
    ALREADY_INVOICED = "already_invoiced"


class CaseState(Word):
    PENDING = "pending"
    OPEN = "open"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    REFUSED = "refused"
    """The order system said no; nothing was written."""


class CaseKind(Word):
    RETURN_REFUND = "return_refund"
    REFUND_ONLY = "refund_only"
    CANCEL_ORDER = "cancel_order"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR = "repair"
    PRICE_PROTECTION = "price_protection"
    GOODWILL = "goodwill"
    """A part paid back for units that are kept."""
    CHANGE_ADDRESS = "change_address"
    CHANGE_SPEC = "change_spec"
    URGE_SHIPMENT = "urge_shipment"
    INVOICE = "invoice"
    RETURN_PARCEL = "return_parcel"
    WITHDRAW_CASE = "withdraw_case"


class CaseStatus(Word):
    """As the order system has it."""

    OPEN = "open"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class FreightPayer(Word):
    MERCHANT = "merchant"
    CUSTOMER = "customer"
    INSURANCE = "insurance"
    NONE = "none"


class OperationState(Word):
    """How far the one write of a case has come."""

    ACCEPTED = "accepted"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Sent, no answer: it may be written."""
    HANDED_OVER = "handed_over"


class Verdict(Word):
    APPROVE = "approve"
    REFUSE = "refuse"
    ASK_EVIDENCE = "ask_evidence"
    HAND_OFF = "hand_off"
    ANSWER = "answer"
    REDIRECT = "redirect"
    ASK_TAX_ID = "ask_tax_id"


class Channel(Word):
    WEB = "web"
    VOICE = "voice"


class ConversationState(Word):
    OPEN = "open"
    CONCLUDED = "concluded"
    """With the bot; a request of it came to an end."""
    WITH_PERSON = "with_person"


class WorkOrderKind(Word):
    UNKNOWN_OUTCOME = "unknown_outcome"
    ORDER_SYSTEM_DOWN = "order_system_down"
    CANNOT_SEND = "cannot_send"
    BY_HAND = "by_hand"
    UNDELIVERED = "undelivered"
    DIFFERENCE = "difference"
    URGE_WAREHOUSE = "urge_warehouse"
    COMPLAINT = "complaint"
    REQUEST = "request"
    """What a system of the shop asks a team to do."""
    INVOICE = "invoice"
    CALL_BACK = "call_back"
    RETURN_OVERDUE = "return_overdue"
    GUIDE_UNSENT = "guide_unsent"
    REFUND_DUE = "refund_due"
    REFUND_REFUSED = "refund_refused"
    LEGAL = "legal"


class WorkState(Word):
    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Deed(Word):
    """What moves a work order on."""

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


class Priority(Word):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Team(Word):
    AFTER_SALES = "after_sales"
    FINANCE = "finance"
    WAREHOUSE = "warehouse"
    LEGAL = "legal"


class Outcome(Word):
    """How a work order was resolved."""

    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    NOT_NEEDED = "not_needed"
    SETTLED = "settled"


class AuthorType(Word):
    STAFF = "staff"
    CLIENT = "client"
    """A system of the shop's."""
    SERVICE = "service"
    """The appliance itself."""


class WebhookType(Word):
    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_HANDED_OFF = "conversation.handed_off"
    CONVERSATION_CONCLUDED = "conversation.concluded"
    DECISION_MADE = "decision.made"
    CASE_CREATED = "case.created"
    CASE_PROGRESSED = "case.progressed"
    CASE_FAILED = "case.failed"
    WORK_ORDER_CREATED = "work_order.created"
    PING = "ping"
