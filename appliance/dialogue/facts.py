"""Facts as replies and conditions read them: plain words and numbers out of orders, quotes and decisions."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any

from appliance.aftersales.cases import withdrawal as withdrawals
from appliance.aftersales.cases.rules import PENDING
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, CaseStatus, Order, OrderCase, OrderStatus
from appliance.aftersales.policy.model import Decision, Quote, QuoteLine, Ruling, Verdict
from appliance.aftersales.policy.units import KEEPING, REFUNDING
from appliance.clock import SHANGHAI
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, OrderFacts, ReadOrder, Result
from appliance.errors import OrderSystemUnavailable

PAYING = frozenset({*REFUNDING, CaseKind.PRICE_PROTECTION, CaseKind.GOODWILL})
"""Kinds of cases by which money comes back."""
SERVICES = PAYING | KEEPING
"""Kinds of cases that their customer asks after."""
_UNDER_WAY = frozenset({PENDING, "awaiting_parcel", "inspecting", "refunding"})


def order(draft: Draft) -> Generator[Effect, Result, OrderFacts]:
    """The order of the top request, read once a turn."""
    return (yield from order_of(draft, draft.slot("order")))


def order_of(draft: Draft, order_id: str) -> Generator[Effect, Result, OrderFacts]:
    """One of the customer's own, read once a turn."""
    if order_id not in draft.facts:
        found = yield ReadOrder(order_id=order_id)
        if not isinstance(found, OrderFacts):
            raise OrderSystemUnavailable("an order that was the customer's own is not shown any more")
        draft.facts[order_id] = found
    return draft.facts[order_id]


def scope(draft: Draft) -> dict[str, Any]:
    """What a flow's ``when`` expression may read."""
    known = draft.facts.get(draft.slot("order") or "")
    ruling = draft.top.ruling
    return {
        "slots": draft.top.slots,
        "order": _order_scope(draft, known) if known else {},
        "ruling": {"verdict": ruling.decision.verdict, "rule": ruling.decision.rule} if ruling else {},
        "identity": {"is_verified": draft.identity.customer_id is not None},
    }


def _order_scope(draft: Draft, known: OrderFacts) -> dict[str, Any]:
    """``free``: units of the lines chosen so far, or of all, that stand in no case."""
    chosen = [line for line in draft.slot("line") or () if line in known.free]
    lines = chosen or known.free
    return {
        "status": known.order.status,
        "lines": len(known.order.lines),
        "free": sum(known.free.get(line, 0) for line in lines),
        "invoiced": known.order.invoice is not None,
        "changes": [change.kind.value for change in known.order.changes],
    }


def day(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日"


def moment(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local.hour}:{local.minute:02d}"


def titles(found: Order, line_ids: tuple[str, ...] | None = None) -> list[str]:
    return [line.title for line in found.lines if line_ids is None or line.line_id in line_ids]


def quote(it: Quote, shown: Mapping[str, str]) -> dict[str, Any]:
    """What a quote shows: lines, price, coupon share, freight, who sends things back at whose cost, total, arrival.

    ``shown``: of the placeholders among its details, as much as may be written on a screen.
    """
    return {
        "order_id": it.order_id,
        "lines": [_quoted(it.kind, line) for line in it.lines],
        "breakdown": _breakdown(it),
        "total_fen": it.total_fen,
        "freight_payer": it.freight_payer,
        "arrival": it.arrival,
        "paid_by": it.paid_by,
        "details": {**it.details, **shown},
    }


def own_words(it: Quote, shown: Mapping[str, str]) -> dict[str, str]:
    """Of a new address that he is to agree to: only whole can the customer see a wrong door."""
    part = shown.get("address")
    return {part: it.details["address"]} if part and "address" in it.details else {}


def _quoted(kind: CaseKind, line: QuoteLine) -> dict[str, Any]:
    told: dict[str, Any] = {"part": "quote_line", "title": line.title, "quantity": line.quantity}
    if kind is CaseKind.PRICE_PROTECTION:
        return told | {"part": "protected_line", "difference_fen": line.gross_fen // line.quantity}
    return told


def _breakdown(it: Quote) -> list[dict[str, Any]]:
    """The sum in its parts; a part that is nothing is said to be nothing, or left out where it never was."""
    coupon_fen = sum(line.coupon_fen for line in it.lines)
    protected_fen = sum(line.protected_fen for line in it.lines)
    parts: list[dict[str, Any]] = [
        {"part": "goods", "goods_fen": sum(line.gross_fen for line in it.lines)},
        {"part": "freight", "freight_fen": it.freight_fen} if it.freight_fen else {"part": "no_freight"},
    ]
    if coupon_fen:
        parts.insert(1, {"part": "coupon", "coupon_fen": coupon_fen})
    if protected_fen:
        parts.insert(-1, {"part": "protected", "protected_fen": protected_fen})
    return parts


def refused_lines(ruling: Ruling, found: Order) -> list[dict[str, Any]]:
    """Lines that were refused while others were approved, each with its reason."""
    refused = []
    for decision in ruling.decision.lines:
        line = found.line(decision.line_id)
        if decision.verdict is Verdict.REFUSE and line is not None:
            refused.append({"part": "refused_line", "title": line.title, "refusal": decision.refusal})
    return refused


def refusal(decision: Decision, found: OrderFacts, at: datetime) -> dict[str, Any]:
    """Everything that the wording of a refusal may need."""
    order_ = found.order
    _, traced = trace(found, at)
    return {
        **traced,
        "order_id": order_.order_id,
        "titles": titles(order_, tuple(line.line_id for line in decision.lines) or None),
        "delivered_on": day(order_.delivered_at),
        "status": order_.status,
        "flow": decision.flow,
        "later": [{"part": "after_receipt"}] if any(o.after_receipt for o in decision.offers) else None,
        "days": decision.facts.get("days"),
        "window_days": decision.facts.get("window_days"),
        "left": next((o.quantity for o in decision.offers if o.quantity), None),
        "progress": _progress_of(decision, found),
    }


def _progress_of(decision: Decision, found: OrderFacts) -> list[dict[str, Any]] | None:
    """Where the case stands that has the refused units, if anybody knows and there are words for it."""
    asked = decision.facts.get("lines", {}).values()
    holding = {case_id for line in asked for case_id in line["cases"]}
    cases = [case for case in (*found.order.cases, *found.own) if case.case_id in holding]
    running = [case for case in cases if case.status is CaseStatus.OPEN and case.stage in _UNDER_WAY]
    if not running:
        return None
    expected = day(running[-1].expected_at)
    part = "case_stage_until" if expected else "case_stage"
    return [{"part": part, "stage": running[-1].stage, "expected_on": expected}]


def trace(found: OrderFacts, _at: datetime) -> tuple[str, dict[str, Any]]:
    order_ = found.order
    last = order_.trace[-1] if order_.trace else None
    told: dict[str, Any] = {
        "order_id": order_.order_id,
        "titles": titles(order_),
        "carrier": order_.carrier or "",
        "tracking_no": order_.tracking_no or "",
        "delivered_on": day(order_.delivered_at),
        "shipped_on": day(order_.shipped_at),
        "last": {"at": moment(last.at), "place": last.place, "text": last.text} if last else None,
    }
    match order_.status:
        case OrderStatus.DELIVERED | OrderStatus.COMPLETED:
            return "delivered", told
        case OrderStatus.SHIPPED:
            return ("moving" if last else "no_trace"), told
    return order_.status.value, told


def status(found: OrderFacts, at: datetime) -> tuple[str, dict[str, Any]]:
    _, told = trace(found, at)
    return str(found.order.status), {**told, "paid_on": day(found.order.paid_at)}


def refunds(found: OrderFacts, _at: datetime) -> tuple[str, dict[str, Any]]:
    """The cases of the order that may be asked after, those with no word of the order system yet among them."""
    shown = (*found.order.cases, *found.own)
    cases = [case for case in shown if case.kind in SERVICES and case.status is not CaseStatus.WITHDRAWN]
    cases = [case for case in cases if case.refund_fen or case.kind in KEEPING]
    told: dict[str, Any] = {"order_id": found.order.order_id, "titles": titles(found.order)}
    if not cases:
        return "none", told
    if len(cases) > 1:
        return "several", {**told, "services": [_service(found.order, case) for case in cases]}
    return _service_stage(cases[0]), {**told, **_service(found.order, cases[0])}


def _service(order_: Order, case: OrderCase) -> dict[str, Any]:
    in_case = tuple(line.line_id for line in case.lines)
    return {
        "part": f"refunds_{_service_stage(case)}",
        "titles": titles(order_, in_case or None),
        "case_kind": case.kind,
        "refund_fen": case.refund_fen,
        "paid_to": case.paid_to or order_.paid_by or "",
        "expected_on": day(case.expected_at),
        "finished_on": day(case.finished_at),
    }


def _service_stage(case: OrderCase) -> str:
    """Of what brings no money back: ``goods_``."""
    of_goods = "goods_" if case.kind in KEEPING else ""
    if case.status in (CaseStatus.FINISHED, CaseStatus.REJECTED):
        return of_goods + case.status
    known = _UNDER_WAY - {"refunding"} | {"reshipped"} if of_goods else _UNDER_WAY
    return of_goods + (case.stage if case.stage in known else "open")


def withdrawal(found: OrderFacts, _at: datetime) -> tuple[str, dict[str, Any]]:
    """Why the case that was meant to be taken back cannot go."""
    cases = withdrawals.taken_back_first(found.order)
    if not cases:
        return "none", {}
    case = cases[-1]
    in_case = tuple(line.line_id for line in case.lines)
    return withdrawals.standing(case), {
        "order_id": found.order.order_id,
        "titles": titles(found.order, in_case or None),
        "case_kind": case.kind,
    }


def return_address(found: OrderFacts, case: OrderCase) -> dict[str, Any]:
    in_case = tuple(line.line_id for line in case.lines)
    return {
        "case_id": case.case_id,
        "case_kind": case.kind,
        "titles": titles(found.order, in_case or None),
        "return_address": found.return_addresses.get(case.case_id, ""),
    }


TELL: dict[str, Callable[[OrderFacts, datetime], tuple[str, dict[str, Any]]]] = {
    "order": status,
    "trace": trace,
    "refunds": refunds,
    "withdrawal": withdrawal,
}


def receipt(it: CaseReceipt) -> dict[str, Any]:
    return {
        "case_id": it.case_id,
        "kind": it.kind,
        "refund_fen": it.refund_fen,
        "expected_on": day(it.expected_at),
        "return_address": it.return_address or "",
    }
