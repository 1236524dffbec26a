"""What the tables may read: facts computed from an ask by plain arithmetic, JSON-ready.

No names, phones, addresses or free words go in, so none can decide and none can leak through a trace.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from appliance.aftersales.orders.model import CaseKind, Line, OrderStatus, Spec
from appliance.aftersales.policy.model import Ask, AskedLine
from appliance.aftersales.policy.tax_id import is_valid_tax_id
from appliance.aftersales.policy.terms import Terms
from appliance.aftersales.policy.units import LineUnits, standing
from appliance.clock import SHANGHAI

RECEIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
HOUR = timedelta(hours=1)


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the order, the customer and the request. ``None``: the order system gives no time."""

    flow: str
    status: str
    received: bool
    reason: str | None
    merchants_fault: bool
    no_reason: bool
    evidence: str
    days: int | None
    """Calendar days since delivery."""
    hours: int | None
    """Elapsed hours since delivery, a begun one counted."""
    days_since_shipped: int | None
    days_since_paid: int | None
    hours_since_paid: int | None
    window_days: int
    freight_insurance: bool
    whole_order: bool
    changed_before: bool
    invoiced: bool
    tax_id_ok: bool
    refunds_90d: int
    delivered_on: str | None
    shipped_on: str | None
    paid_on: str | None
    window_ends_on: str | None


class LineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one line asked for; the defaults hold for a flow that asks for no units."""

    asked: int = 0
    free: int = 0
    fresh: bool = False
    clearance: bool = False
    electronics: bool = False
    exempt: bool = False
    in_stock: bool = True
    same_price: bool = True
    lower_price: bool = False
    unit_price_fen: int = 0
    price_today_fen: int = 0
    cases: list[str] = []
    """The cases that its units stand in."""


class QuoteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of what the tables would approve."""

    kind: str
    total_fen: int
    order_total_fen: int
    """Together with what this order's earlier cases refunded or will refund."""
    within_paid: bool


FACT_TYPES: Mapping[str, Any] = {
    field.name: field.type for facts in (OrderFacts, LineFacts, QuoteFacts) for field in msgspec.structs.fields(facts)
}
FACTS = frozenset(FACT_TYPES)
"""Every name that a table may use. Another one would be null for ever, and its rule silent."""


def days_between(earlier: datetime | None, now: datetime) -> int | None:
    """Calendar days in Shanghai."""
    if earlier is None:
        return None
    return (now.astimezone(SHANGHAI).date() - earlier.astimezone(SHANGHAI).date()).days


def hours_between(earlier: datetime | None, now: datetime) -> int | None:
    """Elapsed hours, rounded up: at most 48 if and only if no more than 48 hours have passed."""
    return None if earlier is None else -((earlier - now) // HOUR)


def order_facts(terms: Terms, ask: Ask, *, is_whole_order: bool) -> OrderFacts:
    order = ask.order
    window = terms.window_days[ask.customer.level]
    reason = ask.reason
    return OrderFacts(
        flow=ask.flow.value,
        status=order.status.value,
        received=order.status in RECEIVED,
        reason=reason.value if reason else None,
        merchants_fault=reason in terms.merchants_fault,
        no_reason=reason is None or reason in terms.no_reason,
        evidence=ask.evidence.value,
        days=days_between(order.delivered_at, ask.now),
        hours=hours_between(order.delivered_at, ask.now),
        days_since_shipped=days_between(order.shipped_at, ask.now),
        days_since_paid=days_between(order.paid_at, ask.now),
        hours_since_paid=hours_between(order.paid_at, ask.now),
        window_days=window,
        freight_insurance=order.freight_insurance,
        whole_order=is_whole_order,
        changed_before=_is_changed_before(ask),
        invoiced=order.invoice is not None or any(c.kind is CaseKind.INVOICE for c in standing(ask.own_cases)),
        tax_id_ok=not ask.is_company or _is_tax_id_valid(ask),
        refunds_90d=ask.customer.refunds_90d,
        delivered_on=_date(order.delivered_at),
        shipped_on=_date(order.shipped_at),
        paid_on=_date(order.paid_at),
        window_ends_on=_date(order.delivered_at, plus=window),
    )


def line_facts(terms: Terms, ask: Ask, line: Line, asked: AskedLine, units: LineUnits, needed: int) -> LineFacts:
    """``needed``: units that this ask takes from the stock of the wanted spec, over all its lines."""
    tags = frozenset(line.tags)
    own = next((spec for spec in ask.current if spec.sku == line.sku), None)
    wanted = ask.target or own
    price_today = own.price_fen if own else line.unit_price_fen
    return LineFacts(
        asked=asked.quantity,
        free=units.free(ask.flow),
        fresh="fresh" in tags,
        clearance="clearance" in tags,
        electronics=line.category == "electronics",
        exempt=terms.is_exempt(tags),
        in_stock=_is_in_stock(wanted, needed),
        same_price=wanted is None or wanted.price_fen == line.unit_price_fen,
        lower_price=price_today < line.unit_price_fen,
        unit_price_fen=line.unit_price_fen,
        price_today_fen=price_today,
        cases=list(units.case_ids),
    )


def _is_in_stock(spec: Spec | None, needed: int) -> bool:
    """What the order system does not know counts as in stock."""
    return spec is None or spec.stock is None or spec.stock >= max(needed, 1)


def _is_changed_before(ask: Ask) -> bool:
    kinds = [change.kind for change in ask.order.changes] + [case.kind for case in standing(ask.own_cases)]
    return any(kind.value == ask.flow.value for kind in kinds)


def _is_tax_id_valid(ask: Ask) -> bool:
    if ask.is_tax_id_valid is not None:
        return ask.is_tax_id_valid
    return ask.tax_id is not None and is_valid_tax_id(ask.tax_id)


def _date(at: datetime | None, plus: int = 0) -> str | None:
    return None if at is None else (at.astimezone(SHANGHAI).date() + timedelta(days=plus)).isoformat()
