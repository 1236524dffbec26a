"""Compares what became of a conversation with what its case expects. Pure; reads the log's codes, never its words.

A key that a case leaves out is not compared; null is.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from appliance.client.chat import SETTLED
from appliance.evaluation.model import Case, Entry, ExpectedCase, Outcome, Played, ReceivedCase, Verdict

_NOT_FINAL = frozenset({"ask_evidence", "ask_tax_id", "redirect"})


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that stood: an approval that was corrected before it was carried out has left no trace here."""

    rule: str | None
    flow: str | None
    refusal: str | None
    case: ReceivedCase | None = None
    """What the order system received of it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The last decision in the terms of ``expect``, and those before it."""

    outcome: str
    rule: str | None
    flow: str | None
    refusal: str | None
    case: ReceivedCase | None
    rules_before: tuple[str, ...]
    cases_before: tuple[ReceivedCase, ...]
    handoff_reason: str | None
    has_work_order: bool


def judge(case: Case, played: Played) -> Verdict:
    why = tuple(_differences(case, played))
    expected = case.expect.order_system_writes
    return Verdict(case=case, played=played, why=why, are_writes_right=expected is UNSET or expected == played.writes)


def decisions(log: Sequence[Entry], received: Sequence[ReceivedCase] = ()) -> list[Decision]:
    """The decisions that stood, in order. Receipts find their write by operation, else by order."""
    by_operation = {each.operation_id: each for each in received}
    in_order = iter(received)
    stood: list[Decision] = []
    is_open = False
    for entry in log:
        match entry.type:
            case "decision.made":
                if is_open:
                    stood.pop()
                is_open = entry.data.get("verdict") == "approve"
                if entry.data.get("verdict") not in _NOT_FINAL:
                    stood.append(_decision(entry))
            case "receipt.received" if stood:
                case = by_operation.get(str(entry.data.get("operation_id"))) or next(in_order, None)
                stood[-1] = msgspec.structs.replace(stood[-1], case=case)
                is_open = False
            case "conversation.outcome":
                rule = entry.data.get("rule")
                if rule and not (stood and stood[-1].rule == rule):
                    stood.append(_decision(entry))
                is_open = False
    return stood


def until_first_receipt(log: Sequence[Entry]) -> Sequence[Entry]:
    """The log up to the outcome that the first receipt led to; all of it where there is no receipt."""
    at = next((i for i, entry in enumerate(log) if entry.type == "receipt.received"), None)
    if at is None:
        return log
    end = next((i for i in range(at, len(log)) if log[i].type == "conversation.outcome"), at)
    return log[: end + 1]


def find(case: Case, played: Played) -> Found:
    is_cut = bool(case.after_receipt) and _last(played.log, "receipt.received") is not None
    log = until_first_receipt(played.log) if is_cut else played.log
    stood = decisions(log, played.received)
    last = stood[-1] if stood else None
    outcome = _last_outcome(log)
    handoff = _last(played.log, "handoff.made")
    named = outcome.get("outcome") if outcome else None
    if handoff is not None and not is_cut:
        named = Outcome.HANDED_OFF
    elif named is None or not (is_cut or played.awaiting in SETTLED):
        named = Outcome.ANSWERED
    made = [decision.case for decision in stood if decision.case is not None]
    is_created = named == Outcome.CASE_CREATED
    return Found(
        outcome=str(named),
        rule=last.rule if last else (outcome or {}).get("rule"),
        flow=(outcome or {}).get("flow") or (last.flow if last else None),
        refusal=(last.refusal if last else None) or (outcome or {}).get("refusal"),
        case=made[-1] if made and is_created else None,
        rules_before=tuple(d.rule for d in stood[:-1] if d.rule),
        cases_before=tuple(made[:-1] if is_created else made),
        handoff_reason=str(handoff.get("reason")) if handoff else None,
        has_work_order=_last(played.log, "work_order.created") is not None,
    )


def _decision(entry: Entry) -> Decision:
    return Decision(
        rule=entry.data.get("rule"),
        flow=entry.data.get("flow"),
        refusal=entry.data.get("refusal"),
    )


def _last(log: Iterable[Entry], type_: str) -> Any:
    found = None
    for entry in log:
        if entry.type == type_:
            found = entry.data
    return found


def _last_outcome(log: Sequence[Entry]) -> Any:
    """The last outcome; an answer that belongs to no flow does not cover one that does."""
    found: Any = None
    for entry in log:
        if entry.type == "conversation.outcome" and (
            found is None or entry.data.get("flow") or entry.data.get("outcome") != Outcome.ANSWERED
        ):
            found = entry.data
    return found


def _differences(case: Case, played: Played) -> Iterable[str]:
    if played.error is not None:
        yield f"error: {played.error}"
    expect, found = case.expect, find(case, played)
    yield from _one_of("outcome", expect.outcome, found.outcome)
    yield from _equal("rule", expect.rule, found.rule)
    yield from _equal("rules_before", expect.rules_before, found.rules_before)
    yield from _equal("flow", expect.flow, found.flow)
    yield from _equal("refusal", expect.refusal, found.refusal)
    yield from _case("case", expect.case, found.case)
    yield from _cases_before(expect.cases_before, found.cases_before)
    payer = found.case.freight_payer if found.case else "none"
    yield from _equal("freight_payer", expect.freight_payer, payer or "none")
    yield from _equal("order_system_writes", expect.order_system_writes, played.writes)
    yield from _one_of("handoff_reason", expect.handoff_reason, found.handoff_reason)
    yield from _equal("work_order", expect.work_order, found.has_work_order)
    for words in expect.replies_contain:
        if not any(words in each for each in played.shown):
            yield f"replies_contain: nothing shown contains {words!r}"
    for words in expect.replies_never_contain:
        if any(words in each for each in played.shown):
            yield f"replies_never_contain: {words!r} was shown"


def _equal(key: str, expected: object, got: object) -> Iterable[str]:
    if expected is not UNSET and expected != got:
        yield f"{key}: expected {_word(expected)}, got {_word(got)}"


def _one_of(key: str, expected: object, got: object) -> Iterable[str]:
    if isinstance(expected, tuple):
        if got not in expected:
            yield f"{key}: expected one of {_word(expected)}, got {_word(got)}"
    else:
        yield from _equal(key, expected, got)


def _case(key: str, expected: ExpectedCase | UnsetType | None, got: ReceivedCase | None) -> Iterable[str]:
    if expected is UNSET:
        return
    if expected is None or got is None:
        if expected is not None or got is not None:
            yield f"{key}: expected {'none' if expected is None else 'one'}, got {got.kind if got else 'none'}"
        return
    for name in ExpectedCase.__struct_fields__:
        wanted, value = getattr(expected, name), getattr(got, name)
        if name == "lines" and wanted:
            wanted, value = _units(wanted), _units(value)
        yield from _equal(f"{key}.{name}", wanted, value)


def _cases_before(expected: tuple[ExpectedCase, ...] | UnsetType, got: tuple[ReceivedCase, ...]) -> Iterable[str]:
    if expected is UNSET:
        return
    if len(expected) != len(got):
        yield f"cases_before: expected {len(expected)}, got {len(got)}"
    for at, (wanted, value) in enumerate(zip(expected, got, strict=False)):
        yield from _case(f"cases_before[{at}]", wanted, value)


def _units(lines: Any) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((line.line_id, line.quantity) for line in lines))


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_word(each) for each in value) + "]"
    return "null" if value is None else str(value)
