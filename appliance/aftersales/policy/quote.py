"""Quotes: what exactly a customer says yes to, in integer fen. Nothing is rounded, nothing is paid twice."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import rfc8785

from appliance.aftersales.orders.model import CaseKind, Line, Order, OrderStatus
from appliance.aftersales.policy.facts import RECEIVED
from appliance.aftersales.policy.model import Ask, AskedLine, Decision, Quote, QuoteLine
from appliance.aftersales.policy.terms import Terms
from appliance.aftersales.policy.units import REFUNDING, LineUnits, coupons_of, standing


def make_quote(
    terms: Terms, ask: Ask, lines: Sequence[AskedLine], decision: Decision, units: Mapping[str, LineUnits]
) -> Quote:
    """The quote for the approved lines. Units leave in order, after those already refunded."""
    order, kind = ask.order, decision.kind
    if kind is None:
        raise ValueError("only an approval is quoted")
    goods, freight = [_free_line(_line(order, asked), asked.quantity) for asked in lines], 0
    if kind in REFUNDING and order.status is not OrderStatus.UNPAID:
        goods, freight = _refunded_lines(order, lines, units), _freight(terms, ask, lines, units)
    elif kind is CaseKind.PRICE_PROTECTION:
        goods = [_protected_line(ask, _line(order, asked), asked.quantity) for asked in lines]
    goods_fen = sum(line.refund_fen for line in goods)
    return seal(
        Quote(
            flow=ask.flow,
            kind=kind,
            order_id=order.order_id,
            lines=tuple(goods),
            goods_fen=goods_fen,
            freight_fen=freight,
            total_fen=goods_fen + freight,
            freight_payer=decision.freight_payer,
            arrival=_arrival(kind, goods_fen + freight),
            paid_by=order.paid_by,
            reason=ask.reason,
            target_sku=_target_sku(ask, kind, goods),
        )
    )


def seal(quote: Quote) -> Quote:
    """The same quote with its hash: SHA-256 over every other field in canonical JSON (RFC 8785)."""
    fields: dict[str, Any] = msgspec.to_builtins(quote)
    del fields["hash"]
    return msgspec.structs.replace(quote, hash=hashlib.sha256(rfc8785.dumps(fields)).hexdigest())


def with_details(quote: Quote, details: Mapping[str, str]) -> Quote:
    """The quote with further words that are agreed to, and so with another hash."""
    return seal(msgspec.structs.replace(quote, details={**quote.details, **details}))


def earlier_refunds_fen(ask: Ask) -> int:
    """What this order's earlier cases refunded or will refund."""
    return sum(case.refund_fen for case in standing((*ask.order.cases, *ask.own_cases)))


def paid_fen(order: Order) -> int:
    """Nothing without a time of payment, whatever the status: cancelled before it was paid, cash on delivery."""
    if order.status is OrderStatus.UNPAID or order.paid_at is None:
        return 0
    return sum(line.unit_price_fen * line.quantity for line in order.lines) - order.coupon_fen + order.freight_fen


def _line(order: Order, asked: AskedLine) -> Line:
    return next(line for line in order.lines if line.line_id == asked.line_id)


def _refunded_lines(order: Order, lines: Sequence[AskedLine], units: Mapping[str, LineUnits]) -> list[QuoteLine]:
    coupons = coupons_of(order)
    return [
        _refunded_line(_line(order, asked), asked.quantity, coupons[asked.line_id], units[asked.line_id])
        for asked in lines
    ]


def _refunded_line(line: Line, quantity: int, coupons: Sequence[int], units: LineUnits) -> QuoteLine:
    price, leaving = line.unit_price_fen, units.left[:quantity]
    protected = [min(price - coupons[place], units.paid_back(place)) for place in leaving]
    gross, coupon, protection = price * quantity, sum(coupons[place] for place in leaving), sum(protected)
    return QuoteLine(
        line_id=line.line_id,
        title=line.title,
        quantity=quantity,
        gross_fen=gross,
        coupon_fen=coupon,
        protected_fen=protection,
        refund_fen=gross - coupon - protection,
    )


def _protected_line(ask: Ask, line: Line, quantity: int) -> QuoteLine:
    today = next((spec.price_fen for spec in ask.current if spec.sku == line.sku), line.unit_price_fen)
    difference = max(0, line.unit_price_fen - today) * quantity
    return QuoteLine(
        line_id=line.line_id,
        title=line.title,
        quantity=quantity,
        gross_fen=difference,
        coupon_fen=0,
        refund_fen=difference,
    )


def _free_line(line: Line, quantity: int) -> QuoteLine:
    return QuoteLine(line_id=line.line_id, title=line.title, quantity=quantity, gross_fen=0, coupon_fen=0, refund_fen=0)


def _freight(terms: Terms, ask: Ask, lines: Sequence[AskedLine], units: Mapping[str, LineUnits]) -> int:
    """Refunded once, by the case that completes the refund of every unit, if the parcel was never shipped or
    received, or this case's reason is the merchant's fault."""
    leaving: dict[str, int] = {asked.line_id: asked.quantity for asked in lines}
    is_complete = all(known.refunded + leaving.get(line_id, 0) == known.quantity for line_id, known in units.items())
    is_due = ask.order.status not in RECEIVED or ask.reason in terms.merchants_fault
    return ask.order.freight_fen if is_complete and is_due else 0


def _arrival(kind: CaseKind, total_fen: int) -> str:
    if total_fen == 0:
        return "none"
    return "after_inspection" if kind is CaseKind.RETURN_REFUND else "within_days"


def _target_sku(ask: Ask, kind: CaseKind, lines: Sequence[QuoteLine]) -> str | None:
    """The spec asked for; an exchange that names none is for the same spec again."""
    if kind not in (CaseKind.EXCHANGE, CaseKind.CHANGE_SPEC):
        return None
    if ask.target:
        return ask.target.sku
    skus = {line.sku for line in ask.order.lines if line.line_id in {quoted.line_id for quoted in lines}}
    return skus.pop() if len(skus) == 1 else None
