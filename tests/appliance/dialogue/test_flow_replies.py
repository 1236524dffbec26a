"""A flow that would come to a reply without words does not start."""

from itertools import product

import msgspec
import pytest

from appliance.aftersales.cases.withdrawal import Standing
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase, OrderStatus, TraceEvent
from appliance.dialogue import effects as fx
from appliance.dialogue import facts
from appliance.dialogue.flow_replies import VARIANTS, check_replies
from appliance.dialogue.render import Renderer
from appliance.dialogue.schema import Flows, parse_flow
from appliance.errors import ConfigurationError
from appliance.ids import LineId
from tests.appliance.dialogue.world import FLOWS, NOW, RENDERER, plain_orders

HEAD = "flow: repair\ntitle: 维修\nslots: [order, carrier]\nsteps:\n"
STAGES = (None, "pending", "awaiting_parcel", "inspecting", "refunding", "somewhere")
CASES = [
    OrderCase(
        case_id="F1",
        kind=CaseKind.REFUND_ONLY,
        status=status,
        lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
        stage=stage,
        refund_fen=100,
    )
    for status, stage in product(CaseStatus, STAGES)
]
ENDED = [
    msgspec.structs.replace(CASES[0], kind=kind, status=CaseStatus.FINISHED, stage=stage)
    for kind, stage in product((CaseKind.EXCHANGE, CaseKind.CANCEL_ORDER), ("refunded", "reshipped"))
]


OF_GOODS = [
    msgspec.structs.replace(CASES[0], kind=CaseKind.EXCHANGE, status=status, stage=stage)
    for status, stage in product(CaseStatus, (*STAGES, "reshipped"))
]
SHOWN = [(), tuple(CASES[:2]), *((case,) for case in (*CASES, *ENDED, *OF_GOODS))]


def flows(steps: str) -> Flows:
    return Flows({"repair": parse_flow(HEAD + steps, "repair.yaml")})


def test_the_flows_that_ship_have_words_for_all_they_can_say() -> None:
    check_replies(FLOWS, RENDERER)


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ("  - say: goodbye_forever\n", "step 1: no reply has the key goodbye_forever; add it to a file"),
        ("  - say: ghost\n    tell: trace\n", "the key ghost.unpaid, ghost.paid, ghost.moving, ghost.no_trace, "),
        ("  - say: ghost\n    tell: balance\n", "the key ghost.some, ghost.empty;"),
        ("  - ask_knowledge: moon\n", "the key knowledge.moon;"),
    ],
)
def test_a_reply_without_words_is_named_with_flow_and_step(steps: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        check_replies(flows(steps), RENDERER)
    assert "the flow 'repair', step 1" in wrong.value.detail
    assert complaint in wrong.value.detail


@pytest.mark.parametrize(
    ("steps", "key"),
    [
        ("  - receipt: case\n", "receipt.exchange"),
        ("  - quote: ruling\n", "quote.repair"),
        ("  - say: refusal\n", "refused.quantity"),
        ("  - say: refusal\n    offer: ruling\n", "refused.quantity"),
        ("  - handoff: policy\n", "handoff.policy"),
    ],
)
def test_what_follows_from_a_step_needs_words_too(steps: str, key: str) -> None:
    fewer = Renderer({name: reply for name, reply in RENDERER.replies.items() if name != key}, {})
    check_replies(flows(steps), RENDERER)
    with pytest.raises(ConfigurationError, match=f"no reply has the key {key};"):
        check_replies(flows(steps), fewer)


def test_every_variant_that_is_told_is_checked() -> None:
    order = plain_orders()[0]
    moved = TraceEvent(at=NOW, place="上海", text="已揽收")
    told: dict[str, set[str]] = {name: set() for name in facts.TELL}
    for status, trace, cases in product(OrderStatus, ((), (moved,)), SHOWN):
        found = msgspec.structs.replace(order, status=status, trace=trace, cases=cases)
        for name, tell in facts.TELL.items():
            told[name].add(tell(fx.OrderFacts(order=found, free={}, now=NOW), NOW)[0])
    told["withdrawal"].remove(Standing.FREE)  # it goes; nothing is told against it
    assert {name: sorted(variants) for name, variants in told.items()} == {
        name: sorted(variants) for name, variants in VARIANTS.items()
    }
