"""What policy is asked and what it answers. Pure data; money in fen.

An *ask* is one request about one order, with every fact that a rule may read. A *ruling* is a decision with the rule
that made it and, where something is approved, the quote that a customer says yes to.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from appliance.aftersales.orders.model import CaseKind, Customer, FreightPayer, Order, OrderCase, Record, Spec
from appliance.ids import LineId, OrderId
from models.commands import Flow, Reason


class Evidence(StrEnum):
    YES = "yes"
    NONE = "none"
    NOT_ASKED = "not_asked"


class Verdict(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    ASK_EVIDENCE = "ask_evidence"
    HAND_OFF = "hand_off"
    ANSWER = "answer"
    """Nothing to decide: tell the trace (U2)."""
    REDIRECT = "redirect"
    """Goes on as another flow (R0)."""
    ASK_TAX_ID = "ask_tax_id"
    """A company's tax id is missing or wrong: ask again (I2)."""


class Refusal(StrEnum):
    """The closed set of POLICY's ``refuse`` codes."""

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


class AskedLine(Record, frozen=True):
    line_id: LineId
    quantity: int


class Offer(Record, frozen=True):
    """What is offered after a refusal: another flow, or (after G3) the units that are left."""

    flow: Flow | None = None
    quantity: int | None = None
    after_receipt: bool = False
    """Only once the parcel has arrived (C3, O8): to be told, it cannot start now."""


class Ask(Record, frozen=True):
    flow: Flow
    order: Order
    customer: Customer
    now: datetime
    """Business time, aware."""
    lines: tuple[AskedLine, ...] = ()
    """Empty: the whole order."""
    reason: Reason | None = None
    evidence: Evidence = Evidence.NOT_ASKED
    target: Spec | None = None
    """The spec that an exchange or a change of spec goes to."""
    current: tuple[Spec, ...] = ()
    """Today's specs of the asked lines' own SKUs, for price and stock. Missing: unknown."""
    own_cases: tuple[OrderCase, ...] = ()
    """The appliance's own cases that ``order.cases`` does not show yet, with what they will refund."""
    held: dict[str, int] = {}
    """Further units by line id that are held and of which no more is known. They count as refunded."""
    tax_id: str | None = None
    is_tax_id_valid: bool | None = None
    """Where ``tax_id`` is a vault reference: what its check digit said. None: policy looks at ``tax_id`` itself."""
    is_company: bool = False


class LineDecision(Record, frozen=True):
    line_id: LineId
    quantity: int
    verdict: Verdict
    rule: str
    refusal: Refusal | None = None
    offers: tuple[Offer, ...] = ()


class Decision(Record, frozen=True):
    flow: Flow
    order_id: OrderId
    verdict: Verdict
    rule: str
    """The row of the flow's own table, or the gate."""
    refusal: Refusal | None = None
    kind: CaseKind | None = None
    """What an approval creates."""
    freight_payer: FreightPayer = FreightPayer.NONE
    offers: tuple[Offer, ...] = ()
    lines: tuple[LineDecision, ...] = ()
    redirect: Flow | None = None
    needs_work_order: bool = False
    """U1 over 48 hours, M1."""
    facts: dict[str, Any] = {}
    """What the rules read, JSON-ready."""
    trace: dict[str, Any] = {}
    policy: str = ""
    """Pack, version and content hash, like ``cn-retail/1/9f2c…``."""


class QuoteLine(Record, frozen=True):
    line_id: LineId
    title: str
    quantity: int
    gross_fen: int
    """Price of the units, or the price difference for price protection; 0 where no money moves."""
    coupon_fen: int
    refund_fen: int
    """``gross_fen - coupon_fen - protected_fen``."""
    protected_fen: int = 0
    """What price protection and goodwill have already paid for these units."""


class Quote(Record, frozen=True):
    """What exactly is agreed to. The hash covers every other field in canonical JSON."""

    flow: Flow
    kind: CaseKind
    order_id: OrderId
    lines: tuple[QuoteLine, ...]
    goods_fen: int
    freight_fen: int
    total_fen: int
    freight_payer: FreightPayer
    arrival: str
    """When the money arrives, a reply key: ``after_inspection``, ``within_days``, ``none``."""
    paid_by: str | None = None
    reason: Reason | None = None
    target_sku: str | None = None
    details: dict[str, str] = {}
    """Other words that are agreed to: address, invoice title, tax id (as vault references)."""
    hash: str = ""


class Ruling(Record, frozen=True):
    decision: Decision
    quote: Quote | None = None
