"""Feeds a conversation's log to the engine again and reports the first turn that goes another way.

It looks nothing up and does nothing: what the world answered then stands in the log. Words are compared by their reply
keys, so a new wording is no difference; a changed flow or engine is, where it changes what is said, asked or done.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from appliance.aftersales.cases.model import Notice
from appliance.aftersales.orders.model import Spec
from appliance.aftersales.policy.model import Ruling
from appliance.aftersales.work.model import WorkNews
from appliance.conversation import events as log
from appliance.conversation import happenings
from appliance.conversation.bodies import Notice as Beginning
from appliance.conversation.call_events import CallGivenToPeople, RecordingDeclined
from appliance.conversation.event import EventData
from appliance.conversation.floor import fitted
from appliance.conversation.model import Channel, Side
from appliance.conversation.photo_way import PHOTO_LINK
from appliance.conversation.recording import BodyGone, Recorded
from appliance.dialogue import effects as fx
from appliance.dialogue import engine, incoming
from appliance.dialogue.photo_way import OfferPhotoLink, PhotoWay
from appliance.dialogue.schema import Flows
from appliance.dialogue.state import Identity, OwnOrder, Recording, Said, State
from appliance.errors import OrderSystemUnavailable, Reconciling

KNOWN_CUSTOMER = "verified"
"""Stands for whoever was verified before the conversation began; the engine only asks whether somebody was."""
NOT_WALKED = frozenset(
    {
        "customer.said",
        "customer.showed",
        "customer.chose",
        "bot.heard",
        "call.ended",
        "receipt.unheard",
        "words.masked",
        "quote.offered",
        "work_order.created",
        "ticket.drawn",
        "call.transferred",
        "desk.away",
        "agent.said",
        "note.made",
        "answer.marked",
        "call.measured",
        "service.ended",
        "rating.given",
    }
)
"""Events that follow from what is compared, or that the engine does not see."""

ABOUT = frozenset({log.ReceiptReceived.TYPE, log.OperationFailed.TYPE, log.CaseProgressed.TYPE})

E = TypeVar("E", bound=EventData)
T = TypeVar("T")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where the replay left the record: the turn, counted from 1, the place in the log, and what stood on each side."""

    turn: int
    seq: int
    recorded: str
    replayed: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    turns: int
    difference: Difference | None = None


class _Left(Exception):
    """The replay has left the record."""

    def __init__(self, seq: int, recorded: str, replayed: str) -> None:
        super().__init__(recorded, replayed)
        self.seq, self.recorded, self.replayed = seq, recorded, replayed


def replay(flows: Flows, events: Sequence[Recorded]) -> Replayed:
    """Raises BodyGone, and ValueError for an event type or version that this release does not know."""
    state, rest = _beginning(events)
    turns = 0
    for turn in _turns(rest):
        turns += 1
        try:
            state = _replay_turn(flows, state, turn)
        except _Left as left:
            difference = Difference(turn=turns, seq=left.seq, recorded=left.recorded, replayed=left.replayed)
            return Replayed(turns=turns, difference=difference)
    return Replayed(turns=turns)


def states(flows: Flows, events: Sequence[Recorded]) -> Iterator[State]:
    """As the conversation began, and after each turn, for as long as today's flows go the way that was recorded.

    Raises as ``replay``.
    """
    state, rest = _beginning(events)
    yield state
    for turn in _turns(rest):
        try:
            state = _replay_turn(flows, state, turn)
        except _Left:
            return
        yield state


def _beginning(events: Sequence[Recorded]) -> tuple[State, Sequence[Recorded]]:
    started = log.decode(events[0].type, events[0].v, events[0].data)
    if not isinstance(started, log.ConversationStarted):
        raise ValueError("a log begins with conversation.started; replay a conversation as a whole")
    said = [log.decode(event.type, event.v, event.data) for event in events[1:2]]
    welcome = tuple(Said(key=each.key) for each in said if isinstance(each, log.BotSaid))
    caller = msgspec.convert(events[0].body, Beginning).caller if events[0].body else None
    identity = Identity(customer_id=KNOWN_CUSTOMER if started.is_verified else None, caller=caller)
    is_call = started.channel == Channel.VOICE
    recording = Recording.ON if started.is_recorded else Recording.OFF
    return State(identity=identity, said=welcome, is_call=is_call, recording=recording), events[1 + len(welcome) :]


def _turns(events: Sequence[Recorded]) -> Iterator[list[Recorded]]:
    turn: list[Recorded] = []
    for event in events:
        turn.append(event)
        if event.type == log.TurnEnded.TYPE:
            yield turn
            turn = []


class _Tape:
    """The events of one turn, in their order."""

    def __init__(self, turn: Sequence[Recorded]) -> None:
        self._events = [event for event in turn if event.type not in NOT_WALKED]
        self._next = 0
        of_desk = sum(event.type == log.DeskAway.TYPE for event in turn)
        self._work_orders = sum(event.type == log.WorkOrderCreated.TYPE for event in turn) - of_desk

    @property
    def event(self) -> Recorded:
        return self._events[self._next]

    def data(self) -> EventData:
        return log.decode(self.event.type, self.event.v, self.event.data)

    def is_facts(self, what: str) -> bool:
        """Whether the next event is of facts of this kind."""
        return self.event.type == log.FactsRead.TYPE and self.event.data.get("what") == what

    def body(self, kind: type[T]) -> T:
        if self.event.body is None:
            raise BodyGone(f"the words of event {self.event.seq} are gone; this conversation cannot be replayed")
        return msgspec.convert(self.event.body, kind)

    def work_order(self) -> None:
        """One is asked for; it is made with the turn's commit, so its place among the others says nothing."""
        self._work_orders -= 1

    def end(self, awaiting: str | None) -> None:
        if self._work_orders:
            raise _Left(self.event.seq, "work orders are not the same", f"{-self._work_orders:+} work orders")
        self.expect(log.TurnEnded, awaiting=awaiting)

    def advance(self) -> None:
        self._next += 1

    def keep_only_what_was_done(self) -> None:
        """Skip what a turn that was given up was about."""
        self._events = [event for event in self._events if event.type not in ABOUT]

    def expect(self, kind: type[E], **fields: Any) -> E:
        """The next event, which must be of this kind and say the same."""
        found = self.data()
        wanted = f"{kind.TYPE} {_plain(fields)}"
        if not isinstance(found, kind):
            raise _Left(self.event.seq, self.event.type, wanted)
        recorded = {name: getattr(found, name) for name in fields}
        if _plain(recorded) != _plain(fields):
            raise _Left(self.event.seq, f"{kind.TYPE} {_plain(recorded)}", wanted)
        return found


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(fields)
    return plain


def _replay_turn(flows: Flows, state: State, turn: Sequence[Recorded]) -> State:
    tape = _Tape(turn)
    state, happening = _happening(state, tape)
    if happening is not None:
        state = _walk(flows, state, happening, turn[-1].business_at, tape)
    if any(event.type == log.DeskAway.TYPE and event.data["why"] == "full" for event in turn):
        state = fitted(state, "bot")
    tape.end(state.awaiting)
    return state


def _happening(state: State, tape: _Tape) -> tuple[State, incoming.Happening | None]:
    """What the turn was about; None where a person owned the conversation and words were only kept."""
    while True:
        data = tape.data()
        happening: incoming.Happening | None = None
        match data:
            case log.FactsRead(what="orders"):
                state = msgspec.structs.replace(state, orders=tape.body(tuple[OwnOrder, ...]))
                tape.advance()
                continue
            case log.OwnerChanged():
                state = fitted(state, "bot" if data.owner == Side.BOT else "human")
                tape.advance()
                continue
            case log.CommandsUnderstood():
                happening = tape.body(incoming.Heard)
            case log.ReceiptReceived() | log.OperationFailed() | log.CaseProgressed():
                _, happening = happenings.of_notice(tape.body(Notice))
            case log.WorkOrderProgressed():
                _, happening = happenings.of_news(tape.body(WorkNews))
            case log.TimerRan():
                happening = incoming.Tick()
            case CallGivenToPeople():
                happening = incoming.GivenToPeople(cut=data.cut)
            case log.TurnGivenUp():
                tape.keep_only_what_was_done()
                happening = incoming.GivenUp()
        if happening is not None:
            tape.advance()
        return state, happening


def _walk(flows: Flows, state: State, happening: incoming.Happening, at: datetime, tape: _Tape) -> State:
    walking = engine.turn(flows, state, happening, at)
    try:
        effect = next(walking)
        while True:
            away = tape.data()
            if isinstance(away, log.OrderSystemAway) and away.effect == type(effect).__name__:
                tape.advance()
                kind = Reconciling if away.is_reconciling else OrderSystemUnavailable
                effect = walking.throw(kind("it did not answer then either"))
                continue
            effect = walking.send(_answer(effect, tape))
    except StopIteration as ended:
        after: State = ended.value
        return after


def _answer(effect: fx.Effect, tape: _Tape) -> fx.Result:
    """What was answered then; _Left where something else was asked for."""
    if isinstance(effect, fx.WorkOrder | fx.LeaveMessage) or (
        isinstance(effect, fx.HandOff) and effect.with_work_order
    ):
        tape.work_order()
    if isinstance(effect, fx.LayQuote | fx.WorkOrder) or (
        isinstance(effect, OfferPhotoLink) and not tape.is_facts(PHOTO_LINK)
    ):
        return None
    result = _recorded_answer(effect, tape)
    tape.advance()
    return result


def _recorded_answer(effect: fx.Effect, tape: _Tape) -> fx.Result:
    match effect:
        case fx.Say(said=said):
            tape.expect(log.BotSaid, key=said.key, receipt=said.receipt)
        case fx.ReadOrders():
            tape.expect(log.FactsRead, what="orders")
            return tape.body(tuple[OwnOrder, ...])
        case fx.ReadOrder():
            found = tape.expect(log.FactsRead, what="order", order_id=effect.order_id)
            return tape.body(fx.OrderFacts) if found.is_found else None
        case fx.ReadSpecs():
            tape.expect(log.FactsRead, what="specs")
            return tape.body(tuple[Spec, ...])
        case fx.ReadAddress():
            tape.expect(log.FactsRead, what="address")
            return tape.body(fx.AddressFacts)
        case fx.ReadAccount():
            tape.expect(log.FactsRead, what="account")
            return tape.body(fx.Account)
        case OfferPhotoLink():
            tape.expect(log.FactsRead, what=PHOTO_LINK)
            return tape.body(PhotoWay)
        case fx.Keep():
            tape.expect(log.FactsRead, what="kept")
            return tape.body(str)
        case fx.LeaveMessage():
            return tape.expect(log.MessageLeft).number
        case fx.VerifyProof():
            tape.expect(log.IdentityChecked, by_caller=effect.is_callers)
            customer_id: str | None = tape.body(dict[str, str | None])["customer_id"]
            return customer_id
        case fx.Decide():
            tape.expect(log.DecisionMade, flow=effect.asked.flow, order_id=effect.asked.order_id)
            return tape.body(Ruling)
        case fx.Accept():
            return _recorded_acceptance(effect, tape)
        case fx.Lookup():
            known = tape.expect(log.KnowledgeSearched)
            return fx.Answer(topic=known.topic or "", key=known.key) if known.key else None
        case fx.RecordDecision():
            tape.expect(log.DecisionMade, flow=effect.flow, verdict=effect.verdict, rule=effect.rule)
        case fx.ChangeMood():
            tape.expect(log.MoodChanged, before=effect.before, level=effect.level, risks=effect.risks)
        case fx.Alert():
            tape.expect(log.AgentsAlerted, level=effect.level, risks=effect.risks)
        case fx.DeclineRecording():
            tape.expect(RecordingDeclined)
        case fx.HandOff():
            tape.expect(log.HandoffMade, reason=effect.reason)
        case fx.Conclude():
            fields = {"outcome": effect.outcome, "flow": effect.flow, "rule": effect.rule, "refusal": effect.refusal}
            tape.expect(log.ConversationConcluded, **fields)
    return None


def _recorded_acceptance(effect: fx.Accept, tape: _Tape) -> fx.Accepted | Ruling:
    if isinstance(tape.data(), log.QuoteFell):
        tape.expect(log.QuoteFell, quote_hash=effect.quote.hash)
        return tape.body(Ruling)
    accepted = tape.expect(log.OperationAccepted, quote_hash=effect.quote.hash)
    return fx.Accepted(operation_id=accepted.operation_id)
