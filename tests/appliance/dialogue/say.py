"""Commands, written short."""

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Chitchat,
    Clarify,
    CorrectSlot,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    Nothing,
    Reason,
    Repeat,
    ResumeFlow,
    SetSlot,
    Slot,
    StartFlow,
)

YES, NO, CANCEL, RESUME = Affirm(), Deny(), CancelFlow(), ResumeFlow()
REPEAT, NOTHING, CHITCHAT = Repeat(), Nothing(), Chitchat()


def start(flow: Flow | str) -> StartFlow:
    return StartFlow(flow=Flow(flow))


def put(slot: Slot | str, value: str | int) -> SetSlot:
    return SetSlot(slot=Slot(slot), value=value)


def correct(slot: Slot | str, value: str | int) -> CorrectSlot:
    return CorrectSlot(slot=Slot(slot), value=value)


def order(value: str) -> SetSlot:
    return put(Slot.ORDER, value)


def line(value: str) -> SetSlot:
    return put(Slot.LINE, value)


def because(reason: Reason | str) -> SetSlot:
    return put(Slot.REASON, Reason(reason).value)


def ask(query: str) -> AskKnowledge:
    return AskKnowledge(query=query)


def clarify(*flows: Flow | str) -> Clarify:
    return Clarify(flows=tuple(Flow(flow) for flow in flows))


def person(reason: HandoffReason | str = HandoffReason.CUSTOMER_ASKED) -> Handoff:
    return Handoff(reason=HandoffReason(reason))
