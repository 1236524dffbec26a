"""Whatever is said, in any order: no crash, no second acceptance, no claim without a receipt, no dead end."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config import MoodResponse
from appliance.conversation.floor import fitted
from appliance.dialogue import effects as fx
from appliance.dialogue import incoming
from appliance.dialogue.options import HASH_LENGTH
from appliance.dialogue.state import State
from appliance.understanding.mood import Level, Mood, Risk
from models.commands import (
    Clarify,
    Command,
    CorrectSlot,
    Flow,
    HandoffReason,
    Reason,
    SetSlot,
    Slot,
    StartFlow,
)
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import (
    CUSTOMER,
    DELIVERED,
    FLOWS,
    FOREIGN,
    PAID,
    PHONE_TAIL,
    PICTURE,
    SHIPPED,
    Shop,
    Talk,
    Turn,
    again,
)

ORDERS = (DELIVERED, PAID, SHIPPED, FOREIGN)
RECEIPTED = {"receipt", "progress"}
KNOWN_FLOWS = [Flow(file.flow) for file in FLOWS if not file.callable_only]

values = st.one_of(
    st.tuples(st.just(Slot.ORDER), st.sampled_from(ORDERS)),
    st.tuples(st.just(Slot.LINE), st.sampled_from(["L1", "L2", "L9"])),
    st.tuples(st.just(Slot.QUANTITY), st.sampled_from([-1, 0, 1, 2, 3, 99])),
    st.tuples(st.just(Slot.REASON), st.sampled_from([*(r.value for r in Reason), "nonsense"])),
    st.tuples(st.just(Slot.SPEC), st.sampled_from(["同款", "大一码", "运动短袖", "SKU-保温杯", "紫色"])),
    st.tuples(st.just(Slot.ADDRESS), st.sampled_from(["⟨地址1⟩", "⟨地址2⟩"])),
    st.tuples(st.sampled_from([slot for slot in Slot if slot is not Slot.QUANTITY]), st.just("随便")),
)
started = st.sampled_from([*KNOWN_FLOWS, *KNOWN_FLOWS, Flow.RETURN_REFUND, Flow.COMPLAINT])
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(StartFlow, flow=started),
    st.builds(lambda pair: SetSlot(slot=pair[0], value=pair[1]), values),
    st.builds(lambda pair: CorrectSlot(slot=pair[0], value=pair[1]), values),
    st.sampled_from([say.YES, say.YES, say.NO, say.CANCEL, say.RESUME, say.REPEAT, say.NOTHING, say.CHITCHAT]),
    st.sampled_from([say.ask("运费谁出"), say.ask("今天天气")]),
    st.builds(Clarify, flows=st.lists(started, max_size=4).map(tuple)),
)
reactions = st.builds(
    incoming.Reaction,
    mood=st.builds(Mood, level=st.sampled_from(Level), risks=st.lists(st.sampled_from(Risk), max_size=2).map(tuple)),
    responses=st.sets(st.sampled_from(MoodResponse)).map(tuple),
    reason=st.sampled_from([*[None] * 19, HandoffReason.EMOTION]),
    is_guardian=st.booleans(),
)
spoken = st.builds(
    incoming.SpokenNumber,
    digits=st.just("3456"),
    order_id=st.sampled_from([None, DELIVERED, PAID]),
    is_sure=st.booleans(),
)
heard = st.builds(
    lambda said, picture, foreign, number, reaction: incoming.Heard(
        commands=tuple(said),
        images=(PICTURE,) if picture else (),
        foreign_orders=(FOREIGN,) if foreign else (),
        numbers=(number,) if number else (),
        reaction=reaction,
    ),
    st.lists(commands, max_size=4),
    st.sampled_from([False, False, True]),
    st.sampled_from([False] * 9 + [True]),
    st.sampled_from([None, None, PHONE_TAIL, "1111"]),
    st.none() | st.none() | reactions,
)
full_request = st.builds(
    lambda reason, line, yes: [
        incoming.Heard(
            commands=(say.start("return_refund"), say.order(DELIVERED), say.line(line), say.because(reason))
        ),
        incoming.Heard(commands=(say.put("quantity", 1),), images=(PICTURE,)),
        incoming.Heard(commands=(yes,)),
    ],
    st.sampled_from(["size", "quality"]),
    st.sampled_from(["L1", "L2"]),
    st.sampled_from([say.YES, say.NO]),
)
by_people = st.lists(
    st.sampled_from([incoming.Heard(commands=(say.person(),)), "in people's hands", "handed back", "receipt"]),
    max_size=4,
)
steps: st.SearchStrategy[Any] = st.one_of(
    heard,
    heard,
    full_request,
    st.builds(lambda asked, after: [*asked, *after], full_request, by_people),
    st.sampled_from(["receipt", "refused", "in people's hands", "handed back", "delayed", "tick", "progress"]),
    st.sampled_from(["later", "shop changes", "old button"]),
)
conversations = st.lists(steps, min_size=1, max_size=12)
utterances = st.builds(
    lambda of, number, declines, asks: msgspec.structs.replace(
        of, number=number, declines_recording=declines, asks_about_recording=asks
    ),
    heard,
    st.none() | spoken,
    st.sampled_from([False] * 9 + [True]),
    st.sampled_from([False] * 9 + [True]),
)
calls = st.lists(utterances | steps, min_size=1, max_size=12)


class Run:
    """One random conversation, judged turn by turn."""

    def __init__(self, customer_id: str | None, *, is_call: bool = False) -> None:
        self.shop = Shop()
        self.shop.addresses = {"⟨地址1⟩": (), "⟨地址2⟩": ("detail",)}
        self.talk = Talk(self.shop, customer_id, is_call=is_call)
        self.shown: list[str] = []
        self.open: set[str] = set()
        """Quotes that were laid and not accepted since."""
        self.settled = 0

    def go(self, step: Any) -> None:
        if isinstance(step, list):
            for one in step:
                self.go(one)
            return
        turn = self._take(step)
        if turn is not None:
            self._judge(turn.before, turn)
            assert again(FLOWS, turn) == (list(turn.effects), turn.state), "the same inputs gave something else"

    def _take(self, step: Any) -> Turn | None:
        talk, pending = self.talk, self.settled < len(self.shop.accepted)
        first = f"00000000-0000-0000-0000-{self.settled + 1:012}"
        match step:
            case incoming.Heard():
                return talk.hear(*step.commands, **_more(step))
            case "receipt" if pending:
                self.settled += 1
                return talk.happen(talk.done(first))
            case "refused" if pending:
                self.settled += 1
                return talk.happen(incoming.NotDone(operation_id=first, is_refused=True))
            case "in people's hands" if pending:
                return talk.happen(incoming.NotDone(operation_id=first, is_refused=False))
            case "handed back":
                talk.state = fitted(talk.state, "bot")
            case "delayed" if pending:
                return talk.happen(incoming.Delayed(operation_id=first))
            case "tick":
                return talk.happen(incoming.Tick())
            case "progress":
                return talk.happen(incoming.Progress(case_id="F1", stage="refunding"))
            case "old button" if len(self.shown) > 1:
                return talk.hear(say.YES, quote_hash=self.shown[-2][:HASH_LENGTH])
            case "later":
                talk.wait(timedelta(minutes=7))
            case "shop changes":
                self.shop.change(DELIVERED, coupon_fen=self.shop.orders[DELIVERED].coupon_fen + 1)
        return None

    def _judge(self, before: State, turn: Turn) -> None:
        for effect in turn.of(fx.Accept):
            assert before.table is not None, "a yes needs a quote that was shown in an earlier turn"
            assert effect.quote.hash == before.table.quote.hash
            assert before.awaiting == "confirm"
            assert self.talk.now < before.table.expires_at
        for effect, result in zip(turn.effects, turn.results, strict=True):
            if isinstance(effect, fx.LayQuote):
                self.open.add(effect.quote_hash)
            if isinstance(effect, fx.Accept) and isinstance(result, fx.Accepted):
                assert effect.quote.hash in self.open, "one quote was accepted twice"
                self.open.remove(effect.quote.hash)
        for effect in turn.of(fx.Say):
            assert effect.said.key.split(".")[0] not in RECEIPTED or effect.said.receipt is not None
        if isinstance(turn.happening, incoming.Done):
            assert any(key.startswith("receipt.") for key in turn.said), "a receipt was not told"
        self.shown += [effect.quote_hash for effect in turn.of(fx.LayQuote)]
        state = turn.state
        may_rest = state.awaiting or state.is_handed_off or not state.stack or _waits_for_receipt(state)
        assert may_rest, f"came to rest without awaiting anything: {state}"
        assert state.table is None or any(frame.ruling for frame in state.stack), "a quote without its request"
        if before.is_handed_off:
            assert all(effect.said.receipt or "operation" in effect.said.key for effect in turn.of(fx.Say))
        if state.awaits_guardian:
            assert turn.of(fx.Decide) + turn.of(fx.LayQuote) + turn.of(fx.Accept) == [], "a minor was dealt with"
        if state.identity.customer_id is None:
            assert turn.of(fx.ReadOrder) + turn.of(fx.Decide) + turn.of(fx.Accept) == []


_BESIDE_COMMANDS = (
    "images",
    "foreign_orders",
    "numbers",
    "quote_hash",
    "reaction",
    "number",
    "declines_recording",
    "asks_about_recording",
)


def _more(step: incoming.Heard) -> dict[str, Any]:
    return {name: getattr(step, name) for name in _BESIDE_COMMANDS}


def _waits_for_receipt(state: State) -> bool:
    return any(frame.operation_id for frame in state.stack)


@pytest.mark.control("K11")
@settings(max_examples=200, deadline=None)
@given(conversations)
def test_a_verified_customer_may_say_anything(steps: list[Any]) -> None:
    run = Run(CUSTOMER)
    for step in steps:
        run.go(step)


@pytest.mark.control("K11")
@settings(max_examples=80, deadline=None)
@given(calls, st.booleans())
def test_a_caller_may_say_anything(steps: list[Any], is_known: bool) -> None:
    run = Run(CUSTOMER if is_known else None, is_call=True)
    if not is_known:
        identity = msgspec.structs.replace(run.talk.state.identity, caller="⟨手机1⟩")
        run.talk.state = msgspec.structs.replace(run.talk.state, identity=identity)
    for step in steps:
        run.go(step)


@pytest.mark.control("K11")
@settings(max_examples=80, deadline=None)
@given(conversations)
def test_a_stranger_may_say_anything(steps: list[Any]) -> None:
    run = Run(None)
    for step in steps:
        run.go(step)
