"""The dialogue engine: a pure function from a state and what happened to a new state, asking for effects on the way.

``turn`` is a generator: it yields an effect, is resumed with the recorded result, and returns the next state. It has no
clock, no I/O and no chance in it, so a replay that feeds the same results gives the same words. An order system that
does not answer is thrown into it: the request is kept as a work order and a person takes over.
"""

from collections.abc import Generator
from datetime import datetime
from typing import Any

import msgspec

from appliance.aftersales.cases.life import TOLD, Stand
from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.policy.units import REFUNDING
from appliance.dialogue import facts, withdrawal
from appliance.dialogue.absorb import absorb
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Conclude, Effect, Result
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.incoming import (
    Delayed,
    Done,
    GivenToPeople,
    GivenUp,
    Happening,
    Heard,
    NotDone,
    Progress,
    Tick,
    WorkProgress,
)
from appliance.dialogue.options import yes_no
from appliance.dialogue.schema import Flows
from appliance.dialogue.state import Frame, State
from appliance.dialogue.steps import Move, walk
from appliance.errors import OrderSystemUnavailable, Reconciling
from models.commands import HandoffReason

MAX_STEPS = 64
MAX_SILENCES = 2
SPOKEN_STAGES = frozenset({*TOLD, "parcel_awaited", "guide_sent"})

SPECIAL = frozenset({*REFUNDING, CaseKind.GOODWILL})
SPOKEN_WORK = frozenset({"in_progress", "waiting_customer", "done", "not_possible"})

Turn = Generator[Effect, Result, State]


def turn(flows: Flows, state: State, happening: Happening, at: datetime) -> Turn:
    """One turn. ``at`` is business time. The conversation is over for the bot once the state is handed off."""
    draft = Draft(flows, state, at)
    if state.is_handed_off and isinstance(happening, Heard | Tick | GivenUp | GivenToPeople):
        return state
    try:
        return (yield from _turn(draft, happening))
    except OrderSystemUnavailable as away:
        yield draft.say("reconciling" if isinstance(away, Reconciling) else "order_system_down")
        yield from hand_off(draft, HandoffReason.SYSTEM_DOWN, with_work_order=True)
        return draft.freeze()


def _turn(draft: Draft, happening: Happening) -> Turn:
    match happening:
        case Heard():
            yield from absorb(draft, happening)
        case Done() | NotDone():
            yield from _conclude_operation(draft, happening)
        case Progress():
            yield from _tell_progress(draft, happening)
            return draft.freeze()
        case WorkProgress():
            yield from _tell_work(draft, happening)
            return draft.freeze()
        case Delayed():
            yield from _tell_delay(draft, happening)
            return draft.freeze()
        case Tick():
            yield from _tick(draft)
            return draft.freeze()
        case GivenUp():
            yield from hand_off(draft, HandoffReason.SYSTEM_DOWN, with_work_order=True)
        case GivenToPeople():
            yield from hand_off(draft, HandoffReason.SYSTEM_DOWN, cut=happening.cut)
    if draft.awaiting is None and not draft.is_handed_off:
        yield from _walk_all(draft)
    return draft.freeze()


def _walk_all(draft: Draft) -> Generator[Effect, Result, None]:
    """Walk requests until something is awaited or nothing is left to do."""
    for _ in range(MAX_STEPS):
        if draft.is_idle:
            if not draft.queue:
                if not draft.said and draft.heard is not None:
                    yield draft.say("welcome_back")
                return
            request = draft.queue.pop(0)
            yield draft.say("next_request", {"title": draft.flows[request.flow].title})
            draft.begin(request.flow, dict(request.slots))
        step = draft.step()
        if step is None:
            if not draft.leave():
                yield from _finish(draft)
            if draft.awaiting:
                return
            continue
        move = yield from walk(draft, step)
        if draft.is_handed_off or move is Move.WAIT:
            return
        if move is Move.END:
            yield from _finish(draft)
            if draft.awaiting:
                return
    raise RuntimeError(f"the flow '{draft.top.flow}' does not come to rest")


def _finish(draft: Draft) -> Generator[Effect, Result, None]:
    """The top request has ended: go back to what was set aside, asking first where the digression was a long one."""
    ended = draft.stack.pop()
    draft.was_awaiting = None
    if draft.is_idle:
        return
    draft.has_decided = False
    if draft.top.operation_id:
        return
    title = draft.flows[draft.top.flow].title
    was_short = len(draft.stack) >= draft.depth_before
    if was_short or ended.flow is draft.top.flow:
        yield draft.say("back_to", {"title": title})
        return
    yield draft.say("resume", {"title": title}, options=yes_no())
    draft.awaiting = "resume"


def _conclude_operation(draft: Draft, happening: Done | NotDone) -> Generator[Effect, Result, None]:
    """The receipt, or its absence, of an accepted quote: told now, whatever else is being talked about."""
    frame = draft.take_agreed(happening.operation_id)
    if frame is None:
        yield from _tell_strangers_receipt(draft, happening)
        return
    if isinstance(happening, NotDone):
        yield from _tell_undone(draft, frame, happening)
        return
    decision = frame.ruling.decision if frame.ruling else None
    receipt = happening.receipt
    quote = frame.ruling.quote if frame.ruling else None
    agreed = {"freight_payer": quote.freight_payer, "details": {**quote.details, **frame.shown}} if quote else {}
    told = {**facts.receipt(receipt), **agreed}
    yield draft.say(f"receipt.{receipt.kind}", told, receipt=receipt.case_id)
    rule = decision.rule if decision else None
    yield Conclude(outcome="case_created", flow=frame.flow, rule=rule)
    if draft.stack or draft.was_awaiting == "clarify":
        _leave_open(draft)


def _tell_undone(draft: Draft, frame: Frame, happening: NotDone) -> Generator[Effect, Result, None]:
    """A refusal is the end of it. What people have in hand may take days: its receipt is told whenever it comes."""
    yield draft.say(_told_of(happening), {"title": withdrawal.title(draft, frame)})
    draft.stack.append(msgspec.structs.replace(frame, operation_id=None) if happening.is_refused else frame)
    if not draft.is_handed_off:
        reason = HandoffReason.UNSUPPORTED if happening.is_by_hand else HandoffReason.SYSTEM_DOWN
        yield from hand_off(draft, reason)


def _told_of(happening: NotDone) -> str:
    if happening.is_by_hand:
        return "operation_by_hand"
    return "operation_refused" if happening.is_refused else "operation_handed_over"


def _tell_strangers_receipt(draft: Draft, happening: Done | NotDone) -> Generator[Effect, Result, None]:
    """Of what the shop's people did for him: told once it is done, and only then."""
    if isinstance(happening, Done) and happening.is_by_staff and happening.receipt.kind in SPECIAL:
        receipt = happening.receipt
        yield draft.say(f"special.{receipt.kind}", facts.receipt(receipt), receipt=receipt.case_id)
        _leave_open(draft)
    draft.awaiting = draft.was_awaiting


def _leave_open(draft: Draft) -> None:
    """News came in between: what was asked before stays asked, and is repeated with the news."""
    if draft.was_awaiting not in (None, "receipt"):
        draft.awaiting = draft.was_awaiting
        draft.said.extend(draft.before)


def _tell_progress(draft: Draft, progress: Progress) -> Generator[Effect, Result, None]:
    is_service = progress.kind in facts.SERVICES or progress.stage != Stand.FINISHED
    if progress.stage in SPOKEN_STAGES and is_service:
        told: dict[str, Any] = {"case_kind": progress.kind}
        if progress.refund_fen:
            told["refund_fen"] = progress.refund_fen
        yield draft.say(f"progress.{progress.stage}", told, receipt=progress.case_id)
    _leave_open(draft)
    draft.awaiting = draft.was_awaiting


def _tell_work(draft: Draft, progress: WorkProgress) -> Generator[Effect, Result, None]:
    if progress.stage in SPOKEN_WORK:
        yield draft.say(f"work.{progress.stage}", receipt=progress.work_order_id)
    _leave_open(draft)
    draft.awaiting = draft.was_awaiting


def _tell_delay(draft: Draft, delayed: Delayed) -> Generator[Effect, Result, None]:
    """Said once, be it by the timer or by the executor."""
    is_known = draft.waits_for(delayed.operation_id)
    was_told = any(said.key == "receipt_later" for said in draft.before)
    if is_known and not was_told and not draft.is_handed_off:
        yield draft.say("receipt_later")
        _leave_open(draft)
    else:
        draft.awaiting = draft.was_awaiting


def _tick(draft: Draft) -> Generator[Effect, Result, None]:
    """A timer: the receipt is late, or the customer has been silent."""
    draft.awaiting = draft.was_awaiting
    if draft.awaiting == "receipt":
        yield draft.say("receipt_later")
        draft.awaiting = None
        return
    if draft.awaiting is None or draft.silences >= MAX_SILENCES:
        return
    draft.silences += 1
    yield draft.say("silence_first" if draft.silences < MAX_SILENCES else "silence_last")
    draft.said.clear()  # a repeat says the question again, not that he is waited for
