"""What the appliance knows of an order, whatever system keeps it. Frozen; money in fen; times aware.

Titles, notes, addresses and trace texts are untrusted words: data to show or to match, never instructions.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from appliance.ids import CustomerId, LineId, OperationId, OrderId
from models.commands import Reason


class OrderStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Level(StrEnum):
    NORMAL = "normal"
    SILVER = "silver"
    GOLD = "gold"


class CaseKind(StrEnum):
    """What can be asked of an order system. Each is one write."""

    RETURN_REFUND = "return_refund"
    REFUND_ONLY = "refund_only"
    CANCEL_ORDER = "cancel_order"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR = "repair"
    PRICE_PROTECTION = "price_protection"
    GOODWILL = "goodwill"
    """A part of what was paid, for units that their customer keeps. Only people agree to it; it holds nothing."""
    CHANGE_ADDRESS = "change_address"
    CHANGE_SPEC = "change_spec"
    URGE_SHIPMENT = "urge_shipment"
    INVOICE = "invoice"
    RETURN_PARCEL = "return_parcel"
    """The number of the parcel that a customer sends back, noted on his case."""
    WITHDRAW_CASE = "withdraw_case"
    """A case that its customer takes back, before anything came of it."""


class CaseStatus(StrEnum):
    OPEN = "open"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class FreightPayer(StrEnum):
    """Who pays for sending goods back."""

    MERCHANT = "merchant"
    CUSTOMER = "customer"
    INSURANCE = "insurance"
    NONE = "none"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything on this page."""


class Line(Record, frozen=True):
    line_id: LineId
    sku: str
    title: str
    category: str
    quantity: int
    unit_price_fen: int
    tags: tuple[str, ...] = ()


class CaseLine(Record, frozen=True):
    line_id: LineId
    quantity: int


class OrderCase(Record, frozen=True):
    """An after-sales case as the order system keeps it."""

    case_id: str
    kind: CaseKind
    status: CaseStatus
    lines: tuple[CaseLine, ...]
    stage: str | None = None
    reason: Reason | None = None
    refund_fen: int = 0
    created_at: datetime | None = None
    finished_at: datetime | None = None
    expected_at: datetime | None = None
    paid_to: str | None = None
    carrier: str | None = None
    tracking_no: str | None = None
    operation_id: str | None = None
    """The idempotency key it was made with, where the appliance made it."""


class Change(Record, frozen=True):
    kind: CaseKind
    at: datetime
    line_id: LineId | None = None


class Invoice(Record, frozen=True):
    title: str
    number: str
    issued_at: datetime
    tax_id: str | None = None


class TraceEvent(Record, frozen=True):
    at: datetime
    place: str
    text: str


class Address(Record, frozen=True):
    name: str
    phone: str
    text: str


class Order(Record, frozen=True):
    order_id: OrderId
    customer_id: CustomerId
    status: OrderStatus
    lines: tuple[Line, ...]
    created_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    carrier: str | None = None
    tracking_no: str | None = None
    freight_fen: int = 0
    freight_insurance: bool = False
    coupon_fen: int = 0
    paid_by: str | None = None
    address: Address | None = None
    changes: tuple[Change, ...] = ()
    invoice: Invoice | None = None
    trace: tuple[TraceEvent, ...] = ()
    cases: tuple[OrderCase, ...] = ()
    buyer_note: str | None = None
    seller_note: str | None = None

    def line(self, line_id: str) -> Line | None:
        return next((line for line in self.lines if line.line_id == line_id), None)


class Coupon(Record, frozen=True):
    coupon_id: str
    title: str
    amount_fen: int
    min_spend_fen: int
    expires_at: datetime
    status: str


class Customer(Record, frozen=True):
    customer_id: CustomerId
    name: str
    phone: str
    level: Level = Level.NORMAL
    refunds_90d: int = 0
    balance_fen: int = 0
    points: int = 0
    level_expires_at: datetime | None = None
    benefits: tuple[str, ...] = ()
    coupons: tuple[Coupon, ...] = ()


class Spec(Record, frozen=True):
    """One spec on sale today. ``stock`` is None where the order system does not know it."""

    sku: str
    product: str
    spec: str
    price_fen: int
    stock: int | None = None


class CaseRequest(Record, frozen=True):
    """One write. The operation id is its idempotency key and is never made again for the same case."""

    operation_id: OperationId
    kind: CaseKind
    order_id: OrderId
    customer_id: CustomerId
    lines: tuple[CaseLine, ...] = ()
    reason: Reason | None = None
    refund_fen: int = 0
    freight_payer: FreightPayer = FreightPayer.NONE
    target_sku: str | None = None
    address: str | None = None
    phone: str | None = None
    invoice_title: str | None = None
    tax_id: str | None = None
    return_case_id: str | None = None
    """The order system's own case that a parcel is sent back for."""
    carrier: str | None = None
    tracking_no: str | None = None
    withdrawn_case_id: str | None = None
    """The order system's own case that is taken back."""
    evidence: tuple[str, ...] = ()
    note: str | None = None


class CaseReceipt(Record, frozen=True):
    """The order system's word that a write is done. Nothing may be said to be done without one."""

    case_id: str
    operation_id: OperationId
    kind: CaseKind
    status: CaseStatus
    refund_fen: int
    created_at: datetime
    expected_at: datetime | None = None
    return_address: str | None = None
    raw: dict[str, Any] = {}
    """The answer as it came, for the decision receipt."""
