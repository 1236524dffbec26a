"""How each kind of step is walked. A handler asks for effects and says whether the flow goes on, waits or has ended."""

from collections.abc import Callable, Generator
from datetime import timedelta
from enum import Enum

from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.policy.model import Offer, Ruling, Verdict
from appliance.dialogue import account, callback, collect, facts, guardian
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import (
    Accept,
    Accepted,
    Account,
    Conclude,
    Decide,
    Effect,
    LayQuote,
    LeaveMessage,
    ReadAccount,
    RecordDecision,
    Result,
    WorkOrder,
    expect,
    known,
)
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.incoming import Tone
from appliance.dialogue.options import confirm_options, offer_options
from appliance.dialogue.request import request
from appliance.dialogue.schema import Step, kind_of
from appliance.dialogue.state import Table
from models.commands import Flow, HandoffReason


class Move(Enum):
    ON = "on"
    """The position was moved: walk on."""
    WAIT = "wait"
    """The customer, or a receipt, is waited for."""
    END = "end"
    """The request has ended."""


Walk = Generator[Effect, Result, Move]

_ALARMS = {Tone.THREATENS: HandoffReason.RISK_WORDS, Tone.ANGRY: HandoffReason.EMOTION}
"""M1: why somebody who complains is handed over, where his words say more than that he does."""
URGE_WAREHOUSE = "urge_warehouse"
"""The work order of an approval that needs one (U1 after two days)."""


def walk(draft: Draft, step: Step) -> Walk:
    """Walk one step of the top request."""
    return HANDLERS[kind_of(step)](draft, step)


def _collect(draft: Draft, step: Step) -> Walk:
    is_filled = yield from collect.fill(draft, step)
    if is_filled:
        draft.go_on(step)
        return Move.ON
    return Move.END if draft.is_handed_off else Move.WAIT


def _decide(draft: Draft, step: Step) -> Walk:
    flow = draft.top.flow if step.decide == "request" else Flow(step.decide or "")
    order = yield from facts.order(draft)
    asked = request(draft, flow, order)
    ruling = expect(Ruling, (yield Decide(asked=asked)))
    draft.has_decided = True
    draft.change(asked=asked, ruling=ruling)
    decision = ruling.decision
    label = {
        Verdict.APPROVE: step.next,
        Verdict.ASK_EVIDENCE: step.ask_evidence,
        Verdict.REFUSE: step.refuse,
        Verdict.HAND_OFF: step.hand_off,
        Verdict.REDIRECT: step.redirect,
        Verdict.ANSWER: step.answer,
        Verdict.ASK_TAX_ID: step.ask_tax_id,
    }[decision.verdict]
    if label:
        draft.go(label)
    elif decision.verdict is Verdict.APPROVE:
        draft.go_on(step)
    else:
        yield from hand_off(draft, HandoffReason.POLICY)
        return Move.END
    return Move.ON


def _unless_held(handler: Callable[[Draft, Step], Walk]) -> Callable[[Draft, Step], Walk]:
    """Of a minor's request: here it waits for a guardian."""

    def walk_or_wait(draft: Draft, step: Step) -> Walk:
        if guardian.holds(draft):
            yield from guardian.wait(draft)
            return Move.WAIT
        return (yield from handler(draft, step))

    return walk_or_wait


def _quote(draft: Draft, step: Step) -> Walk:
    ruling = draft.ruling
    quote, asked = known(ruling.quote), known(draft.top.asked)
    expires_at = draft.at + timedelta(seconds=step.ttl_s)
    draft.table = Table(asked=asked, quote=quote, expires_at=expires_at, shown=draft.top.shown)
    yield LayQuote(quote_hash=quote.hash, expires_at=expires_at)
    order = yield from facts.order(draft)
    if refused := facts.refused_lines(ruling, order.order):
        yield draft.say("partly_refused", {"lines": refused})
    shown = draft.top.shown
    yield draft.say(f"quote.{quote.kind}", facts.quote(quote, shown), own=facts.own_words(quote, shown))
    draft.go_on(step)
    return Move.ON


def _confirm(draft: Draft, step: Step) -> Walk:
    table = draft.table
    if table is None:
        draft.restart()
        return Move.ON
    is_asked = draft.was_awaiting == "confirm"
    if draft.no and is_asked:
        draft.no = False
        draft.table = None
        if step.decline:
            draft.go(step.decline)
        else:
            draft.go_on(step)
        return Move.ON
    if draft.yes and is_asked:
        draft.yes = False
        if draft.at >= table.expires_at or not _is_for(draft, table):
            yield draft.say("quote_expired")
            draft.restart()
            return Move.ON
        draft.go_on(step)
        return Move.ON
    just_shown = any(said.key.startswith("quote.") for said in draft.said)
    again = {} if just_shown else facts.quote(table.quote, table.shown)
    own = {} if just_shown else facts.own_words(table.quote, table.shown)
    key = "confirm" if just_shown else _asked_again(table.quote.kind)
    yield draft.say(key, again, options=confirm_options(table.quote.hash), own=own)
    draft.awaiting = "confirm"
    return Move.WAIT


def _asked_again(kind: CaseKind) -> str:
    """Where no money moves, what will be done is said again instead of a sum."""
    return "confirm_again" if kind in facts.PAYING else f"confirm_again_{kind}"


def _is_for(draft: Draft, table: Table) -> bool:
    """A pressed button carries the hash of the quote it stood under."""
    heard = draft.heard
    return heard is None or heard.quote_hash is None or table.quote.hash.startswith(heard.quote_hash)


def _execute(draft: Draft, step: Step) -> Walk:
    table = known(draft.table)
    evidence = draft.slot("evidence")
    images = tuple(evidence) if evidence and evidence != "none" else ()
    result = yield Accept(asked=table.asked, quote=table.quote, images=images)
    draft.table = None
    if isinstance(result, Accepted):
        if draft.ruling.decision.needs_work_order:
            yield WorkOrder(kind=URGE_WAREHOUSE, order_id=table.quote.order_id)
        draft.change(operation_id=result.operation_id)
        draft.go_on(step)
        return Move.ON
    yield draft.say("quote_changed")
    draft.restart()
    return Move.ON


def _receipt(draft: Draft, _step: Step) -> Walk:
    """Reached when the yes was accepted; what comes of it is told when the receipt is there (``happenings``)."""
    draft.awaiting = "receipt"
    return Move.WAIT
    yield


def _say(draft: Draft, step: Step) -> Walk:
    if step.offer:
        return (yield from _say_and_offer(draft, step))
    if step.tell in account.TELL:
        key, told = account.TELL[step.tell](expect(Account, (yield ReadAccount())), draft.at)
        yield draft.say(f"{step.say}.{key}", told)
    elif step.tell:
        order = yield from facts.order(draft)
        key, told = facts.TELL[step.tell](order, draft.at)
        yield draft.say(f"{step.say}.{key}", told)
    elif step.say == "refusal":
        yield from _refuse(draft)
    else:
        yield draft.say(step.say or "", {"title": draft.flows[draft.top.flow].title})
    return (yield from _go_on_or_end(draft, step))


def _refuse(draft: Draft) -> Generator[Effect, Result, None]:
    decision = draft.ruling.decision
    order = yield from facts.order(draft)
    yield draft.say(f"refused.{decision.refusal}", facts.refusal(decision, order, draft.at))


def _say_and_offer(draft: Draft, step: Step) -> Walk:
    """Speak the refusal with its offer as a choice; a choice is taken, or left and the refusal stands."""
    decision = draft.ruling.decision
    if draft.was_awaiting == "offer" and (draft.taken or draft.no):
        return (yield from _leave_or_take(draft, step))
    if draft.has_decided:
        yield from _refuse(draft)
    offers = tuple(o for o in decision.offers if _can_start_now(draft, o))
    key = f"{decision.rule}:{decision.refusal}"
    if not offers or (draft.has_decided and key in draft.top.offered):
        return (yield from _go_on_or_end(draft, step))
    draft.change(offered=tuple(dict.fromkeys((*draft.top.offered, key))))
    draft.options = tuple(o.flow for o in offers if o.flow)
    draft.offered_quantity = next((o.quantity for o in offers if o.quantity), None)
    yield draft.say(
        f"offer.{_offer_name(offers)}",
        {"titles": [draft.flows[o.flow].title for o in offers if o.flow], "left": draft.offered_quantity},
        options=offer_options(offers),
    )
    draft.awaiting = "offer"
    return Move.WAIT


def _can_start_now(draft: Draft, offer: Offer) -> bool:
    """What waits for the parcel is told with the refusal and is no choice yet."""
    return not offer.after_receipt and (offer.flow is None or offer.flow in draft.flows)


def _offer_name(offers: tuple[Offer, ...]) -> str:
    if len(offers) > 1:
        return "several"
    return offers[0].flow or "quantity"


def _leave_or_take(draft: Draft, step: Step) -> Walk:
    taken, draft.taken = draft.taken, None
    draft.no = False
    draft.options = ()
    draft.offered_quantity = None
    if taken is None:
        yield draft.say("offer_declined")
        return (yield from _go_on_or_end(draft, step))
    if taken.quantity:
        draft.fill("quantity", taken.quantity)
        draft.restart()
        return Move.ON
    link(draft, known(taken.flow))
    return Move.ON


def link(draft: Draft, flow: Flow) -> None:
    """Go on as another flow with what is already known."""
    known = draft.flows[flow].slots
    slots = {name: value for name, value in draft.top.slots.items() if name in known}
    offered = draft.top.offered
    draft.stack.pop()
    draft.begin(flow, slots)
    draft.change(offered=offered)
    draft.table = None


def _go_on_or_end(draft: Draft, step: Step) -> Walk:
    if step.end is None:
        draft.go_on(step)
        return Move.ON
    ruling = draft.top.ruling
    decision = ruling.decision if ruling else None
    yield Conclude(
        outcome=step.end,
        flow=draft.top.flow,
        rule=decision.rule if decision else None,
        refusal=decision.refusal if decision else None,
    )
    return Move.END


def _call(draft: Draft, step: Step) -> Walk:
    draft.enter(step.call or "")
    return Move.ON
    yield


def _link(draft: Draft, step: Step) -> Walk:
    ruling = draft.top.ruling
    target = ruling.decision.redirect if ruling and step.link == "ruling" else Flow(step.link or "")
    link(draft, known(target))
    return Move.ON
    yield


def _set(draft: Draft, step: Step) -> Walk:
    for name, value in (step.set or {}).items():
        draft.fill(name, value)
    draft.go_on(step)
    return Move.ON
    yield


def _when(draft: Draft, step: Step) -> Walk:
    if draft.slot("order") is not None:
        yield from facts.order(draft)
    holds = draft.condition().evaluate(facts.scope(draft))
    label = step.then if holds else step.otherwise
    if label:
        draft.go(label)
    else:
        draft.go_on(step)
    return Move.ON
    yield


def _handoff(draft: Draft, step: Step) -> Walk:
    reason = step.handoff or HandoffReason.POLICY
    if step.rule is None:
        yield from hand_off(draft, reason)
        return Move.END
    reason = _ALARMS.get(draft.heard.tone, reason) if draft.heard and draft.heard.tone else reason
    yield RecordDecision(rule=step.rule, verdict=Verdict.HAND_OFF, flow=draft.top.flow)
    words = step.words if reason is step.handoff else None
    yield from hand_off(draft, reason, words=words, rule=step.rule, with_work_order=True)
    return Move.END


def _leave(draft: Draft, step: Step) -> Walk:
    """The message is kept with this turn, and so are the words that say so."""
    told, wished = callback.told(draft), draft.slot("callback_time")
    number = yield LeaveMessage(
        words=draft.slot("message"),
        phone=draft.slot("phone"),
        callback_time=None if wished == callback.ANY_TIME else wished,
    )
    number = expect(str, number)
    yield draft.say(f"receipt.leave_{step.leave}", {**told, "number": number}, receipt=number)
    return (yield from _go_on_or_end(draft, step))


def _ask_knowledge(draft: Draft, step: Step) -> Walk:
    yield draft.say(f"knowledge.{step.ask_knowledge}")
    return (yield from _go_on_or_end(draft, step))


HANDLERS: dict[str, Callable[[Draft, Step], Walk]] = {
    "collect": _collect,
    "decide": _unless_held(_decide),
    "quote": _unless_held(_quote),
    "confirm": _unless_held(_confirm),
    "execute": _execute,
    "receipt": _receipt,
    "say": _say,
    "ask_knowledge": _ask_knowledge,
    "call": _call,
    "link": _link,
    "set": _set,
    "when": _when,
    "handoff": _handoff,
    "leave": _leave,
}
