"""Whether every reply that a flow can come to has words. Asked at start-up, so that no customer is the first to see."""

from collections.abc import Iterator, Mapping
from typing import Final

from appliance.aftersales.cases.withdrawal import Standing
from appliance.aftersales.orders.model import CaseKind, OrderStatus
from appliance.aftersales.policy.model import Refusal
from appliance.dialogue.facts import PAYING
from appliance.dialogue.render import Renderer
from appliance.dialogue.schema import Flows, Step
from appliance.errors import ConfigurationError
from models.commands import HandoffReason

CUSTOMERS_OWN: Final = tuple(kind for kind in CaseKind if kind is not CaseKind.GOODWILL)
"""What a customer may agree to himself; of goodwill he hears once it is done."""
REFUNDS: Final = ("pending", "awaiting_parcel", "inspecting", "refunding", "open", "finished", "rejected")
OF_GOODS: Final = ("pending", "awaiting_parcel", "inspecting", "reshipped", "open", "finished", "rejected")
VARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "order": tuple(OrderStatus),
    "trace": ("unpaid", "paid", "moving", "no_trace", "delivered", "cancelled"),
    "refunds": ("none", "several", *REFUNDS, *(f"goods_{stage}" for stage in OF_GOODS)),
    "withdrawal": ("none", *(standing for standing in Standing if standing is not Standing.FREE)),
}
"""What ``facts.TELL`` may append to the key of a ``say`` that tells."""
OF_ACCOUNT: Final[dict[str, tuple[str, ...]]] = {
    "coupons": ("none", "some", "ending", "many"),
    "balance": ("some", "empty"),
    "benefits": ("ended", "none", "until", "lasting"),
}
"""The same for ``account.TELL``."""
BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "order": ("order_taken", "order_heard", "order_unheard", "order_by_keys"),
    "spec": ("ask_same_spec", "spec_unknown", "spec_unclear", "spec_as_now", "one_by_one"),
    "address": ("address_incomplete",),
    "evidence": ("ask.evidence_by_text", "ask.evidence_by_code", "ask_again.evidence_by_code", "evidence_received"),
    "tax_id": ("tax_id_wrong", "tax_id_needed"),
    "phone": ("ask.phone_of_account", "ask.phone_of_caller", "phone_wrong"),
    "callback_time": ("callback_time_unclear", "callback_time_past", "callback_time_closed"),
}
"""What a collector may say beside its question."""
ALARMS: Final = (HandoffReason.RISK_WORDS, HandoffReason.EMOTION)


def check_replies(flows: Flows, renderer: Renderer) -> None:
    """Raises ConfigurationError that names flow, step and every key without words."""
    for flow in flows:
        for number, step in enumerate(flow.steps, start=1):
            if missing := [key for key in keys_of(step) if key not in renderer]:
                where = f"the flow '{flow.flow}', step {number}" + (f" ({step.id})" if step.id else "")
                raise ConfigurationError(
                    f"{where}: no reply has the key {', '.join(missing)}; add it to a file under replies/"
                )


def keys_of(step: Step) -> Iterator[str]:
    """The keys that the step itself names, or that follow from what it does."""
    if step.collect and step.collect != "identity":
        yield from (f"ask.{step.collect}", f"ask_again.{step.collect}", *BESIDE.get(step.collect, ()))
    if step.confirm:
        yield from ("confirm", "confirm_again", *(f"confirm_again_{kind}" for kind in CaseKind if kind not in PAYING))
    if step.say:
        yield from _said(step, step.say)
    if step.ask_knowledge:
        yield f"knowledge.{step.ask_knowledge}"
    if step.quote:
        yield from (f"quote.{kind}" for kind in CUSTOMERS_OWN)
    if step.receipt:
        yield from (f"receipt.{kind}" for kind in CUSTOMERS_OWN)
    if step.handoff:
        yield f"handoff.{step.words or step.handoff}"
    if step.rule:
        yield from (f"handoff.{reason}" for reason in ALARMS)
    if step.leave:
        yield f"receipt.leave_{step.leave}"


def _said(step: Step, key: str) -> Iterator[str]:
    if step.offer or key == "refusal":
        yield from (f"refused.{refusal}" for refusal in Refusal)
    elif variants := {**VARIANTS, **OF_ACCOUNT}.get(step.tell or ""):
        yield from (f"{key}.{variant}" for variant in variants)
    else:
        yield key
