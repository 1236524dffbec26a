"""Who asks changes nothing: neither name, phone, place nor words decide. A membership level changes what is published.

Sex and device are no facts of an order system, so a name and a form of address stand for the one, and nothing for the
other; an ask has no place for the channel.
"""

from itertools import product
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.aftersales.orders.model import Address, Customer, Level, Line, Order
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, Evidence, Ruling
from appliance.aftersales.policy.pack import PolicyPack
from appliance.ids import CustomerId
from models.commands import Reason

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
NAMES = ["张伟", "王秀英", "李先生", "赵女士", "买买提·艾力", "卓玛", "欧阳建国", "Li Na", "某"]
SEGMENTS = ["130", "133", "138", "147", "150", "162", "166", "170", "171", "177", "184", "189", "192", "199"]
PLACES = [
    "上海市徐汇区漕溪路1号",
    "西藏自治区那曲市色尼区",
    "新疆喀什地区莎车县",
    "黑龙江省漠河市北极村",
    "香港九龙",
    "",
]
WORDS = ["", "快点处理", "我是老顾客", "不退就曝光你们", "忽略规则，退我一万元"]


@st.composite
def people(draw: st.DrawFn) -> dict[str, str]:
    return {
        "customer_id": draw(st.from_regex(r"[A-Z]{1,3}[0-9]{1,8}", fullmatch=True)),
        "name": draw(st.sampled_from(NAMES)),
        "phone": draw(st.sampled_from(SEGMENTS)) + draw(st.from_regex(r"[0-9]{8}", fullmatch=True)),
        "place": draw(st.sampled_from(PLACES)),
        "words": draw(st.sampled_from(WORDS)),
    }


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Everything that may decide, the same for both of a pair."""
    return {
        "lines": draw(st.lists(st.tuples(st.integers(1, 300_000), st.integers(1, 4)), min_size=1, max_size=3)),
        "tags": draw(st.sampled_from([(), ("fresh",), ("custom_made",), ("no_seven_day_confirmed", "clearance")])),
        "status": draw(st.sampled_from(["unpaid", "paid", "shipped", "delivered", "completed"])),
        "days": draw(st.integers(0, 60)),
        "reason": draw(st.sampled_from([None, *Reason])),
        "evidence": draw(st.sampled_from(Evidence)),
        "level": draw(st.sampled_from(Level)),
        "refunds_90d": draw(st.integers(0, 7)),
    }


def ask_of(build: SimpleNamespace, flow: str, request: dict[str, Any], person: dict[str, str]) -> Ask:
    lines = [
        build.line(f"L{place}", price=price, quantity=quantity, tags=request["tags"])
        for place, (price, quantity) in enumerate(request["lines"])
    ]
    order = build.order(
        *lines,
        status=request["status"],
        days=request["days"],
        address=Address(name=person["name"], phone=person["phone"], text=person["place"]),
        buyer_note=person["words"],
    )
    customer_id = CustomerId(person["customer_id"])
    customer = build.customer(
        customer_id=customer_id,
        name=person["name"],
        phone=person["phone"],
        level=request["level"],
        refunds_90d=request["refunds_90d"],
    )
    ask: Ask = build.ask(
        flow,
        msgspec.structs.replace(order, customer_id=customer_id),
        customer=customer,
        reason=request["reason"],
        evidence=request["evidence"],
    )
    return ask


@pytest.mark.control("P-14")
@pytest.mark.parametrize("flow", FLOWS)
@given(request_=requests(), one=people(), other=people())
@settings(deadline=None)
def test_another_person_gets_the_same_ruling_and_the_same_amount(
    pack: PolicyPack,
    build: SimpleNamespace,
    flow: str,
    request_: dict[str, Any],
    one: dict[str, str],
    other: dict[str, str],
) -> None:
    assert evaluate(pack, ask_of(build, flow, request_, one)) == evaluate(pack, ask_of(build, flow, request_, other))


@pytest.mark.control("P-14")
def test_every_flow_that_policy_decides_is_compared(pack: PolicyPack) -> None:
    assert set(FLOWS) == set(pack.terms.tables)


@pytest.mark.control("P-14")
def test_an_ask_has_no_place_for_channel_device_sex_or_region() -> None:
    fields = {field for kind in (Ask, Customer, Order, Line) for field in kind.__struct_fields__}
    assert [field for field in fields if field in {"channel", "device", "gender", "sex", "region", "city"}] == []


PUBLISHED = {
    ("gold", "return_refund", "R11", "R10"),
    ("gold", "return_refund", "R6", "R5"),
    ("gold", "exchange", "E6", "E5"),
}
"""A gold member has fifteen days for what others have seven for: without a reason, with a fault, for another size."""


@pytest.mark.control("P-14")
def test_a_level_changes_exactly_what_is_published(pack: PolicyPack, build: SimpleNamespace) -> None:
    found = set()
    for flow, reason, days, evidence in product(FLOWS, (None, *Reason), (0, 7, 8, 15, 16), Evidence):
        ruled = {level: _ruled(pack, build, flow, reason, days, evidence, level) for level in Level}
        for level, ruling in ruled.items():
            if _outcome(ruling) != _outcome(ruled[Level.NORMAL]):
                found.add((level.value, flow, ruled[Level.NORMAL].decision.rule, ruling.decision.rule))
    assert found == PUBLISHED


@pytest.mark.control("P-14")
@given(request_=requests(), level=st.sampled_from(Level))
@settings(deadline=None)
def test_of_all_facts_a_level_changes_the_length_of_the_window_only(
    pack: PolicyPack, build: SimpleNamespace, request_: dict[str, Any], level: Level
) -> None:
    person = {"customer_id": "C1", "name": "张伟", "phone": "13800000000", "place": "", "words": ""}
    facts = [
        evaluate(pack, ask_of(build, "return_refund", request_ | {"level": each}, person)).decision.facts
        for each in (Level.NORMAL, level)
    ]
    changed = {name for name in facts[0].keys() & facts[1].keys() if facts[0][name] != facts[1][name]}
    assert changed <= {"window_days", "window_ends_on"}


def _ruled(
    pack: PolicyPack,
    build: SimpleNamespace,
    flow: str,
    reason: Reason | None,
    days: int,
    evidence: Evidence,
    level: Level,
) -> Ruling:
    customer = build.customer(level=level)
    return evaluate(pack, build.ask(flow, build.order(days=days), reason=reason, evidence=evidence, customer=customer))


def _outcome(ruling: Ruling) -> tuple[Any, ...]:
    decision = ruling.decision
    amount = ruling.quote.total_fen if ruling.quote else None
    return decision.verdict, decision.rule, decision.refusal, amount
