"""What can be pressed, and what a press means. Payloads name a command, a slot value or the hash of a quote.

affirm:<quote hash>   deny   flow:<flow>   slot:<slot>=<value>   handoff
"""

from collections.abc import Iterable

from appliance.aftersales.orders.model import Line, Spec
from appliance.aftersales.policy.model import Offer
from appliance.dialogue.state import Option
from appliance.errors import InvalidInput
from models.commands import (
    Affirm,
    Command,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    KnownOrder,
    Reason,
    SetSlot,
    Slot,
    StartFlow,
)

HASH_LENGTH = 16
PRESSABLE = frozenset({Slot.ORDER, Slot.LINE, Slot.QUANTITY, Slot.REASON, Slot.SPEC})
"""Slots that buttons and cards fill. The others are filled by words only, which are masked on their way in."""


def confirm_options(quote_hash: str) -> tuple[Option, ...]:
    return (
        Option(key="option.confirm", payload=f"affirm:{quote_hash[:HASH_LENGTH]}"),
        Option(key="option.decline", payload="deny"),
    )


def offer_options(offers: Iterable[Offer]) -> tuple[Option, ...]:
    chosen = [
        Option(key="option.flow", payload=f"flow:{o.flow}", facts={"flow": o.flow})
        if o.flow
        else Option(key="option.quantity", payload=f"slot:quantity={o.quantity}", facts={"quantity": o.quantity})
        for o in offers
    ]
    return (*chosen, Option(key="option.leave_it", payload="deny"))


def flow_options(flows: Iterable[Flow]) -> tuple[Option, ...]:
    return tuple(Option(key="option.flow", payload=f"flow:{flow}", facts={"flow": flow}) for flow in flows)


def choose_order(order: KnownOrder) -> Option:
    facts = {
        "order_id": order.order_id,
        "status": order.status,
        "titles": [line.title for line in order.lines],
    }
    return Option(key="card.order", payload=f"slot:order={order.order_id}", facts=facts, is_card=True)


def choose_line(line: Line) -> Option:
    facts = {"title": line.title, "quantity": line.quantity}
    return Option(key="card.line", payload=f"slot:line={line.line_id}", facts=facts, is_card=True)


def choose_spec(spec: Spec) -> Option:
    facts = {"spec": spec.spec, "stock": "gone" if spec.stock == 0 else "there"}
    return Option(key="card.spec", payload=f"slot:spec={spec.sku}", facts=facts, is_card=True)


OFFERED_REASONS = (
    Reason.SEVEN_DAY,
    Reason.QUALITY,
    Reason.DAMAGED,
    Reason.WRONG_ITEM,
    Reason.MISSING_ITEM,
    Reason.SIZE,
    Reason.NOT_AS_DESCRIBED,
)
REASONS_BEFORE_RECEIPT = (Reason.CHANGED_MIND, Reason.NOT_RECEIVED, Reason.LATE_DELIVERY, Reason.DUPLICATE_ORDER)


def reason_options(*, is_received: bool) -> tuple[Option, ...]:
    reasons = OFFERED_REASONS if is_received else REASONS_BEFORE_RECEIPT
    return tuple(
        Option(key="option.reason", payload=f"slot:reason={reason}", facts={"reason": reason}) for reason in reasons
    )


def yes_no() -> tuple[Option, ...]:
    return (Option(key="option.yes", payload="affirm"), Option(key="option.no", payload="deny"))


def parse_payload(payload: str) -> tuple[Command, str | None]:
    """The command that a press means, and the quote hash of a confirmation. Raises InvalidInput."""
    kind, _, rest = payload.partition(":")
    try:
        match kind:
            case "affirm":
                return Affirm(), rest or None
            case "deny" if not rest:
                return Deny(), None
            case "handoff" if not rest:
                return Handoff(reason=HandoffReason.CUSTOMER_ASKED), None
            case "flow":
                return StartFlow(flow=Flow(rest)), None
            case "slot" if (slot := Slot(rest.partition("=")[0])) in PRESSABLE:
                value = rest.partition("=")[2]
                return SetSlot(slot=slot, value=int(value) if slot is Slot.QUANTITY else value), None
    except ValueError:
        pass
    raise InvalidInput("the payload is none that was offered; send back the one of the quick reply or card")
