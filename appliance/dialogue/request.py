"""What is asked of policy, out of the slots of the request on top."""

from typing import Any

from appliance.aftersales.cases.withdrawal import CASE as WITHDRAWN
from appliance.aftersales.parcels.rules import CARRIER, CASE, NUMBER
from appliance.aftersales.policy.model import AskedLine, Evidence
from appliance.dialogue import collect
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import OrderFacts
from appliance.dialogue.spec import SAME
from appliance.dialogue.state import Asked
from appliance.ids import LineId
from models.commands import Flow, Reason, Slot

_OF_CASE = (CASE, WITHDRAWN)
DETAILS = ("spec", "address", "phone", "invoice_title", "tax_id", CARRIER, NUMBER, *_OF_CASE)


def request(draft: Draft, flow: Flow, order: OrderFacts) -> Asked:
    slots = draft.top.slots
    return Asked(
        flow=flow,
        order_id=slots["order"],
        lines=_asked_lines(draft, flow, order),
        reason=Reason(slots["reason"]) if "reason" in slots else None,
        evidence=_evidence(slots.get("evidence")),
        details={name: str(slots[name]) for name in DETAILS if name in slots and slots[name] != SAME},
    )


def _asked_lines(draft: Draft, flow: Flow, order: OrderFacts) -> tuple[AskedLine, ...]:
    """Empty for the whole order: a cancellation, goods that never came, a parcel that is on its way, here or back.

    Of goods that are there nobody is taken to mean all because he named none: the flow asks before it comes here.
    """
    if flow is Flow.CANCEL_ORDER or draft.slot("reason") == Reason.NOT_RECEIVED or any(map(draft.slot, _OF_CASE)):
        return ()
    known_lines = {line.line_id for line in order.order.lines}
    lines = [line_id for line_id in draft.slot("line") or () if line_id in known_lines]
    if not lines and flow is Flow.CHANGE_SPEC:  # it is refused, for whichever line it was meant
        return tuple(AskedLine(line_id=LineId(line_id), quantity=free) for line_id, free in order.free.items() if free)
    if not lines:
        is_there = order.order.status in collect.RECEIVED and any(order.free.values())
        if is_there and Slot.LINE in draft.flows[draft.top.flow].slots:
            raise LookupError("goods that were received are decided on without a line")
        return ()
    quantity = draft.slot("quantity")
    is_single = len(lines) == 1
    units = order.protectable if flow is Flow.PRICE_PROTECTION else order.free
    asked = []
    for line_id in lines:
        free = max(units.get(line_id, 0), 1)
        wanted = quantity or free
        asked.append(AskedLine(line_id=line_id, quantity=wanted if is_single else min(wanted, free)))
    return tuple(asked)


def _evidence(value: Any) -> Evidence:
    if value is None:
        return Evidence.NOT_ASKED
    return Evidence.NONE if value == "none" else Evidence.YES
