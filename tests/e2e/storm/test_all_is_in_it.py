"""Nothing that writes is left out of the storm: no flow, and no kind of write of the order system."""

from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.special.model import FLOWS as SPECIAL_FLOWS
from appliance.dialogue.schema import FLOWS, Flows, load_flows
from models.commands import Flow
from tests.e2e.storm.customers import KINDS, LEFT, OF_CASE, SPECIAL, Buyer


def buyer(kind: str) -> Buyer:
    return Buyer(
        customer_id="B1",
        order_id="55600000000001",
        kind=kind,
        unit_price_fen=100,
        quantity=1,
        coupon_fen=0,
        freight_fen=0,
    )


def leaves_something(flows: Flows, name: str) -> bool:
    """Whether somebody finds after it what was not there before: a case, a note, a work order."""
    return any(
        step.execute or step.leave or step.rule == "M1" or (step.call and leaves_something(flows, step.call))
        for step in flows[name].steps
    )


def test_every_flow_that_leaves_something_is_in_the_storm() -> None:
    flows = load_flows(FLOWS)
    writing = {flow for flow in Flow if leaves_something(flows, flow)}
    assert writing == set(KINDS) - {SPECIAL} - OF_CASE


BY_PEOPLE_ALONE = {CaseKind.GOODWILL}
"""No customer can ask for it; what a special refund does in the storm, it does."""


def test_every_kind_of_write_of_the_order_system_is_in_the_storm() -> None:
    assert {buyer(kind).written for kind in KINDS} - {None} == set(CaseKind) - BY_PEOPLE_ALONE
    assert {kind for kind in KINDS if buyer(kind).written is None} == set(LEFT)


def test_a_special_refund_of_the_storm_is_of_a_flow_that_people_may_go_beyond() -> None:
    assert buyer(SPECIAL).written in SPECIAL_FLOWS
