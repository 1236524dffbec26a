"""Several lines decided one by one become one decision: what is approved is quoted, what is refused is named,
one hand-off hands off all, and a question that one line needs is asked first."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from appliance.aftersales.orders.model import FreightPayer
from appliance.aftersales.policy.facts import LineFacts, OrderFacts
from appliance.aftersales.policy.model import Ask, AskedLine, Decision, LineDecision, Offer, Verdict
from appliance.aftersales.policy.table import Hit, Row
from appliance.aftersales.policy.units import LineUnits
from appliance.ids import LineId

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


class DecidedLine(msgspec.Struct, frozen=True):
    asked: AskedLine
    facts: LineFacts
    hit: Hit

    @property
    def row(self) -> Row:
        return self.hit.row


def combine(policy: str, ask: Ask, facts: OrderFacts, decided: Sequence[DecidedLine]) -> Decision:
    verdict, row = _leading(decided)
    is_approved, is_refused = verdict is Verdict.APPROVE, verdict is Verdict.REFUSE
    lines = tuple(_line_decision(line, verdict) for line in decided if line.asked.line_id != ORDER)
    return Decision(
        flow=ask.flow,
        order_id=ask.order.order_id,
        verdict=verdict,
        rule=row.rule,
        refusal=row.refusal if is_refused else None,
        kind=row.kind if is_approved else None,
        freight_payer=row.freight if is_approved else FreightPayer.NONE,
        offers=tuple(dict.fromkeys(offer for line in lines for offer in line.offers)) if is_refused else (),
        lines=lines,
        redirect=row.redirect,
        needs_work_order=row.work_order,
        facts=msgspec.to_builtins(facts)
        | {"lines": {line.asked.line_id: msgspec.to_builtins(line.facts) for line in decided if line.asked.quantity}},
        trace={line.asked.line_id or "order": trace_of(line.hit) for line in decided},
        policy=policy,
    )


def approved_lines(
    ask: Ask, decision: Decision, decided: Sequence[DecidedLine], units: Mapping[str, LineUnits]
) -> tuple[Decision, list[AskedLine]]:
    """The lines to quote. A row may cover the whole order (O1): then all its free units, asked for or not."""
    approved = [line for line in decided if line.row.verdict is Verdict.APPROVE]
    row = approved[0].row
    if not row.covers_order:
        return decision, [line.asked for line in approved if line.asked.line_id != ORDER]
    free = {line.line_id: units[line.line_id].free(ask.flow) for line in ask.order.lines}
    quoted = [AskedLine(line_id=line_id, quantity=quantity) for line_id, quantity in free.items() if quantity]
    covered = tuple(
        LineDecision(line_id=line.line_id, quantity=line.quantity, verdict=Verdict.APPROVE, rule=row.rule)
        for line in quoted
    )
    refused = tuple(line for line in decision.lines if not free[line.line_id])
    return msgspec.structs.replace(decision, lines=covered + refused), quoted


def trace_of(hit: Hit) -> dict[str, Any]:
    return {"table": hit.table, "row": hit.row.row_id, "law": hit.row.law, "read": hit.read}


def _leading(decided: Sequence[DecidedLine]) -> tuple[Verdict, Row]:
    """The verdict for all lines, and the first row that gives it."""
    verdict = next(each for each in PRECEDENCE if any(line.row.verdict is each for line in decided))
    rows = [line.row for line in decided if line.row.verdict is verdict]
    if verdict is Verdict.APPROVE:
        # One case has one kind: lines that would need two cases go to a person.
        other = next((row for row in rows if row.kind is not rows[0].kind), None)
        if other:
            return Verdict.HAND_OFF, other
    return verdict, rows[0]


def _line_decision(line: DecidedLine, verdict: Verdict) -> LineDecision:
    """Its own verdict, except that what would be approved goes the way of the whole."""
    row = line.row
    own = row.verdict if row.verdict and row.verdict is not Verdict.APPROVE else verdict
    rest = (Offer(quantity=line.facts.free),) if row.offers_rest else ()
    return LineDecision(
        line_id=line.asked.line_id,
        quantity=line.asked.quantity,
        verdict=own,
        rule=row.rule,
        refusal=row.refusal,
        offers=row.offers + rest,
    )
