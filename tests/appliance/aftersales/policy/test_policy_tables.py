"""The tables against a second reading of the rules, written as plain Python, over every combination of facts."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.aftersales.policy.cases import full_facts
from appliance.aftersales.policy.model import Verdict
from appliance.aftersales.policy.pack import PolicyPack
from models.commands import Reason

Facts = dict[str, Any]
Said = tuple[str | None, ...]
"""Rule, verdict, and what comes with it."""

STATUSES = ("unpaid", "paid", "shipped", "delivered", "completed", "cancelled")
RECEIVED = ("delivered", "completed")
REASONS = (*(reason.value for reason in Reason), None)
EVIDENCE = ("yes", "none", "not_asked")
BOTH = (True, False)
FAULTS = ("quality", "damaged", "wrong_item", "missing_item", "not_as_described")
NO_REASONS = (None, "seven_day", "size", "changed_mind", "duplicate_order", "price_drop", "late_delivery", "other")
DELIVERED = ((0, 1), (2, 48), (2, 49), (7, 160), (8, 180), (15, 360), (16, 380), (30, 720), (31, 740))
LONG_AGO = ((365, 8750), (366, 8770), (None, None))


def approve(rule: str, kind: str, freight: str = "none") -> Said:
    return (rule, "approve", kind, freight)


def refuse(rule: str, code: str, offer: str | None = None) -> Said:
    return (rule, "refuse", code, offer)


def hand_off(rule: str) -> Said:
    return (rule, "hand_off")


def with_evidence(facts: Facts, rule: str, approval: Said) -> Said:
    if facts["evidence"] == "yes":
        return approval
    return (rule, "ask_evidence") if facts["evidence"] == "not_asked" else hand_off(rule)


def cancel_order(f: Facts) -> Said:
    if f["status"] == "unpaid":
        return approve("C1", "cancel_order")
    if f["status"] == "paid":
        return approve("C2", "cancel_order") if f["whole_order"] else hand_off("C2")
    if f["status"] == "shipped":
        return refuse("C3", "already_shipped", "return_refund:after_receipt")
    if f["status"] in RECEIVED:
        return refuse("C4", "already_delivered", "return_refund")
    return refuse("C4", "already_cancelled")


def return_refund(f: Facts) -> Said:
    if f["reason"] in ("missing_item", "not_received"):
        return ("R0", "redirect", "refund_only")
    if f["status"] == "cancelled":
        return refuse("R1", "already_cancelled")
    if f["status"] not in RECEIVED:
        return refuse("R1", "not_delivered", "track_parcel" if f["status"] == "shipped" else "cancel_order")
    if f["reason"] in FAULTS:
        return hand_off("D1") if f["days"] is None else return_for_fault(f)
    if f["reason"] not in NO_REASONS:
        return hand_off("D1")
    if f["exempt"]:
        return refuse("R9", "not_seven_day_goods")
    if f["days"] is None:
        return hand_off("D1")
    if f["days"] <= f["window_days"]:
        return approve("R10", "return_refund", "insurance" if f["freight_insurance"] else "customer")
    return refuse("R11", "return_window")


def return_for_fault(f: Facts) -> Said:
    if f["fresh"] and f["reason"] in ("quality", "damaged"):
        if f["hours"] <= 48:
            return with_evidence(f, "R2", approve("R2", "refund_only"))
        return refuse("R3", "fresh_window")
    if f["days"] > 30:
        if f["electronics"] and f["days"] <= 365:
            return refuse("R7", "return_window", "repair")
        return refuse("R8", "return_window")
    if f["evidence"] != "yes":
        return with_evidence(f, "R4", ())
    return approve("R5", "return_refund", "merchant") if f["days"] <= f["window_days"] else hand_off("R6")


def refund_only(f: Facts) -> Said:
    received, shipped = f["status"] in RECEIVED, f["status"] == "shipped"
    if f["reason"] == "not_received" and shipped:
        if f["days_since_shipped"] is None:
            return hand_off("D1")
        late = f["days_since_shipped"] > 10
        return approve("O1", "refund_only") if late else refuse("O2", "in_transit")
    if f["reason"] == "not_received" and received:
        return hand_off("O3")
    if f["reason"] == "missing_item" and received:
        if f["days"] is None:
            return hand_off("D1")
        return with_evidence(f, "O4", approve("O4", "refund_only")) if f["days"] <= 7 else hand_off("O4")
    if f["fresh"] and f["reason"] in ("quality", "damaged") and received:
        if f["hours"] is None:
            return hand_off("D1")
        if f["hours"] > 48:
            return refuse("O5", "fresh_window")
        return with_evidence(f, "O5", approve("O5", "refund_only"))
    if f["status"] == "unpaid" or (f["status"] == "paid" and f["whole_order"]):
        return approve("O6", "cancel_order")
    if f["status"] == "paid":
        return hand_off("O6")
    if received:
        return refuse("O7", "must_return", "return_refund")
    return (
        refuse("O8", "already_shipped", "return_refund:after_receipt") if shipped else refuse("O9", "already_cancelled")
    )


def exchange(f: Facts) -> Said:
    if not f["received"]:
        return refuse("E1", "not_delivered")
    if not f["in_stock"]:
        return refuse("E2", "out_of_stock", "return_refund")
    if not f["same_price"]:
        return hand_off("E3")
    if f["days"] is None:
        return hand_off("D1")
    if f["reason"] in FAULTS and f["days"] <= 15:
        return with_evidence(f, "E4", approve("E4", "exchange", "merchant"))
    if f["reason"] in NO_REASONS and not f["exempt"] and f["days"] <= f["window_days"]:
        return approve("E5", "exchange", "customer")
    return refuse("E6", "exchange_window")


def resend(f: Facts) -> Said:
    if f["reason"] not in ("missing_item", "wrong_item") or not f["received"]:
        return refuse("S2", "resend_window")
    if f["days"] is None:
        return hand_off("D1")
    if f["days"] > 7:
        return refuse("S2", "resend_window")
    if not f["in_stock"]:
        return refuse("S1", "out_of_stock", "refund_only")
    return with_evidence(f, "S1", approve("S1", "resend", "merchant"))


def repair(f: Facts) -> Said:
    if not (f["electronics"] and f["received"]):
        return refuse("W2", "no_warranty")
    if f["days"] is None:
        return hand_off("D1")
    return approve("W1", "repair", "merchant") if f["days"] <= 365 else refuse("W2", "no_warranty")


def price_protection(f: Facts) -> Said:
    if f["clearance"]:
        return refuse("P1", "not_protected")
    since = f["days_since_paid"]
    if f["status"] not in ("unpaid", "cancelled") and f["lower_price"]:
        if since is None:
            return hand_off("D1")
        if since <= 15:
            return approve("P2", "price_protection")
    return refuse("P3", "protection_window" if since is not None and since > 15 else "no_lower_price")


def change(f: Facts) -> Said:
    if f["status"] not in ("unpaid", "paid"):
        return refuse("A2", "already_shipped")
    if f["changed_before"]:
        return refuse("A2", "changed_once")
    if f["flow"] == "change_spec" and not f["in_stock"]:
        return refuse("A2", "out_of_stock")
    if f["flow"] == "change_spec" and not f["same_price"]:
        return refuse("A2", "price_differs")
    return approve("A1", f["flow"])


def urge_shipment(f: Facts) -> Said:
    return approve("U1", "urge_shipment") if f["status"] == "paid" else ("U2", "answer")


def invoice(f: Facts) -> Said:
    if not f["received"]:
        return refuse("I2", "not_delivered")
    if f["invoiced"]:
        return refuse("I2", "already_invoiced")
    return approve("I1", "invoice") if f["tax_id_ok"] else ("I2", "ask_tax_id")


def complaint(_: Facts) -> Said:
    return hand_off("M1")


READINGS: dict[str, tuple[Callable[[Facts], Said], dict[str, tuple[Any, ...]]]] = {
    "cancel_order": (cancel_order, {"whole_order": BOTH}),
    "return_refund": (
        return_refund,
        {
            "reason": tuple(reason for reason in REASONS if reason != "counterfeit"),
            "evidence": EVIDENCE,
            "window_days": (7, 15),
            "fresh": BOTH,
            "exempt": BOTH,
            "electronics": BOTH,
            "freight_insurance": BOTH,
        },
    ),
    "refund_only": (
        refund_only,
        {
            "reason": REASONS,
            "evidence": EVIDENCE,
            "fresh": BOTH,
            "whole_order": BOTH,
            "days_since_shipped": (0, 10, 11, None),
        },
    ),
    "exchange": (
        exchange,
        {
            "reason": REASONS,
            "evidence": EVIDENCE,
            "window_days": (7, 15),
            "exempt": BOTH,
            "in_stock": BOTH,
            "same_price": BOTH,
        },
    ),
    "resend": (resend, {"reason": REASONS, "evidence": EVIDENCE, "in_stock": BOTH}),
    "repair": (repair, {"electronics": BOTH}),
    "price_protection": (
        price_protection,
        {"clearance": BOTH, "lower_price": BOTH, "days_since_paid": (0, 15, 16, None)},
    ),
    "change": (
        change,
        {
            "flow": ("change_address", "change_spec"),
            "changed_before": BOTH,
            "in_stock": BOTH,
            "same_price": BOTH,
        },
    ),
    "urge_shipment": (urge_shipment, {"hours_since_paid": (0, 48, 49, None)}),
    "invoice": (invoice, {"invoiced": BOTH, "tax_id_ok": BOTH}),
    "complaint": (complaint, {"reason": REASONS}),
}


def combinations(pack: PolicyPack, columns: dict[str, tuple[Any, ...]]) -> Iterator[Facts]:
    """Every reachable combination: goods not received have no time of delivery."""
    for status in STATUSES:
        for days, hours in (*DELIVERED, *LONG_AGO) if status in RECEIVED else ((None, None),):
            for values in itertools.product(*columns.values()):
                given = dict(zip(columns, values, strict=True))
                if given.get("flow") == "change_address" and not (given["in_stock"] and given["same_price"]):
                    continue
                yield full_facts(pack.terms, {"status": status, "days": days, "hours": hours} | given)


def said_by(pack: PolicyPack, table: str, facts: Facts) -> tuple[str, Said]:
    row = pack.decide(table, facts).row
    offer = next((f"{o.flow}{':after_receipt' if o.after_receipt else ''}" for o in row.offers), None)
    assert row.verdict is not None
    match row.verdict:
        case Verdict.APPROVE:
            return row.row_id, (row.rule, "approve", row.kind, row.freight)
        case Verdict.REFUSE:
            return row.row_id, (row.rule, "refuse", row.refusal, offer)
        case Verdict.REDIRECT:
            return row.row_id, (row.rule, "redirect", row.redirect)
        case _:
            return row.row_id, (row.rule, row.verdict.value)


@pytest.mark.parametrize("table", READINGS)
def test_every_reachable_combination_meets_the_row_that_the_rules_name(pack: PolicyPack, table: str) -> None:
    """No combination is left without a row (``decide`` raises), and no row is dead."""
    reading, columns = READINGS[table]
    reached = set()
    for facts in combinations(pack, columns):
        row_id, said = said_by(pack, table, facts)
        reached.add(row_id)
        assert said == reading(facts), facts
    assert reached == set(pack.tables[table].rows)


def test_every_flow_that_policy_decides_has_a_second_reading(pack: PolicyPack) -> None:
    assert set(READINGS) == set(pack.terms.tables.values())


def test_a_person_decides_on_missing_times_only(pack: PolicyPack) -> None:
    reading, columns = READINGS["refund_only"]
    for facts in combinations(pack, columns):
        if None not in (facts["days_since_shipped"], facts["days"] if facts["received"] else 0):
            assert reading(facts)[0] != "D1"


@pytest.mark.parametrize("table", READINGS)
def test_showing_evidence_never_makes_a_verdict_worse(pack: PolicyPack, table: str) -> None:
    rank = {"refuse": 0, "hand_off": 1, "ask_evidence": 2, "approve": 3}
    columns = {name: values for name, values in READINGS[table][1].items() if name != "evidence"}
    for facts in combinations(pack, columns):
        verdicts = [said_by(pack, table, facts | {"evidence": shown})[1][1] or "" for shown in ("none", "yes")]
        if verdicts[0] != verdicts[1]:
            assert rank[verdicts[0]] < rank[verdicts[1]], facts


@pytest.mark.parametrize("table", ["return_refund", "exchange", "resend", "repair"])
def test_waiting_longer_never_makes_a_verdict_better(pack: PolicyPack, table: str) -> None:
    rank = {"approve": 0, "ask_evidence": 0, "hand_off": 1, "refuse": 2}
    columns = READINGS[table][1]
    for values in itertools.product(*columns.values()):
        given = {"status": "delivered"} | dict(zip(columns, values, strict=True))
        ranks = []
        for days, hours in (*DELIVERED, *LONG_AGO[:2]):
            facts = full_facts(pack.terms, given | {"days": days, "hours": hours})
            verdict = said_by(pack, table, facts)[1][1] or ""
            ranks.append(rank.get(verdict, 0))
        assert ranks == sorted(ranks), given
