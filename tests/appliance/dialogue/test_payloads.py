"""What a press means: exactly what was offered, and nothing that somebody makes up."""

import pytest

from appliance.aftersales.policy.model import Offer
from appliance.dialogue.options import (
    confirm_options,
    flow_options,
    offer_options,
    parse_payload,
    reason_options,
    yes_no,
)
from appliance.errors import InvalidInput
from models.commands import Affirm, Command, Deny, Flow, Handoff, HandoffReason, Reason, SetSlot, Slot, StartFlow

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("payload", "command", "quote_hash"),
    [
        ("affirm", Affirm(), None),
        (f"affirm:{HASH}", Affirm(), HASH),
        ("deny", Deny(), None),
        ("handoff", Handoff(reason=HandoffReason.CUSTOMER_ASKED), None),
        ("flow:repair", StartFlow(flow=Flow.REPAIR), None),
        ("slot:order=20261110123456", SetSlot(slot=Slot.ORDER, value="20261110123456"), None),
        ("slot:line=L1", SetSlot(slot=Slot.LINE, value="L1"), None),
        ("slot:quantity=2", SetSlot(slot=Slot.QUANTITY, value=2), None),
        ("slot:reason=size", SetSlot(slot=Slot.REASON, value="size"), None),
    ],
)
def test_a_press_is_a_command(payload: str, command: Command, quote_hash: str | None) -> None:
    assert parse_payload(payload) == (command, quote_hash)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "refund",
        "flow:",
        "flow:everything",
        "deny:all",
        "handoff:now",
        "slot:",
        "slot:colour=red",
        "slot:quantity=two",
        "slot:quantity=",
        "slot:evidence=yes",
        "slot:address=北京市朝阳区",
        "slot:phone=13800138000",
        "slot:tax_id=91110000600037341L",
        f"slot:quantity={'9' * 5000}",
    ],
)
def test_what_nobody_offered_means_nothing(payload: str) -> None:
    with pytest.raises(InvalidInput, match="send back the one of the quick reply or card"):
        parse_payload(payload)


def test_everything_that_is_offered_can_be_pressed() -> None:
    offered = (
        *confirm_options(HASH),
        *yes_no(),
        *flow_options(Flow),
        *reason_options(is_received=True),
        *reason_options(is_received=False),
        *offer_options((Offer(flow=Flow.REPAIR), Offer(quantity=2))),
    )
    for option in offered:
        parse_payload(option.payload)


def test_reasons_on_buttons_fit_where_the_parcel_is() -> None:
    before = {option.facts["reason"] for option in reason_options(is_received=False)}
    after = {option.facts["reason"] for option in reason_options(is_received=True)}
    assert Reason.NOT_RECEIVED in before - after
    assert Reason.QUALITY in after - before
