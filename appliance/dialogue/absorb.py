"""What a customer's words change: the repair patterns. It starts, corrects, cancels and sets aside; it never executes.

A yes counts only when it stands alone at a confirmation; with anything else beside it that is answered first and the
confirmation asked again (law 3).
"""

from collections.abc import Generator
from typing import Any

import msgspec

from appliance.aftersales.policy.model import Offer
from appliance.dialogue import guardian, identity, named, parcel, small_talk, spec, spoken, withdrawal
from appliance.dialogue.callback import dictated
from appliance.dialogue.collect import fits, put
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Conclude, DeclineRecording, Effect, Result, Say, known
from appliance.dialogue.evidence import DENIAL
from appliance.dialogue.feeling import complain, feel
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.incoming import Heard
from appliance.dialogue.misses import miss
from appliance.dialogue.options import flow_options
from appliance.dialogue.questions import answer_question
from appliance.dialogue.state import Recording, Request
from appliance.dialogue.steps import link
from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Chitchat,
    Clarify,
    Command,
    CorrectSlot,
    Deny,
    Flow,
    HandoffReason,
    Nothing,
    Repeat,
    ResumeFlow,
    SetSlot,
    Slot,
    StartFlow,
)

MAX_CLARIFICATIONS = 3
MAX_OPTIONS = 3

Absorbing = Generator[Effect, Result, None]


def absorb(draft: Draft, heard: Heard) -> Absorbing:
    heard = msgspec.structs.replace(heard, commands=tuple(c for c in heard.commands if fits(c)))
    heard = named.asked_after(draft, dictated(draft, heard))
    draft.heard = heard
    draft.silences = 0
    draft.images.extend(heard.images)
    if heard.declines_recording or heard.asks_about_recording:
        yield from _speak_of_recording(draft, heard)
        if not heard.commands:
            yield from _repeat(draft)
            return
    if (reason := (yield from feel(draft, heard))) is not None:
        yield from complain(draft, reason)
        return
    heard = draft.heard
    if small_talk.is_acknowledged(draft, heard):
        draft.misses = 0
        yield draft.say(small_talk.ACKNOWLEDGED)
        return
    if small_talk.asks_to_wait(heard):
        draft.misses = 0
        draft.awaiting = draft.was_awaiting
        yield draft.say(small_talk.AWAITED)
        return
    without = withdrawal.take(draft, (yield from parcel.take(draft, heard)))
    was_taken = without is not heard
    draft.heard = heard = without
    was_answered = was_taken or bool(draft.said) or guardian.is_waited_for(draft)
    spoken.take(draft, heard)
    if draft.identity.customer_id is not None and heard.foreign_orders:
        yield from _foreign_order(draft)
        if draft.is_handed_off:
            return
    if heard.commands and all(isinstance(c, Repeat) for c in heard.commands):
        yield from _repeat(draft)
        return
    was_useful = yield from _answer(draft, heard.commands)
    was_useful = (yield from _follow(draft, heard.commands)) or was_useful
    is_for_somebody = draft.identity.customer_id is not None or not draft.is_idle
    was_named = bool(heard.foreign_orders and is_for_somebody) or (heard.number is not None and not draft.is_idle)
    if was_useful or was_answered or heard.images or was_named or _is_dictated(draft, heard):
        draft.misses = 0
    elif not _is_proving(draft):
        yield from miss(draft)


def _speak_of_recording(draft: Draft, heard: Heard) -> Absorbing:
    if not heard.declines_recording:
        yield draft.say(f"recording.{draft.recording}")
        return
    if draft.recording is Recording.ON:
        draft.recording = Recording.DECLINED
    yield DeclineRecording()
    yield draft.say("recording_declined")


def _is_dictated(draft: Draft, heard: Heard) -> bool:
    return bool(heard.words) and not draft.is_idle and draft.slot("message") is not None


def _foreign_order(draft: Draft) -> Absorbing:
    """G1 for a verified customer: one failure, the same words whether or not the order exists."""
    is_again = draft.is_call and draft.identity.failures > 0
    yield from identity.fail(draft, "order_by_keys" if is_again else "order_not_found")
    draft.must_ask.add("order")


def _repeat(draft: Draft) -> Absorbing:
    """The last words again, and the same thing awaited; nothing is walked. A caller hears them from those on that were
    cut short: what he has heard whole is not what he asks for."""
    cut = draft.heard.cut if draft.heard else ()
    for said in draft.before[min(cut, default=0) :]:
        draft.said.append(said)
        yield Say(said=said)
    draft.awaiting = draft.was_awaiting


def _answer(draft: Draft, commands: tuple[Command, ...]) -> Generator[Effect, Result, bool]:
    """What a yes, a no or a number means where a choice is awaited."""
    kinds = {type(command) for command in commands}
    if draft.stack and draft.top.operation_id and kinds and kinds <= {Affirm, Deny}:
        if Deny in kinds:
            yield draft.say("too_late_to_cancel")
        return True
    match draft.was_awaiting:
        case "confirm":
            return _answer_confirm(draft, kinds)
        case "offer":
            return _answer_offer(draft, commands, kinds)
        case "order" if draft.stack and draft.top.read_back:
            return spoken.answer(draft, kinds)
        case "evidence" if Deny in kinds and not draft.images:
            draft.fill("evidence", DENIAL)
            return True
        case "spec" if kinds == {Affirm} and spec.was_asked_for_same(draft):
            draft.fill("spec", spec.SAME)
            return True
        case "spec" if kinds == {Deny} and spec.was_asked_for_same(draft):
            spec.want_another(draft)
            return True
        case "resume":
            return (yield from _answer_resume(draft, kinds))
        case "tax_id" if Deny in kinds and not kinds & {SetSlot, CorrectSlot}:
            yield draft.say("tax_id_needed")
            return True
        case "phone" | "callback_time" if kinds and kinds <= {Affirm, Deny}:
            draft.yes, draft.no = Affirm in kinds, Deny in kinds
            return True
    return False


def _answer_confirm(draft: Draft, kinds: set[Any]) -> bool:
    has_picture = draft.heard is not None and bool(draft.heard.images)
    if kinds == {Affirm} and not has_picture:
        draft.yes = True
        return True
    if Deny in kinds and not kinds & {StartFlow, SetSlot, CorrectSlot, AskKnowledge}:
        draft.no = True
        return True
    return Affirm in kinds


def _answer_offer(draft: Draft, commands: tuple[Command, ...], kinds: set[Any]) -> bool:
    started = next((c.flow for c in commands if isinstance(c, StartFlow) and c.flow in draft.options), None)
    quantity = next(
        (int(c.value) for c in commands if isinstance(c, SetSlot | CorrectSlot) and c.slot is Slot.QUANTITY), None
    )
    if started is not None:
        draft.taken = Offer(flow=started)
    elif draft.offered_quantity and quantity:
        draft.taken = Offer(quantity=quantity)
    elif Affirm in kinds and draft.offered_quantity:
        draft.taken = Offer(quantity=draft.offered_quantity)
    elif Affirm in kinds and len(draft.options) == 1:
        draft.taken = Offer(flow=draft.options[0])
    elif kinds & {Deny, CancelFlow, Nothing, Chitchat} and not kinds & {StartFlow, AskKnowledge}:
        draft.no = True
    return draft.taken is not None or draft.no


def _answer_resume(draft: Draft, kinds: set[Any]) -> Generator[Effect, Result, bool]:
    if Deny in kinds:
        yield from _give_up(draft)
        return True
    return bool(kinds & {Affirm, ResumeFlow})


def _follow(draft: Draft, commands: tuple[Command, ...]) -> Generator[Effect, Result, bool]:
    """The commands in their order. True: at least one changed or answered something."""
    if draft.yes or draft.taken:
        return _take_slots(draft, commands) if draft.taken else False
    was_useful = has_started = False
    target: Request | None = None
    fresh: set[str] = set()
    for command in commands:
        match command:
            case StartFlow():
                if target is not None:
                    draft.enqueue(target)
                target = yield from _start(draft, command.flow, commands, is_further=has_started)
                if draft.is_handed_off:
                    return True
                has_started = True
                fresh = set()
                was_useful = True
            case SetSlot() | CorrectSlot() if target is not None:
                target = _with_slot(target, command)
                was_useful = True
            case SetSlot() | CorrectSlot():
                was_useful = _correct(draft, command, fresh) or was_useful
            case CancelFlow():
                was_useful = (yield from _cancel(draft)) or was_useful
            case ResumeFlow():
                was_useful = True
            case AskKnowledge():
                yield from answer_question(draft, command.query)
                was_useful = True
            case Chitchat():
                yield draft.say(small_talk.key(draft) or "chitchat")
                was_useful = True
            case Clarify():
                yield from _clarify(draft, command.flows)
                if draft.is_handed_off:
                    return True
                was_useful = True
    if target is not None:
        draft.enqueue(target)
    return was_useful


def _start(
    draft: Draft, flow: Flow, commands: tuple[Command, ...], *, is_further: bool
) -> Generator[Effect, Result, Request | None]:
    """Begin a flow. Returns a Request that has to wait, whose slots follow; None: what follows belongs to the top.

    ``is_further``: the same words have started another one before it.
    """
    draft.options = ()
    draft.clarified = 0
    if flow not in draft.flows:
        yield draft.say("unsupported")
        yield from hand_off(draft, HandoffReason.UNSUPPORTED)
        return None
    if draft.is_idle:
        draft.begin(flow, {})
        return None
    top = draft.top
    if draft.flows[flow].is_urgent:
        draft.begin(flow, {name: value for name, value in top.slots.items() if name in draft.flows[flow].slots})
        return None
    names_other = _names_other(draft, commands)
    if top.flow is flow and not (names_other and (top.operation_id or any(isinstance(c, Affirm) for c in commands))):
        return None
    is_query = draft.flows[top.flow].is_query
    if draft.flows[flow].is_query and not is_query:
        draft.begin(flow, {})
        return None
    if is_query and not is_further:
        draft.stack.pop()
        return (yield from _start(draft, flow, commands, is_further=False))
    if is_further or draft.was_awaiting == "confirm" or top.operation_id or names_other:
        yield draft.say("noted", {"title": draft.flows[flow].title})
        return Request(flow=flow)
    link(draft, flow)
    return None


def _names_other(draft: Draft, commands: tuple[Command, ...]) -> bool:
    """Whether the words name another order or line than the request being worked on."""
    for command in commands:
        if isinstance(command, SetSlot | CorrectSlot) and command.slot in (Slot.ORDER, Slot.LINE):
            before = draft.slot(command.slot)
            if before and command.value != before and command.value not in before:
                return True
    return False


def _with_slot(request: Request, command: SetSlot | CorrectSlot) -> Request:
    value: Any = command.value
    if command.slot is Slot.LINE:
        value = (*request.slots.get("line", ()), command.value)
    return msgspec.structs.replace(request, slots={**request.slots, command.slot.value: value})


def _correct(draft: Draft, command: SetSlot | CorrectSlot, fresh: set[str]) -> bool:
    """Put one value. A changed one voids ruling and quote: the request is walked again from its start."""
    if draft.is_idle or command.slot not in draft.flows[draft.top.flow].slots or draft.top.operation_id:
        return False
    if command.slot is Slot.ORDER and not _may_be_own(draft, command.value):
        return False
    if command.slot is Slot.PHONE and not _is_whole_number(draft, command.value):
        return False
    name = command.slot.value
    has_changed = put(draft, name, command.value, many=name in fresh)
    fresh.add(name)
    if has_changed or draft.has_quote:
        draft.restart()
    return True


def _may_be_own(draft: Draft, order_id: Any) -> bool:
    """Before he is verified an order number is a claim, and then somebody else's is answered as such."""
    foreign = draft.heard.foreign_orders if draft.heard else ()
    return draft.identity.customer_id is not None and order_id not in foreign


def _is_whole_number(draft: Draft, phone: Any) -> bool:
    """A number to be reached at has become a placeholder; four digits are proof, and so is what proof is asked for."""
    if draft.was_awaiting == "phone":
        return True  # what is wrong with it is said by who asked for it
    return draft.was_awaiting != "verify" and str(phone).startswith("⟨")


def _take_slots(draft: Draft, commands: tuple[Command, ...]) -> bool:
    """An offer was taken: what was said with it belongs to what follows."""
    taken = known(draft.taken)
    for command in commands:
        if isinstance(command, SetSlot | CorrectSlot) and not (taken.quantity and command.slot is Slot.QUANTITY):
            put(draft, command.slot.value, command.value)
    return True


def _cancel(draft: Draft) -> Generator[Effect, Result, bool]:
    if draft.no or draft.taken:
        return True
    if draft.is_idle:
        yield draft.say("nothing_to_cancel")
        return True
    if draft.top.operation_id:
        yield draft.say("too_late_to_cancel")
        return True
    yield from _give_up(draft)
    return True


def _give_up(draft: Draft) -> Absorbing:
    """The top request ends undone; what stands below it goes on."""
    draft.clear_table()
    given_up = draft.stack.pop()
    title = {"title": withdrawal.title(draft, given_up)}
    decision = given_up.ruling.decision if given_up.ruling else None
    yield draft.say("cancelled", title)
    yield Conclude(outcome="cancelled", flow=given_up.flow, rule=decision.rule if decision else None)
    draft.was_awaiting = None
    if draft.stack and not draft.top.operation_id:
        yield draft.say("back_to", _title(draft))


def _title(draft: Draft) -> dict[str, str]:
    return {"title": draft.flows[draft.top.flow].title}


def _clarify(draft: Draft, flows: tuple[Flow, ...]) -> Absorbing:
    draft.clarified += 1
    if draft.clarified >= MAX_CLARIFICATIONS:
        yield from hand_off(draft, HandoffReason.THREE_MISSES)
        return
    offered = tuple(flow for flow in flows if flow in draft.flows)[:MAX_OPTIONS]
    if not offered:
        yield draft.say("unsupported")
        yield from hand_off(draft, HandoffReason.UNSUPPORTED)
        return
    draft.options = offered
    titles = [draft.flows[flow].title for flow in offered]
    yield draft.say("clarify", {"titles": titles}, options=flow_options(offered))
    draft.awaiting = "clarify"


def _is_proving(draft: Draft) -> bool:
    """While proof is awaited the ``identity`` step judges the numbers that are said."""
    return draft.was_awaiting == "verify" and identity.offers_number(draft)
