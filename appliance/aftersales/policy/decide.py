"""The ruling on an ask: gates G2-G4, the flow's table, gates G5, G6, and the quote for what is approved.

Pure and synchronous. G1 (whose order, verified or not) is decided by identity before anything is asked here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from appliance.aftersales.orders.model import CaseKind, FreightPayer, Line
from appliance.aftersales.policy.facts import NO_LINE, line_facts, order_facts
from appliance.aftersales.policy.model import (
    Ask,
    AskedLine,
    Decision,
    LineDecision,
    Offer,
    Quote,
    Ruling,
    Verdict,
)
from appliance.aftersales.policy.pack import GATES_AFTER, GATES_BEFORE, PolicyPack
from appliance.aftersales.policy.quote import earlier_refunds_fen, make_quote, paid_fen
from appliance.aftersales.policy.table import Hit, Row
from appliance.aftersales.policy.units import LineUnits, units_of
from appliance.errors import InvalidInput
from appliance.ids import LineId
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

ORDER = LineId("")
"""Stands for the order where no line is asked for."""

PRECEDENCE = (
    Verdict.REDIRECT,
    Verdict.ASK_EVIDENCE,
    Verdict.HAND_OFF,
    Verdict.ASK_TAX_ID,
    Verdict.ANSWER,
    Verdict.APPROVE,
    Verdict.REFUSE,
)
"""Of several lines, the verdict that decides for all: one hand-off hands off all, one question is asked first."""


class _Decided(msgspec.Struct, frozen=True):
    """A line with what was found for it."""

    asked: AskedLine
    facts: dict[str, Any]
    hit: Hit

    @property
    def row(self) -> Row:
        return self.hit.row


def evaluate(pack: PolicyPack, ask: Ask) -> Ruling:
    """Raises InvalidInput for an ask that makes no sense: a flow without a table, a line that is not of the order."""
    asked = _asked_lines(pack, ask)
    units = units_of(ask.order, ask.own_cases, ask.held)
    facts = order_facts(pack.terms, ask, is_whole_order=_is_whole_order(asked, ask, units))
    decided = [_decide_line(pack, facts, line, found) for line, found in _line_facts(pack, ask, asked, units)]
    decision = _combine(pack, ask, facts, decided)
    if decision.verdict is not Verdict.APPROVE:
        return Ruling(decision=decision)
    return _settle(pack, ask, decision, decided, units)


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


def _is_whole_order(asked: Sequence[AskedLine], ask: Ask, units: Mapping[str, LineUnits]) -> bool:
    """Every unit of the order is asked for and free."""
    quantities = {line.line_id: line.quantity for line in asked}
    return all(quantities.get(line_id) == known.quantity == known.free(ask.flow) for line_id, known in units.items())


def _line_facts(
    pack: PolicyPack, ask: Ask, asked: Sequence[AskedLine], units: Mapping[str, LineUnits]
) -> list[tuple[AskedLine, dict[str, Any]]]:
    if not asked:
        return [(AskedLine(line_id=ORDER, quantity=0), NO_LINE)]
    lines = {line.line_id: line for line in ask.order.lines}
    served = [line for line in asked if line.quantity <= units[line.line_id].free(ask.flow)]
    return [
        (
            line,
            line_facts(
                pack.terms,
                ask,
                lines[line.line_id],
                line,
                units[line.line_id],
                _units_needed(ask, lines, served, lines[line.line_id]),
            ),
        )
        for line in asked
    ]


def _units_needed(ask: Ask, lines: Mapping[LineId, Line], served: Sequence[AskedLine], line: Line) -> int:
    """Units that the stock must hold for this ask: of the one target, or of this line's own spec."""
    return sum(each.quantity for each in served if ask.target or lines[each.line_id].sku == line.sku)


def _decide_line(pack: PolicyPack, facts: dict[str, Any], asked: AskedLine, found: dict[str, Any]) -> _Decided:
    known = {**facts, **found}
    hit = pack.decide(GATES_BEFORE, known)
    if hit.row.verdict is None:
        hit = pack.decide(pack.terms.tables[Flow(facts["flow"])], known)
    return _Decided(asked, found, hit)


def _combine(pack: PolicyPack, ask: Ask, facts: dict[str, Any], decided: Sequence[_Decided]) -> Decision:
    verdict = next(each for each in PRECEDENCE if any(line.row.verdict is each for line in decided))
    leading = [line for line in decided if line.row.verdict is verdict]
    row = leading[0].row
    if verdict is Verdict.APPROVE:
        # One case has one kind: lines that would need two cases go to a person.
        other = next((line.row for line in leading if line.row.kind is not row.kind), None)
        if other:
            verdict, row = Verdict.HAND_OFF, other
    lines = _line_decisions(decided, verdict)
    offers = [offer for line in lines for offer in line.offers] if verdict is Verdict.REFUSE else []
    return Decision(
        flow=ask.flow,
        order_id=ask.order.order_id,
        verdict=verdict,
        rule=row.rule,
        refusal=row.refusal if verdict is Verdict.REFUSE else None,
        kind=row.kind if verdict is Verdict.APPROVE else None,
        freight_payer=row.freight if verdict is Verdict.APPROVE else FreightPayer.NONE,
        offers=tuple(dict.fromkeys(offers)),
        lines=lines,
        redirect=row.redirect,
        needs_work_order=row.work_order,
        facts={**facts, "lines": {line.asked.line_id: line.facts for line in decided if line.asked.line_id}},
        trace={line.asked.line_id: _trace(line.hit) for line in decided},
        policy=pack.id,
    )


def _line_decisions(decided: Sequence[_Decided], verdict: Verdict) -> tuple[LineDecision, ...]:
    """A hand-off hands off what would have been approved with it."""
    return tuple(
        LineDecision(
            line_id=line.asked.line_id,
            quantity=line.asked.quantity,
            verdict=verdict if line.row.verdict is Verdict.APPROVE else line.row.verdict or verdict,
            rule=line.row.rule,
            refusal=line.row.refusal,
            offers=_offers(line),
        )
        for line in decided
        if line.asked.line_id
    )


def _offers(line: _Decided) -> tuple[Offer, ...]:
    rest = (Offer(quantity=line.facts["free"]),) if line.row.offers_rest else ()
    return (*line.row.offers, *rest)


def _trace(hit: Hit) -> dict[str, Any]:
    return {"table": hit.table, "row": hit.row.row_id, "law": hit.row.law, "read": hit.read}


def _settle(
    pack: PolicyPack, ask: Ask, decision: Decision, decided: Sequence[_Decided], units: Mapping[str, LineUnits]
) -> Ruling:
    """The quote for what was approved, unless G5 or G6 hands it off."""
    approved = [line for line in decided if line.row.verdict is Verdict.APPROVE]
    row = approved[0].row
    if row.covers_order:
        decision, quoted = _widen(decision, ask, row, units)
    else:
        quoted = [line.asked for line in approved if line.asked.line_id]
    quote = make_quote(pack.terms, ask, quoted, kind=_kind(row), freight_payer=decision.freight_payer, units=units)
    facts = {**decision.facts, **_quote_facts(ask, quote)}
    gate = pack.decide(GATES_AFTER, facts)
    trace = {**decision.trace, "quote": _trace(gate)}
    if gate.row.verdict is None:
        return Ruling(decision=msgspec.structs.replace(decision, facts=facts, trace=trace), quote=quote)
    lines = tuple(
        msgspec.structs.replace(line, verdict=gate.row.verdict) if line.verdict is Verdict.APPROVE else line
        for line in decision.lines
    )
    return Ruling(
        decision=msgspec.structs.replace(
            decision,
            verdict=gate.row.verdict,
            rule=gate.row.rule,
            kind=None,
            freight_payer=FreightPayer.NONE,
            needs_work_order=False,
            lines=lines,
            facts=facts,
            trace=trace,
        )
    )


def _kind(row: Row) -> CaseKind:
    assert row.kind is not None  # noqa: S101 - the pack was refused otherwise
    return row.kind


def _widen(decision: Decision, ask: Ask, row: Row, units: Mapping[str, LineUnits]) -> tuple[Decision, list[AskedLine]]:
    """An approval that covers the whole order (O1): all units that are free, asked for or not."""
    free = {line.line_id: units[line.line_id].free(ask.flow) for line in ask.order.lines}
    quoted = [AskedLine(line_id=line_id, quantity=quantity) for line_id, quantity in free.items() if quantity]
    covered = tuple(
        LineDecision(line_id=line.line_id, quantity=line.quantity, verdict=Verdict.APPROVE, rule=row.rule)
        for line in quoted
    )
    refused = tuple(line for line in decision.lines if not free[line.line_id])
    return msgspec.structs.replace(decision, lines=(*covered, *refused)), quoted


def _quote_facts(ask: Ask, quote: Quote) -> dict[str, Any]:
    earlier = earlier_refunds_fen(ask)
    return {
        "kind": quote.kind.value,
        "total_fen": quote.total_fen,
        "order_total_fen": quote.total_fen + earlier,
        "within_paid": quote.total_fen + earlier <= paid_fen(ask.order),
    }
