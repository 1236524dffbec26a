"""The ruling on an ask: gates G2-G4, the flow's table, gates G5 and G6, and the quote for what is approved.

No table can approve more than was paid: that bound stands here. Pure and synchronous. G1 (whose order, verified or not)
is decided by identity before anything is asked here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from appliance.aftersales.orders.model import FreightPayer
from appliance.aftersales.policy.combine import ORDER, DecidedLine, approved_lines, combine, trace_of
from appliance.aftersales.policy.facts import LineFacts, OrderFacts, QuoteFacts, line_facts, order_facts
from appliance.aftersales.policy.model import Ask, AskedLine, Decision, Quote, Ruling, Verdict
from appliance.aftersales.policy.pack import GATES_AFTER, GATES_BEFORE, PolicyPack
from appliance.aftersales.policy.quote import earlier_refunds_fen, make_quote, paid_fen
from appliance.aftersales.policy.units import LineUnits, units_of
from appliance.errors import InvalidInput
from models.commands import Flow

UNIT_FLOWS = frozenset(
    {
        Flow.RETURN_REFUND,
        Flow.REFUND_ONLY,
        Flow.CANCEL_ORDER,
        Flow.EXCHANGE,
        Flow.RESEND,
        Flow.REPAIR,
        Flow.PRICE_PROTECTION,
        Flow.CHANGE_SPEC,
    }
)
"""Flows that ask for units of lines. The others are about the order, or about no order at all."""

Units = Mapping[str, LineUnits]

BEYOND_PAID: Final = "D2"
"""The rule of a quote that comes, with earlier cases, to more than was paid, whatever the pack's tables say."""
_BOUND: Final = "Together with earlier cases more than was paid: a person decides, in every pack."


def evaluate(pack: PolicyPack, ask: Ask) -> Ruling:
    """Raises InvalidInput for an ask that makes no sense: a flow without a table, a line that is not of the order."""
    asked = _asked_lines(pack, ask)
    units = units_of(ask.order, ask.own_cases, ask.held)
    facts = order_facts(pack.terms, ask, is_whole_order=_is_whole_order(ask, asked, units))
    decided = [_decide_line(pack, ask.flow, facts, *found) for found in _line_facts(pack, ask, asked, units)]
    decision = combine(pack.id, ask, facts, decided)
    if decision.verdict is not Verdict.APPROVE:
        return Ruling(decision=decision)
    decision, lines = approved_lines(ask, decision, decided, units)
    quote = make_quote(pack.terms, ask, lines, decision, units)
    return _pass_gates_after(pack, ask, decision, quote)


def _asked_lines(pack: PolicyPack, ask: Ask) -> tuple[AskedLine, ...]:
    if ask.flow not in pack.terms.tables:
        raise InvalidInput(f"flow {ask.flow} has no table; policy decides {', '.join(sorted(pack.terms.tables))}")
    if ask.now.tzinfo is None:
        raise InvalidInput("the time of an ask must carry its zone")
    if ask.flow not in UNIT_FLOWS:
        return ()
    asked = ask.lines or tuple(AskedLine(line_id=line.line_id, quantity=line.quantity) for line in ask.order.lines)
    known = {line.line_id for line in ask.order.lines}
    if not asked or len({line.line_id for line in asked}) != len(asked):
        raise InvalidInput("an ask names each line once, and at least one")
    for line in asked:
        if line.line_id not in known:
            raise InvalidInput(f"the order has no line {line.line_id!r}")
        if line.quantity < 1:
            raise InvalidInput(f"line {line.line_id!r}: quantity must be at least 1")
    return asked


def _is_whole_order(ask: Ask, asked: Sequence[AskedLine], units: Units) -> bool:
    """Every unit of the order is asked for and free."""
    quantities: dict[str, int] = {line.line_id: line.quantity for line in asked}
    return all(quantities.get(line_id) == known.quantity == known.free(ask.flow) for line_id, known in units.items())


def _line_facts(
    pack: PolicyPack, ask: Ask, asked: Sequence[AskedLine], units: Units
) -> list[tuple[AskedLine, LineFacts]]:
    if not asked:
        return [(AskedLine(line_id=ORDER, quantity=0), LineFacts())]
    lines = {line.line_id: line for line in ask.order.lines}
    served = [line for line in asked if line.quantity <= units[line.line_id].free(ask.flow)]

    def needed(sku: str) -> int:
        return sum(line.quantity for line in served if ask.target or lines[line.line_id].sku == sku)

    found = []
    for line in asked:
        of_order, known = lines[line.line_id], units[line.line_id]
        found.append((line, line_facts(pack.terms, ask, of_order, line, known, needed(of_order.sku))))
    return found


def _decide_line(pack: PolicyPack, flow: Flow, order: OrderFacts, asked: AskedLine, line: LineFacts) -> DecidedLine:
    facts: dict[str, Any] = msgspec.structs.asdict(order) | msgspec.structs.asdict(line)
    hit = pack.decide(GATES_BEFORE, facts)
    if hit.row.verdict is None:
        hit = pack.decide(pack.terms.tables[flow], facts)
    return DecidedLine(asked, line, hit)


def _pass_gates_after(pack: PolicyPack, ask: Ask, decision: Decision, quote: Quote) -> Ruling:
    """G5 and G6 turn an approval into a hand-off of the whole quote."""
    earlier = earlier_refunds_fen(ask)
    found = QuoteFacts(
        kind=quote.kind.value,
        total_fen=quote.total_fen,
        order_total_fen=quote.total_fen + earlier,
        within_paid=quote.total_fen + earlier <= paid_fen(ask.order),
    )
    facts = decision.facts | msgspec.structs.asdict(found)
    hit = pack.decide(GATES_AFTER, facts)
    decision = msgspec.structs.replace(decision, facts=facts, trace=decision.trace | {"quote": trace_of(hit)})
    if hit.row.verdict is not None:
        return Ruling(decision=_turned(decision, hit.row.verdict, hit.row.rule))
    if quote.total_fen > 0 and not found.within_paid:
        return Ruling(decision=_turned(_bounded(decision, found), Verdict.HAND_OFF, BEYOND_PAID))
    return Ruling(decision=decision, quote=quote)


def _bounded(decision: Decision, found: QuoteFacts) -> Decision:
    """With the bound in its trace, as a row of a table stands there."""
    bound = {"table": GATES_AFTER, "row": BEYOND_PAID, "law": _BOUND, "read": msgspec.structs.asdict(found)}
    return msgspec.structs.replace(decision, trace=decision.trace | {"bound": bound})


def _turned(decision: Decision, verdict: Verdict, rule: str) -> Decision:
    lines = tuple(
        msgspec.structs.replace(line, verdict=verdict) if line.verdict is Verdict.APPROVE else line
        for line in decision.lines
    )
    return msgspec.structs.replace(
        decision,
        verdict=verdict,
        rule=rule,
        kind=None,
        freight_payer=FreightPayer.NONE,
        needs_work_order=False,
        lines=lines,
    )
