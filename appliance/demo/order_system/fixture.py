"""Test data as the conversation suites write it: exactly their keys, checked by type, with the path of a mistake.

Pure: a fixture becomes the shop's own documents. Words are the suites' (``vocabulary`` translates them).
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=20_000)]
At = Annotated[datetime, Meta(tz=True)]
Fen = Annotated[int, Meta(ge=0, le=100_000_000_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Units = Annotated[int, Meta(ge=1, le=9999)]

Level = Literal["normal", "silver", "gold"]
Tag = Literal[
    "custom_made",
    "fresh",
    "digital_opened",
    "newspaper",
    "underwear_opened",
    "food",
    "cosmetics_opened",
    "activated",
    "clearance",
    "virtual",
    "no_seven_day_confirmed",
]
CaseKind = Literal[
    "return_refund", "refund_only", "cancel_order", "exchange", "resend", "repair", "price_protection", "goodwill"
]
Reason = Literal[
    "seven_day",
    "quality",
    "damaged",
    "wrong_item",
    "missing_item",
    "not_received",
    "size",
    "not_as_described",
    "counterfeit",
    "late_delivery",
    "duplicate_order",
    "changed_mind",
    "price_drop",
    "other",
]
Stage = Literal["awaiting_parcel", "inspecting", "refunding", "refunded", "reshipped", "withdrawn"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything on this page."""


class CouponPart(Part, frozen=True):
    coupon_id: Id
    title: Text
    amount_fen: Fen
    min_spend_fen: Fen
    expires_at: At
    status: Literal["usable", "used", "expired"]


class OtherCustomerPart(Part, frozen=True):
    id: Id
    name: Text
    phone: Text
    level: Level


class CustomerPart(Part, frozen=True):
    id: Id
    name: Text
    phone: Text
    level: Level = "normal"
    verified: bool = False
    """The channel's business; kept by nobody here."""
    refunds_90d: Count = 0
    balance_fen: Fen = 0
    points: Count = 0
    level_expires_at: At | None = None
    benefits: tuple[Text, ...] = ()
    coupons: tuple[CouponPart, ...] = ()


class LinePart(Part, frozen=True):
    line_id: Id
    sku: Id
    title: Text
    category: Text
    quantity: Units
    unit_price_fen: Fen
    tags: tuple[Tag, ...] = ()


class AddressPart(Part, frozen=True):
    name: Text
    phone: Text
    text: Text


class ChangePart(Part, frozen=True):
    kind: Literal["change_address", "change_spec"]
    at: At
    line_id: Id | None = None


class InvoicePart(Part, frozen=True):
    title: Text
    number: Text
    issued_at: At
    tax_id: Text | None = None


class TracePart(Part, frozen=True):
    at: At
    place: Text
    text: Text


class CaseLinePart(Part, frozen=True):
    line_id: Id
    quantity: Units


class CasePart(Part, frozen=True):
    case_id: Id
    kind: CaseKind
    status: Literal["open", "finished", "withdrawn"]
    lines: tuple[CaseLinePart, ...]
    stage: Stage | None = None
    reason: Reason | None = None
    refund_fen: Fen = 0
    created_at: At | None = None
    finished_at: At | None = None
    expected_at: At | None = None
    paid_to: Text | None = None
    carrier: Text | None = None
    tracking_no: Text | None = None


class OrderPart(Part, frozen=True):
    order_id: Id
    status: Literal["unpaid", "paid", "shipped", "delivered", "completed", "cancelled"]
    lines: Annotated[tuple[LinePart, ...], Meta(min_length=1)]
    customer_id: Id | None = None
    created_at: At | None = None
    paid_at: At | None = None
    shipped_at: At | None = None
    delivered_at: At | None = None
    carrier: Text | None = None
    tracking_no: Text | None = None
    freight_fen: Fen = 0
    freight_insurance: bool = False
    coupon_fen: Fen = 0
    paid_by: Text | None = None
    address: AddressPart | None = None
    changes: tuple[ChangePart, ...] = ()
    invoice: InvoicePart | None = None
    trace: tuple[TracePart, ...] = ()
    cases: tuple[CasePart, ...] = ()
    buyer_note: Text | None = None
    seller_note: Text | None = None


class SpecPart(Part, frozen=True):
    sku: Id
    product: Id
    spec: Text
    price_fen: Fen
    stock: Count


class Fixture(Part, frozen=True):
    customer: CustomerPart
    customers: tuple[OtherCustomerPart, ...] = ()
    orders: tuple[OrderPart, ...] = ()
    catalog: tuple[SpecPart, ...] | None = None
    """Absent: every SKU of the orders is on sale at the price paid, stock unknown."""
