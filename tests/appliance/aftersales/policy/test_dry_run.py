"""A draft tried on the past: which verdicts change, and how much money with them. What is kept for it names nobody."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.aftersales.orders.model import Address, Invoice, Level, Line, Order, TraceEvent
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.dry_run import Past, dry_run, without_persons
from appliance.aftersales.policy.model import Ask, Evidence, Verdict
from appliance.aftersales.policy.pack import DEFAULT_PACK, PolicyPack
from models.commands import Flow, Reason
from tests.appliance.aftersales.policy.drafts import without

NAME, PHONE, STREET, NOTE, TAIL = "欧阳建国", "13912345678", "文三路99号", "请放门口", "8842"
PARCEL, FIRM, TAX_ID = "SF1234567890123", "欧阳商行", "91330100MA27XXXX0A"
PERSONAL = (NAME, PHONE, STREET, NOTE, TAIL, PARCEL, FIRM, TAX_ID)
FLOWS = [Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.CANCEL_ORDER, Flow.EXCHANGE, Flow.REPAIR, Flow.INVOICE]


def tried(pack: PolicyPack, ask: Ask, name: str = "d-1") -> Past:
    decision = evaluate(pack, ask).decision
    return Past(
        decision_id=name,
        business_at=ask.now,
        verdict=decision.verdict,
        rule=decision.rule,
        policy=decision.policy,
        ask=without_persons(ask),
    )


def titled(line: Line, title: str) -> Line:
    return msgspec.structs.replace(line, title=title)


@pytest.fixture
def generous(tmp_path: Path) -> PolicyPack:
    """Gold members have thirty days, and nobody else any."""
    folder = Path(shutil.copytree(DEFAULT_PACK, tmp_path / "draft"))
    terms = json.loads((folder / "pack.json").read_text("utf-8"))
    terms["window_days"] = {"normal": 0, "silver": 0, "gold": 30}
    (folder / "pack.json").write_text(json.dumps(terms), "utf-8")
    return PolicyPack.load(folder)


def test_the_same_pack_changes_nothing(pack: PolicyPack, build: SimpleNamespace) -> None:
    found = dry_run(pack, pack, [tried(pack, build.ask("return_refund", reason=Reason.SIZE))])
    assert (found.compared, found.changed, found.failed, found.not_repeated) == (1, (), (), ())


def test_what_a_pack_has_no_row_for_is_named_and_the_rest_compared(
    pack: PolicyPack, build: SimpleNamespace, tmp_path: Path
) -> None:
    partial = PolicyPack.load(without(tmp_path, "return_refund", "R11", "D1.1", "D1.2"))
    late = tried(pack, build.ask("return_refund", build.order(days=40), reason=Reason.SIZE), "late")
    timely = tried(pack, build.ask("return_refund", reason=Reason.SIZE), "timely")
    found = dry_run(pack, partial, [late, timely])
    assert (found.compared, [each.decision_id for each in found.failed]) == (2, ["late"])
    backwards = dry_run(partial, pack, [late, timely])
    assert (backwards.compared, backwards.not_repeated) == (1, ("late",))


def test_changed_verdicts_and_their_money_are_shown_by_name(
    pack: PolicyPack, generous: PolicyPack, build: SimpleNamespace
) -> None:
    gold = build.customer(level=Level.GOLD)
    past = [
        tried(pack, build.ask("return_refund", reason=Reason.SIZE), "lost"),
        tried(pack, build.ask("return_refund", build.order(days=20), customer=gold, reason=Reason.SIZE), "won"),
        tried(pack, build.ask("return_refund", build.order(days=40), reason=Reason.SIZE), "same"),
    ]
    found = dry_run(pack, generous, past)
    assert [(each.decision_id, each.before.rule, each.after.rule, each.more_fen) for each in found.changed] == [
        ("lost", "R10", "R11", -20000),
        ("won", "R11", "R10", 20000),
    ]
    assert found.more_fen == 0
    assert {
        (shift.flow, shift.before, shift.before_rule, shift.after, shift.after_rule, shift.decisions, shift.more_fen)
        for shift in found.shifts
    } == {
        (Flow.RETURN_REFUND, Verdict.APPROVE, "R10", Verdict.REFUSE, "R11", 1, -20000),
        (Flow.RETURN_REFUND, Verdict.REFUSE, "R11", Verdict.APPROVE, "R10", 1, 20000),
    }


def test_what_the_base_does_not_repeat_is_named_and_not_compared(
    pack: PolicyPack, generous: PolicyPack, build: SimpleNamespace
) -> None:
    other = tried(generous, build.ask("return_refund", reason=Reason.SIZE), "by-another-version")
    found = dry_run(pack, pack, [other])
    assert (found.compared, found.not_repeated) == (0, ("by-another-version",))


def test_what_the_draft_cannot_decide_is_a_failure_of_the_draft(
    pack: PolicyPack, build: SimpleNamespace, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(DEFAULT_PACK, tmp_path / "draft"))
    document = json.loads((folder / "repair.json").read_text("utf-8"))
    table = next(node for node in document["nodes"] if node["type"] == "decisionTableNode")["content"]
    table["rules"] = [row for row in table["rules"] if row["_id"] != "W2"]
    (folder / "repair.json").write_text(json.dumps(document), "utf-8")
    found = dry_run(pack, PolicyPack.load(folder), [tried(pack, build.ask("repair"))])
    assert [each.decision_id for each in found.failed] == ["d-1"]
    assert "no row" in found.failed[0].why


@pytest.mark.control("P-03")
def test_nobody_is_recognised_in_what_is_kept(build: SimpleNamespace) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    order: Order = msgspec.structs.replace(
        build.order(titled(build.line(), f"给{NAME}定制")),
        address=Address(name=NAME, phone=PHONE, text=STREET),
        buyer_note=NOTE,
        seller_note=PHONE,
        paid_by=f"招商银行 尾号{TAIL}",
        tracking_no=PARCEL,
        trace=(TraceEvent(at=at, place="杭州", text=f"已由{NAME}签收"),),
        invoice=Invoice(title=FIRM, number="7", issued_at=at, tax_id=TAX_ID),
        cases=(msgspec.structs.replace(build.case("repair", ("L1", 1)), paid_to=TAIL, tracking_no=PARCEL),),
    )
    ask = build.ask("invoice", order, customer=build.customer(name=NAME, phone=PHONE), tax_id=TAX_ID)
    kept = msgspec.json.encode(without_persons(ask)).decode()
    assert [value for value in PERSONAL if value in kept] == []


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_kept_is_decided_like_the_whole(pack: PolicyPack, build: SimpleNamespace, data: st.DataObject) -> None:
    draw: Any = data.draw
    lines = [
        titled(build.line(f"L{place}", price=draw(st.integers(1, 90000)), quantity=draw(st.integers(1, 3))), "词")
        for place in range(draw(st.integers(1, 3)))
    ]
    status = draw(st.sampled_from(["unpaid", "paid", "shipped", "delivered", "completed", "cancelled"]))
    order = build.order(*lines, status=status, days=draw(st.integers(0, 40)), paid_by="微信", coupon_fen=0)
    ask = build.ask(
        draw(st.sampled_from(FLOWS)).value,
        order,
        reason=draw(st.sampled_from([*Reason, None])),
        evidence=draw(st.sampled_from(Evidence)),
        customer=build.customer(level=draw(st.sampled_from(Level)), refunds_90d=draw(st.integers(0, 6))),
        is_company=draw(st.booleans()),
        tax_id=draw(st.sampled_from([None, "91350100M000100Y43", "911"])),
    )
    whole, kept = evaluate(pack, ask), evaluate(pack, without_persons(ask))
    assert kept.decision == whole.decision
    assert (kept.quote and kept.quote.total_fen) == (whole.quote and whole.quote.total_fen)
