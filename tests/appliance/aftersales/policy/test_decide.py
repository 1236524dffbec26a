"""What evaluate() promises: gates before and after the tables, several lines as one decision, what is recorded."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from appliance.aftersales.orders.model import Address, CaseKind, FreightPayer, Level, Spec
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, Evidence, Offer, Refusal, Ruling, Verdict
from appliance.aftersales.policy.pack import PolicyPack
from appliance.errors import InvalidInput
from models.commands import Flow, Reason
from tests.appliance.aftersales.policy.drafts import draft, edit, row, without


def spec(sku: str = "SKU-L1", price: int = 10000, stock: int | None = None) -> Spec:
    return Spec(sku=sku, product="product", spec="spec", price_fen=price, stock=stock)


def verdict(ruling: Ruling) -> tuple[str, Verdict, Refusal | None]:
    return ruling.decision.rule, ruling.decision.verdict, ruling.decision.refusal


# Gates before the tables.


def test_units_in_a_case_are_refused_and_the_case_is_named(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(cases=(build.case("return_refund", ("L1", 2), status="open"),))
    ruling = evaluate(pack, build.ask("return_refund", order))
    assert verdict(ruling) == ("G2", Verdict.REFUSE, Refusal.ALREADY_IN_CASE)
    assert ruling.decision.facts["lines"]["L1"]["cases"] == ["CS-return_refund"]
    assert ruling.quote is None


def test_more_units_than_are_free_are_refused_with_an_offer_of_the_rest(
    pack: PolicyPack, build: SimpleNamespace
) -> None:
    ruling = evaluate(pack, build.ask("return_refund", lines=build.asked(("L1", 5))))
    assert verdict(ruling) == ("G3", Verdict.REFUSE, Refusal.QUANTITY)
    assert ruling.decision.offers == (Offer(quantity=2),)


def test_counterfeit_goes_to_a_person_whatever_the_table_says(pack: PolicyPack, build: SimpleNamespace) -> None:
    for flow in ("return_refund", "refund_only", "exchange", "repair"):
        ruling = evaluate(pack, build.ask(flow, reason=Reason.COUNTERFEIT))
        assert verdict(ruling) == ("G4", Verdict.HAND_OFF, None)


def test_units_in_a_case_come_before_counterfeit(pack: PolicyPack, build: SimpleNamespace) -> None:
    ruling = evaluate(pack, build.ask("return_refund", reason=Reason.COUNTERFEIT, held={"L1": 2}))
    assert ruling.decision.rule == "G2"


def test_units_that_only_the_appliance_knows_to_be_held_are_not_free(pack: PolicyPack, build: SimpleNamespace) -> None:
    own = build.case("exchange", ("L1", 1), status="open")
    ruling = evaluate(pack, build.ask("return_refund", held={"L1": 1}, own_cases=(own,)))
    assert ruling.decision.rule == "G2"


@pytest.mark.parametrize(
    ("kind", "status", "flow", "rule"),
    [
        ("return_refund", "withdrawn", "return_refund", "R10"),
        ("return_refund", "rejected", "return_refund", "R10"),
        ("repair", "finished", "return_refund", "R10"),
        ("repair", "open", "return_refund", "G2"),
        ("price_protection", "finished", "return_refund", "R10"),
        ("price_protection", "finished", "price_protection", "G2"),
        ("exchange", "finished", "return_refund", "G2"),
        ("resend", "open", "price_protection", "G2"),
        ("invoice", "finished", "return_refund", "R10"),
    ],
)
def test_what_a_case_blocks(
    pack: PolicyPack, build: SimpleNamespace, kind: str, status: str, flow: str, rule: str
) -> None:
    order = build.order(cases=(build.case(kind, ("L1", 2), status=status),))
    assert evaluate(pack, build.ask(flow, order, current=(spec(price=9000),))).decision.rule == rule


# Gates after the tables.


@pytest.mark.control("K11")
def test_exactly_5000_yuan_is_approved_and_one_fen_more_is_not(pack: PolicyPack, build: SimpleNamespace) -> None:
    def ruling(price: int) -> Ruling:
        return evaluate(pack, build.ask("return_refund", build.order(build.line(price=price, quantity=1))))

    assert ruling(500000).decision.rule == "R10"
    assert verdict(ruling(500001)) == ("G5", Verdict.HAND_OFF, None)
    assert ruling(500001).quote is None


def test_earlier_cases_of_the_order_count_towards_5000_yuan(pack: PolicyPack, build: SimpleNamespace) -> None:
    def rule(status: str) -> str:
        earlier = build.case("return_refund", ("L2", 1), status=status, refund_fen=400000)
        order = build.order(build.line(price=100001, quantity=1), build.line("L2", price=400000), cases=(earlier,))
        return evaluate(pack, build.ask("return_refund", order, lines=build.asked(("L1", 1)))).decision.rule

    assert rule("finished") == "G5"
    assert rule("open") == "G5"
    assert rule("withdrawn") == "R10"


def test_freight_counts_towards_5000_yuan(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(price=499999, quantity=1), freight_fen=2, status="paid")
    assert evaluate(pack, build.ask("cancel_order", order)).decision.rule == "G5"


def test_a_refusal_stays_a_refusal_above_every_limit(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(price=900000), days=40)
    ruling = evaluate(pack, build.ask("return_refund", order, customer=build.customer(refunds_90d=9)))
    assert verdict(ruling) == ("R11", Verdict.REFUSE, Refusal.RETURN_WINDOW)


@pytest.mark.parametrize(
    ("flow", "status", "rule"),
    [
        ("return_refund", "delivered", "G6"),
        ("cancel_order", "paid", "G6"),
        ("refund_only", "paid", "G6"),
        ("price_protection", "delivered", "G6"),
        ("cancel_order", "unpaid", "C1"),
        ("exchange", "delivered", "E5"),
    ],
)
def test_five_refunds_in_90_days(pack: PolicyPack, build: SimpleNamespace, flow: str, status: str, rule: str) -> None:
    ask = build.ask(flow, build.order(status=status), customer=build.customer(refunds_90d=5))
    if flow == "price_protection":
        ask = msgspec.structs.replace(ask, current=(spec(price=9000),))
    assert evaluate(pack, ask).decision.rule == rule


@pytest.mark.control("K11")
def test_more_than_was_paid_goes_to_a_person(pack: PolicyPack, build: SimpleNamespace) -> None:
    generous = build.case("refund_only", ("L1", 1), refund_fen=15000)
    order = build.order(cases=(generous,))
    assert verdict(evaluate(pack, build.ask("return_refund", order, lines=build.asked(("L1", 1))))) == (
        "D2",
        Verdict.HAND_OFF,
        None,
    )


@pytest.mark.control("K11")
@pytest.mark.parametrize("status", ["paid", "delivered"])
def test_what_no_payment_is_known_of_is_paid_back_by_a_person_only(
    pack: PolicyPack, build: SimpleNamespace, status: str
) -> None:
    """Cash on delivery, say: the order system gives no time of payment."""
    flow = {"paid": "cancel_order", "delivered": "return_refund"}[status]
    order = build.order(status=status, paid_at=None)
    assert verdict(evaluate(pack, build.ask(flow, order))) == ("D2", Verdict.HAND_OFF, None)


@pytest.mark.control("K11")
def test_no_table_approves_more_than_was_paid(pack: PolicyPack, build: SimpleNamespace, tmp_path: Path) -> None:
    careless = PolicyPack.load(without(tmp_path, "gates_after", "D2"))
    order = build.order(build.line(quantity=1), coupon_fen=5000)
    ask = build.ask("price_protection", order, current=(spec(price=1000, sku="SKU-L1"),))
    for each in (pack, careless):
        ruling = evaluate(each, ask)
        assert (ruling.quote, ruling.decision.rule, ruling.decision.verdict) == (None, "D2", Verdict.HAND_OFF)
    bound = ruling.decision.trace["bound"]
    assert (bound["row"], bound["read"]["total_fen"]) == ("D2", 9000)


def test_a_table_that_protects_a_price_that_did_not_fall_pays_nothing(build: SimpleNamespace, tmp_path: Path) -> None:
    folder = draft(tmp_path)
    edit(folder / "price_protection.json", lambda table: row(table, "P2").update(in_lower_price=""))
    quotes = [
        evaluate(PolicyPack.load(folder), build.ask("price_protection", current=current)).quote
        for current in ((), (spec(price=20000, sku="SKU-L1"),))
    ]
    assert [quote and quote.total_fen for quote in quotes] == [0, 0]


# Several lines.


def test_what_is_approved_is_quoted_and_what_is_refused_is_named(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(), build.line("L2", tags=("custom_made",)))
    ruling = evaluate(pack, build.ask("return_refund", order, reason=Reason.SIZE))
    assert verdict(ruling) == ("R10", Verdict.APPROVE, None)
    assert ruling.quote is not None
    assert [line.line_id for line in ruling.quote.lines] == ["L1"]
    assert [(line.rule, line.verdict, line.refusal) for line in ruling.decision.lines] == [
        ("R10", Verdict.APPROVE, None),
        ("R9", Verdict.REFUSE, Refusal.NOT_SEVEN_DAY_GOODS),
    ]


def test_one_hand_off_hands_off_all(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(), build.line("L2", price=20000))
    ruling = evaluate(pack, build.ask("exchange", order, reason=Reason.SIZE, target=spec()))
    assert verdict(ruling) == ("E3", Verdict.HAND_OFF, None)
    assert {line.verdict for line in ruling.decision.lines} == {Verdict.HAND_OFF}


def test_the_whole_quote_is_handed_off_above_the_limit(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(price=300000, quantity=1), build.line("L2", price=300000, quantity=1))
    ruling = evaluate(pack, build.ask("return_refund", order, reason=Reason.SIZE))
    assert ruling.decision.rule == "G5"
    assert {line.verdict for line in ruling.decision.lines} == {Verdict.HAND_OFF}


def test_evidence_for_one_line_is_asked_for_first(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(), build.line("L2"), cases=(build.case("exchange", ("L1", 2)),))
    ruling = evaluate(pack, build.ask("return_refund", order, reason=Reason.QUALITY))
    assert verdict(ruling) == ("R4", Verdict.ASK_EVIDENCE, None)


def test_lines_that_need_cases_of_two_kinds_go_to_a_person(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(tags=("fresh",)), build.line("L2"), days=1)
    ruling = evaluate(pack, build.ask("return_refund", order, reason=Reason.QUALITY, evidence=Evidence.YES))
    assert verdict(ruling) == ("R5", Verdict.HAND_OFF, None)


def test_all_refused_offers_what_each_line_offers(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(category="electronics"), build.line("L2"), days=40)
    ruling = evaluate(pack, build.ask("return_refund", order, reason=Reason.QUALITY))
    assert verdict(ruling) == ("R7", Verdict.REFUSE, Refusal.RETURN_WINDOW)
    assert ruling.decision.offers == (Offer(flow=Flow.REPAIR),)
    assert [line.rule for line in ruling.decision.lines] == ["R7", "R8"]


def test_a_lost_parcel_is_refunded_whole_whatever_line_was_named(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(), build.line("L2", quantity=1), status="shipped", days=11, freight_fen=800)
    ruling = evaluate(pack, build.ask("refund_only", order, reason=Reason.NOT_RECEIVED, lines=build.asked(("L2", 1))))
    assert ruling.decision.rule == "O1"
    assert ruling.quote is not None
    assert [(line.line_id, line.quantity) for line in ruling.quote.lines] == [("L1", 2), ("L2", 1)]
    assert ruling.quote.total_fen == 30800
    assert [line.line_id for line in ruling.decision.lines] == ["L1", "L2"]


@pytest.mark.parametrize(("flow", "rule"), [("cancel_order", "C2"), ("refund_only", "O6")])
def test_a_part_of_a_paid_order_goes_to_a_person(
    pack: PolicyPack, build: SimpleNamespace, flow: str, rule: str
) -> None:
    ask = build.ask(flow, build.order(status="paid"), lines=build.asked(("L1", 1)))
    assert verdict(evaluate(pack, ask)) == (rule, Verdict.HAND_OFF, None)


def test_what_is_left_of_a_paid_order_is_not_the_whole_order(pack: PolicyPack, build: SimpleNamespace) -> None:
    gone = build.case("cancel_order", ("L1", 2), refund_fen=20000)
    order = build.order(build.line(), build.line("L2"), status="paid", cases=(gone,))
    assert verdict(evaluate(pack, build.ask("cancel_order", order))) == ("C2", Verdict.HAND_OFF, None)


# Particular facts.


def test_missing_units_go_on_as_refund_only(pack: PolicyPack, build: SimpleNamespace) -> None:
    decision = evaluate(pack, build.ask("return_refund", reason=Reason.MISSING_ITEM)).decision
    assert (decision.rule, decision.verdict, decision.redirect) == ("R0", Verdict.REDIRECT, Flow.REFUND_ONLY)


def test_hours_are_elapsed_time_to_the_microsecond(pack: PolicyPack, build: SimpleNamespace) -> None:
    def rule(elapsed: timedelta) -> str:
        order = build.order(build.line(tags=("fresh",)), delivered_at=build.now - elapsed)
        return evaluate(
            pack, build.ask("return_refund", order, reason=Reason.DAMAGED, evidence=Evidence.YES)
        ).decision.rule

    assert rule(timedelta(hours=48)) == "R2"
    assert rule(timedelta(hours=48, microseconds=1)) == "R3"


def test_days_end_at_midnight_in_shanghai(pack: PolicyPack, build: SimpleNamespace) -> None:
    delivered = datetime.fromisoformat("2026-03-10T23:59:59+08:00")

    def rule(now: str) -> str:
        ask = build.ask("return_refund", build.order(delivered_at=delivered), now=datetime.fromisoformat(now))
        return evaluate(pack, ask).decision.rule

    assert rule("2026-03-17T23:59:59+08:00") == "R10"
    assert rule("2026-03-17T15:59:59+00:00") == "R10"
    assert rule("2026-03-17T16:00:00+00:00") == "R11"


def test_gold_members_have_fifteen_days(pack: PolicyPack, build: SimpleNamespace) -> None:
    for level, rule in ((Level.GOLD, "R10"), (Level.SILVER, "R11"), (Level.NORMAL, "R11")):
        ask = build.ask("return_refund", build.order(days=15), customer=build.customer(level=level))
        assert evaluate(pack, ask).decision.rule == rule


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        (("fresh",), "R9"),
        (("virtual",), "R9"),
        (("food",), "R10"),
        (("no_seven_day_confirmed",), "R10"),
        (("food", "no_seven_day_confirmed"), "R9"),
        (("clearance", "no_seven_day_confirmed"), "R9"),
    ],
)
def test_goods_are_exempt_by_law_or_by_the_buyers_word(
    pack: PolicyPack, build: SimpleNamespace, tags: tuple[str, ...], rule: str
) -> None:
    order = build.order(build.line(tags=tags))
    assert evaluate(pack, build.ask("return_refund", order, reason=Reason.CHANGED_MIND)).decision.rule == rule


@pytest.mark.parametrize(("stock", "rule"), [(None, "E5"), (2, "E5"), (1, "E2"), (0, "E2")])
def test_stock_must_suffice_and_unknown_stock_does(
    pack: PolicyPack, build: SimpleNamespace, stock: int | None, rule: str
) -> None:
    assert evaluate(pack, build.ask("exchange", target=spec("OTHER", stock=stock))).decision.rule == rule


def test_two_lines_cannot_have_the_same_last_unit(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(quantity=1), build.line("L2", quantity=1))
    assert evaluate(pack, build.ask("exchange", order, target=spec("OTHER", stock=1))).decision.rule == "E2"
    assert evaluate(pack, build.ask("exchange", order, target=spec("OTHER", stock=2))).decision.rule == "E5"


def test_an_exchange_without_a_target_is_for_the_same_spec(pack: PolicyPack, build: SimpleNamespace) -> None:
    ruling = evaluate(pack, build.ask("exchange", reason=Reason.SIZE))
    assert ruling.quote is not None
    assert ruling.quote.target_sku == "SKU-L1"
    assert evaluate(pack, build.ask("exchange", current=(spec(stock=0),))).decision.rule == "E2"


@pytest.mark.parametrize(
    ("given", "verdict_"),
    [
        ({}, Verdict.APPROVE),
        ({"is_company": True}, Verdict.ASK_TAX_ID),
        ({"is_company": True, "tax_id": "91350100M000100Y43"}, Verdict.APPROVE),
        ({"is_company": True, "tax_id": "91350100M000100Y44"}, Verdict.ASK_TAX_ID),
        ({"is_company": True, "tax_id": "reference", "is_tax_id_valid": True}, Verdict.APPROVE),
        ({"is_company": True, "tax_id": "reference", "is_tax_id_valid": False}, Verdict.ASK_TAX_ID),
    ],
)
def test_a_company_needs_a_valid_tax_id(
    pack: PolicyPack, build: SimpleNamespace, given: dict[str, Any], verdict_: Verdict
) -> None:
    assert evaluate(pack, build.ask("invoice", **given)).decision.verdict is verdict_


def test_what_the_appliance_did_itself_counts_before_the_order_system_shows_it(
    pack: PolicyPack, build: SimpleNamespace
) -> None:
    def refusal(flow: str, status: str) -> Refusal | None:
        own = (build.case(flow),)
        return evaluate(pack, build.ask(flow, build.order(status=status), own_cases=own)).decision.refusal

    assert refusal("invoice", "delivered") is Refusal.ALREADY_INVOICED
    assert refusal("change_address", "paid") is Refusal.CHANGED_ONCE


def test_a_complaint_is_a_complaint_whatever_its_reason(pack: PolicyPack, build: SimpleNamespace) -> None:
    decision = evaluate(pack, build.ask("complaint", reason=Reason.COUNTERFEIT)).decision
    assert (decision.rule, decision.verdict, decision.needs_work_order) == ("M1", Verdict.HAND_OFF, True)


def test_an_urge_after_48_hours_needs_a_work_order(pack: PolicyPack, build: SimpleNamespace) -> None:
    for hours, needs in ((48, False), (49, True)):
        order = build.order(status="paid", paid_at=build.now - timedelta(hours=hours))
        ruling = evaluate(pack, build.ask("urge_shipment", order))
        assert (ruling.decision.kind, ruling.decision.needs_work_order) == (CaseKind.URGE_SHIPMENT, needs)
        assert ruling.quote is not None
        assert (ruling.quote.lines, ruling.quote.total_fen) == ((), 0)


def test_who_pays_the_way_back_is_in_the_quote(pack: PolicyPack, build: SimpleNamespace) -> None:
    quote = evaluate(pack, build.ask("return_refund", build.order(freight_insurance=True))).quote
    assert quote is not None
    assert quote.freight_payer is FreightPayer.INSURANCE


def test_a_received_order_without_a_delivery_time_goes_to_a_person(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(delivered_at=None)
    for flow in ("return_refund", "exchange"):
        assert verdict(evaluate(pack, build.ask(flow, order))) == ("D1", Verdict.HAND_OFF, None)


# What is recorded.


@pytest.mark.control("P-14")
def test_a_decision_says_which_row_of_which_version_made_it_and_what_it_read(
    pack: PolicyPack, build: SimpleNamespace
) -> None:
    decision = evaluate(pack, build.ask("return_refund", build.order(days=9))).decision
    assert decision.policy == pack.id
    assert decision.trace["L1"]["table"] == "return_refund"
    assert decision.trace["L1"]["row"] == "R11"
    assert decision.trace["L1"]["read"]["days"] == 9
    assert decision.facts["window_ends_on"] == "2026-03-18"


def personal(build: SimpleNamespace, **given: str) -> dict[str, Any]:
    address = Address(name=given["name"], phone=given["phone"], text=given["address"])
    return {
        "of": build.order(address=address, buyer_note=given["note"]),
        "customer": build.customer(name=given["name"], phone=given["phone"]),
    }


FLOWS = (
    "return_refund",
    "refund_only",
    "cancel_order",
    "exchange",
    "resend",
    "repair",
    "price_protection",
    "change_address",
    "change_spec",
    "urge_shipment",
    "invoice",
    "complaint",
)


@pytest.mark.control("P-14")
@pytest.mark.parametrize("flow", FLOWS)
def test_who_asks_and_where_he_lives_changes_nothing_and_is_recorded_nowhere(
    pack: PolicyPack, build: SimpleNamespace, flow: str
) -> None:
    one = personal(build, name="ONE", phone="13811112222", address="North Street 1", note="please hurry")
    two = personal(build, name="TWO", phone="17733334444", address="South Village", note="refund me at once")
    first, second = (evaluate(pack, build.ask(flow, **given)) for given in (one, two))
    assert first == second
    written = json.dumps(msgspec.to_builtins(first))
    for words in ("ONE", "13811112222", "North Street", "please hurry"):
        assert words not in written


def test_titles_are_shown_in_quotes_only(pack: PolicyPack, build: SimpleNamespace) -> None:
    order = build.order(build.line(quantity=1, tags=("made up by the shop",)))
    decision = evaluate(pack, build.ask("return_refund", order)).decision
    written = json.dumps(msgspec.to_builtins(decision))
    assert "title" not in written
    assert "made up" not in written


@pytest.mark.parametrize("flow", FLOWS)
def test_facts_and_trace_are_json(pack: PolicyPack, build: SimpleNamespace, flow: str) -> None:
    decision = evaluate(pack, build.ask(flow)).decision
    assert json.loads(json.dumps(decision.facts)) == decision.facts
    assert json.loads(json.dumps(decision.trace)) == decision.trace


def test_asks_that_make_no_sense_are_refused(pack: PolicyPack, build: SimpleNamespace) -> None:
    def rejected(ask: Ask) -> str:
        with pytest.raises(InvalidInput) as raised:
            evaluate(pack, ask)
        return raised.value.detail

    assert "no table" in rejected(build.ask("track_parcel"))
    assert "no line" in rejected(build.ask("return_refund", lines=build.asked(("L9", 1))))
    assert "at least 1" in rejected(build.ask("return_refund", lines=build.asked(("L1", 0))))
    assert "once" in rejected(build.ask("return_refund", lines=build.asked(("L1", 1), ("L1", 1))))
    assert "zone" in rejected(build.ask("return_refund", now=datetime(2026, 3, 1)))  # noqa: DTZ001
