"""What counts as expected. The log is written here by hand: scoring never asks who wrote it."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from appliance.conversation.model import Channel
from appliance.evaluation import scoring
from appliance.evaluation.model import Case, Customer, Entry, Expect, Played, ReceivedCase, Say, UnitsOfLine


def decided(rule: str, verdict: str = "approve", flow: str = "return_refund", **more: Any) -> Entry:
    return Entry(type="decision.made", data={"rule": rule, "verdict": verdict, "flow": flow} | more)


def receipt(operation_id: str = "K1") -> Entry:
    return Entry(
        type="receipt.received", data={"operation_id": operation_id, "kind": "return_refund", "refund_fen": 900}
    )


def ended(outcome: str, flow: str | None = "return_refund", **more: Any) -> Entry:
    return Entry(type="conversation.outcome", data={"outcome": outcome, "flow": flow} | more)


def handed_off(reason: str) -> Entry:
    return Entry(type="handoff.made", data={"reason": reason})


CASE = ReceivedCase(
    operation_id="K1",
    kind="return_refund",
    order_id="900100",
    reason="size",
    refund_fen=900,
    freight_payer="customer",
    lines=(UnitsOfLine(line_id="L1", quantity=1), UnitsOfLine(line_id="L2", quantity=2)),
)
CREATED = (decided("R10"), receipt(), ended("case_created"))


def played(*log: Entry, **given: Any) -> Played:
    stated: dict[str, Any] = {"awaiting": None, "shown": ("您好",), "received": (), "writes": 0} | given
    return Played(log=log, turns=3, turn_ms=(1.0,), ended="outcome reached", **stated)


def case(expect: dict[str, Any], **given: Any) -> Case:
    return Case(
        id="t",
        channel=Channel.WEB,
        now=datetime(2026, 3, 2, tzinfo=UTC),
        customer=Customer(id="C"),
        fixtures={},
        expect=msgspec.convert(expect, Expect),
        **given,
    )


def why(expect: dict[str, Any], what: Played, **given: Any) -> list[str]:
    return [each.split(":")[0] for each in scoring.judge(case(expect, **given), what).why]


def test_a_case_as_expected_passes_with_every_key_compared() -> None:
    expect = {
        "outcome": "case_created",
        "rule": "R10",
        "rules_before": [],
        "flow": "return_refund",
        "refusal": None,
        "case": {
            "kind": "return_refund",
            "reason": "size",
            "refund_fen": 900,
            "freight_payer": "customer",
            "lines": [{"line_id": "L2", "quantity": 2}, {"line_id": "L1", "quantity": 1}],
            "order_id": "900100",
            "target_sku": None,
        },
        "freight_payer": "customer",
        "order_system_writes": 1,
        "handoff_reason": None,
        "work_order": False,
        "replies_contain": ["您"],
        "replies_never_contain": ["再见"],
    }
    assert why(expect, played(*CREATED, received=(CASE,), writes=1)) == []


def test_each_key_of_the_case_is_compared() -> None:
    expect = {"case": {"refund_fen": 901, "freight_payer": "merchant", "lines": [{"line_id": "L1", "quantity": 1}]}}
    wrong = why(expect, played(*CREATED, received=(CASE,), writes=1))
    assert wrong == ["case.refund_fen", "case.freight_payer", "case.lines"]


def test_writes_are_counted_exactly() -> None:
    verdict = scoring.judge(case({"order_system_writes": 1}), played(*CREATED, received=(CASE,), writes=2))
    assert not verdict.are_writes_right
    assert verdict.why == ("order_system_writes: expected 1, got 2",)


def test_an_absent_key_is_not_compared_and_null_is() -> None:
    log = played(decided("R11", "refuse", refusal="return_window"), ended("refused"))
    assert why({}, log) == []
    assert why({"refusal": None, "case": None}, log) == ["refusal"]


def test_any_member_of_a_list_is_right() -> None:
    log = played(handed_off("emotion"))
    assert why({"outcome": ["refused", "handed_off"], "handoff_reason": ["emotion", None]}, log) == []
    assert why({"outcome": ["refused", "answered"], "handoff_reason": [None]}, log) == ["outcome", "handoff_reason"]


def test_an_approval_that_was_corrected_before_it_was_carried_out_left_no_decision() -> None:
    log = played(decided("R10"), decided("R10"), receipt(), ended("case_created"), received=(CASE,), writes=1)
    assert why({"rule": "R10", "rules_before": []}, log) == []


def test_a_refusal_stands_before_what_its_offer_led_to() -> None:
    log = played(
        decided("E2", "refuse", "exchange"),
        decided("R10"),
        receipt(),
        ended("case_created"),
        received=(CASE,),
        writes=1,
    )
    assert why({"rule": "R10", "rules_before": ["E2"], "flow": "return_refund"}, log) == []


def test_asking_for_evidence_and_going_on_as_another_flow_are_no_decisions() -> None:
    log = played(
        decided("R0", "redirect"), decided("O4", "ask_evidence"), decided("O4"), receipt(), ended("case_created")
    )
    assert why({"rule": "O4", "rules_before": []}, log) == []


def test_a_request_that_ends_while_evidence_is_asked_for_ends_under_that_rule() -> None:
    log = played(
        decided("C4", "refuse", "cancel_order"),
        decided("R4", "ask_evidence"),
        ended("handed_off", rule="R4"),
        handed_off("policy"),
    )
    assert why({"rule": "R4", "rules_before": ["C4"], "flow": "return_refund"}, log) == []


def test_a_correction_that_asks_for_evidence_takes_the_approval_back() -> None:
    log = played(decided("R10"), decided("R4", "ask_evidence"), ended("cancelled", rule="R4"))
    assert why({"rule": "R4", "rules_before": []}, log) == []


def test_a_decision_that_only_the_outcome_tells_of_counts() -> None:
    log = played(*CREATED, ended("handed_off", None, rule="M1"), handed_off("risk_words"), received=(CASE,), writes=1)
    assert why({"rule": "M1", "rules_before": ["R10"], "cases_before": [{"kind": "return_refund"}]}, log) == []


def test_cases_before_are_those_of_the_same_conversation_in_order() -> None:
    second = msgspec.structs.replace(CASE, operation_id="K2", kind="invoice")
    log = played(
        *CREATED,
        decided("I1", flow="invoice"),
        receipt("K2"),
        ended("case_created", "invoice"),
        received=(CASE, second),
    )
    assert why({"case": {"kind": "invoice"}, "cases_before": [{"kind": "return_refund", "reason": "size"}]}, log) == []
    assert why({"cases_before": []}, log) == ["cases_before"]


def test_a_conversation_that_ends_while_something_is_awaited_counts_as_answered() -> None:
    log = played(decided("R7", "refuse"), ended("refused"), awaiting="confirm")
    assert why({"outcome": "refused"}, log) == ["outcome"]
    assert why({"outcome": "answered"}, log) == []


def test_no_outcome_at_all_counts_as_answered() -> None:
    assert why({"outcome": "answered"}, played()) == []


def test_small_talk_after_an_outcome_does_not_cover_it() -> None:
    log = played(decided("R11", "refuse"), ended("refused"), ended("answered", None))
    assert why({"outcome": "refused"}, log) == []


def test_with_after_receipt_the_first_receipt_is_scored_and_all_writes_count() -> None:
    log = played(*CREATED, decided("G2", "refuse"), ended("refused"), awaiting="offer", received=(CASE,), writes=1)
    expect = {"outcome": "case_created", "flow": "return_refund", "case": {"refund_fen": 900}, "order_system_writes": 1}
    assert why(expect, log, after_receipt=(Say(text="再退"),)) == []


def test_replies_are_searched_in_everything_shown() -> None:
    log = played(shown=("订单", "快递 A1"))
    assert why({"replies_contain": ["A1", "B2"], "replies_never_contain": ["A1"]}, log) == [
        "replies_contain",
        "replies_never_contain",
    ]


def test_an_error_while_playing_is_never_a_pass() -> None:
    assert why({}, played(error="unavailable: gone")) == ["error"]
