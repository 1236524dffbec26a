"""What the tables may read: facts computed from an ask by plain arithmetic, JSON-ready.

No names, phones, addresses or free words go in, so none can decide and none can leak through a trace.
"""

from datetime import datetime, timedelta
from typing import Any

from appliance.aftersales.orders.model import CaseKind, Line, OrderStatus, Spec
from appliance.aftersales.policy.model import Ask, AskedLine
from appliance.aftersales.policy.tax_id import is_valid_tax_id
from appliance.aftersales.policy.terms import Terms
from appliance.aftersales.policy.units import LineUnits, standing
from appliance.clock import SHANGHAI

RECEIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
HOUR = timedelta(hours=1)

ORDER_FACTS = frozenset(
    "flow status received reason merchants_fault no_reason evidence days hours days_since_shipped days_since_paid"
    " hours_since_paid window freight_insurance whole_order changed_before invoiced tax_id_ok refunds_90d".split()
)
LINE_FACTS = frozenset(
    "asked free fresh clearance electronics exempt in_stock same_price lower_price unit_price_fen".split()
)
QUOTE_FACTS = frozenset({"kind", "total_fen", "order_total_fen", "within_paid"})
FACTS = ORDER_FACTS | LINE_FACTS | QUOTE_FACTS
"""Every name that a table may use. Another one would be null for ever, and its rule silent."""

NO_LINE: dict[str, Any] = {"asked": 0, "free": 0, "in_stock": True, "same_price": True}
"""Line facts of a flow that asks for no units."""


def days_between(earlier: datetime | None, now: datetime) -> int | None:
    """Calendar days in Shanghai."""
    if earlier is None:
        return None
    return (now.astimezone(SHANGHAI).date() - earlier.astimezone(SHANGHAI).date()).days


def hours_between(earlier: datetime | None, now: datetime) -> int | None:
    """Elapsed hours, a begun one counted: at most 48 if and only if no more than 48 hours have passed."""
    return None if earlier is None else -((earlier - now) // HOUR)


def order_facts(terms: Terms, ask: Ask, *, is_whole_order: bool) -> dict[str, Any]:
    order = ask.order
    window = terms.window_days[ask.customer.level]
    reason = ask.reason
    return {
        "flow": ask.flow.value,
        "status": order.status.value,
        "received": order.status in RECEIVED,
        "reason": reason.value if reason else None,
        "merchants_fault": reason in terms.merchants_fault,
        "no_reason": reason is None or reason in terms.no_reason,
        "evidence": ask.evidence.value,
        "days": days_between(order.delivered_at, ask.now),
        "hours": hours_between(order.delivered_at, ask.now),
        "days_since_shipped": days_between(order.shipped_at, ask.now),
        "days_since_paid": days_between(order.paid_at, ask.now),
        "hours_since_paid": hours_between(order.paid_at, ask.now),
        "window": window,
        "freight_insurance": order.freight_insurance,
        "whole_order": is_whole_order,
        "changed_before": _changed_before(ask),
        "invoiced": order.invoice is not None or _has_own(ask, CaseKind.INVOICE),
        "tax_id_ok": not ask.is_company or _is_tax_id_valid(ask),
        "refunds_90d": ask.customer.refunds_90d,
        "delivered_on": _date(order.delivered_at),
        "shipped_on": _date(order.shipped_at),
        "paid_on": _date(order.paid_at),
        "window_ends_on": _date(order.delivered_at, plus=window),
    }


def line_facts(terms: Terms, ask: Ask, line: Line, asked: AskedLine, units: LineUnits, needed: int) -> dict[str, Any]:
    """``needed``: units that this ask takes from the stock of the wanted spec, over all its lines."""
    tags = frozenset(line.tags)
    own = next((spec for spec in ask.current if spec.sku == line.sku), None)
    wanted = ask.target or own
    price_today = own.price_fen if own else line.unit_price_fen
    return {
        "asked": asked.quantity,
        "free": units.free(ask.flow),
        "fresh": "fresh" in tags,
        "clearance": "clearance" in tags,
        "electronics": line.category == "electronics",
        "exempt": terms.is_exempt(tags),
        "in_stock": _is_in_stock(wanted, needed),
        "same_price": wanted is None or wanted.price_fen == line.unit_price_fen,
        "lower_price": price_today < line.unit_price_fen,
        "unit_price_fen": line.unit_price_fen,
        "price_today_fen": price_today,
        "cases": list(units.case_ids),
    }


def _is_in_stock(spec: Spec | None, needed: int) -> bool:
    """What the order system does not know counts as in stock."""
    return spec is None or spec.stock is None or spec.stock >= max(needed, 1)


def _changed_before(ask: Ask) -> bool:
    kinds = [change.kind for change in ask.order.changes] + [case.kind for case in standing(ask.own_cases)]
    return any(kind.value == ask.flow.value for kind in kinds)


def _has_own(ask: Ask, kind: CaseKind) -> bool:
    return any(case.kind is kind for case in standing(ask.own_cases))


def _is_tax_id_valid(ask: Ask) -> bool:
    if ask.is_tax_id_valid is not None:
        return ask.is_tax_id_valid
    return ask.tax_id is not None and is_valid_tax_id(ask.tax_id)


def _date(at: datetime | None, plus: int = 0) -> str | None:
    return None if at is None else (at.astimezone(SHANGHAI).date() + timedelta(days=plus)).isoformat()
