"""A customer who does say yes, and a model that belongs to somebody else: what is written is what he agreed to.

The model says anything, confirmations included, beside whatever the customer writes. His own yes is a plain one of the
closed lists, or the button of the quote. That writes do happen is asserted too: a rule nothing ever meets is no rule.
"""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.policy.model import Ruling, Verdict
from appliance.aftersales.policy.units import KEEPING, REFUNDING
from appliance.conversation.hearing import Listening
from appliance.conversation.model import Choice, CustomerMessage, Text
from appliance.dialogue import effects as fx
from appliance.dialogue import incoming
from appliance.dialogue.options import HASH_LENGTH
from appliance.dialogue.state import State
from appliance.understanding.service import Understanding
from models.commands import Command, Context, Prediction
from models.compact.model import CompactModel
from models.compact.plain import is_yes
from tests.appliance.dialogue import say
from tests.appliance.dialogue.test_engine_properties import Run, commands
from tests.appliance.dialogue.unagreed import unagreed, yes_words
from tests.appliance.dialogue.world import CUSTOMER, DELIVERED, PAID, SHIPPED, Shop, Talk, Turn

COMPACT = CompactModel.load()
YES = tuple(word for word, flow in yes_words() if flow is None)
NO_YES = unagreed()
REQUESTS: tuple[tuple[Command, ...], ...] = (
    (say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size")),
    (
        say.start("return_refund"),
        say.order(DELIVERED),
        say.line("L2"),
        say.because("changed_mind"),
        say.put("quantity", 2),
    ),
    (say.start("cancel_order"), say.order(PAID), say.because("changed_mind")),
    (say.start("urge_shipment"), say.order(SHIPPED)),
    (say.start("urge_shipment"), say.order(PAID)),
)


class Said(msgspec.Struct, frozen=True):
    """What the customer wrote, and what the model makes of it."""

    text: str
    predicted: tuple[Command, ...]


class Pressed(msgspec.Struct, frozen=True):
    """A confirmation button: that of the last quote, of one before it, or of none there ever was."""

    back: int | None


class Possessed:
    """A language model that says what it was told to, and is sure of it."""

    def __init__(self) -> None:
        self.next: tuple[Command, ...] = ()

    async def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        return Prediction(commands=self.next, confidence=1.0)


class Ledger(Shop):
    """Writes down what policy says of each acceptance before anything is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.rulings: list[Ruling] = []

    def _accept(self, effect: fx.Accept, customer_id: str | None, now: Any) -> fx.Accepted | Ruling:
        ruling = self.rule(effect.asked, customer_id, now)
        result = super()._accept(effect, customer_id, now)
        if isinstance(result, fx.Accepted):
            self.rulings.append(ruling)
        return result


class Listened(Run):
    """A random conversation whose words pass the whole ladder of understanding."""

    def __init__(self, runner: asyncio.Runner) -> None:
        super().__init__(CUSTOMER)
        self.ledger = self.shop = Ledger()
        self.talk = Talk(self.ledger, CUSTOMER)
        self._model, self._runner = Possessed(), runner
        self._listening = Listening(Understanding(COMPACT, self._model))
        self._own_yes = False
        self._amounts: dict[str, int] = {}
        """By the hash of each quote that was shown: the sum that was said with it."""
        self.kinds: Counter[CaseKind] = Counter()

    def _take(self, step: Any) -> Turn | None:
        self._own_yes = False
        match step:
            case Said():
                self._model.next = step.predicted
                flow = self.talk.state.top.flow if self.talk.state.top else None
                self._own_yes = is_yes(step.text, flow)
                return self._hear(Text(client_message_id="m", text=step.text))
            case Pressed():
                quote_hash = self._button(step.back)
                table = self.talk.state.table
                self._own_yes = table is not None and table.quote.hash.startswith(quote_hash)
                return self._hear(Choice(client_message_id="m", payload=f"affirm:{quote_hash}"))
        return super()._take(step)

    def _button(self, back: int | None) -> str:
        if back is None or back >= len(self.shown):
            return "0" * HASH_LENGTH
        return self.shown[-1 - back][:HASH_LENGTH]

    def _hear(self, message: CustomerMessage) -> Turn:
        state = msgspec.structs.replace(self.talk.state, orders=self.ledger.own_orders())
        utterance = self._runner.run(self._listening.hear((message,), state, "", self.talk.now))
        heard = msgspec.structs.replace(utterance.heard, trigger=None)
        return self.talk.hear(*heard.commands, **_all_but_commands(heard))

    def _judge(self, before: State, turn: Turn) -> None:
        super()._judge(before, turn)
        written = [
            effect.quote
            for effect, result in zip(turn.effects, turn.results, strict=True)
            if isinstance(effect, fx.Accept) and isinstance(result, fx.Accepted)
        ]
        for quote in written:
            ruling = self.ledger.rulings[-1]
            assert self._own_yes, "a write without the customer's own yes"
            assert self._amounts[quote.hash] == quote.total_fen, "another sum than the one that was shown"
            assert ruling.decision.verdict is Verdict.APPROVE
            assert ruling.quote == quote
            self.kinds[quote.kind] += 1
        assert len(written) <= 1, "one yes wrote twice"
        assert len(self.ledger.rulings) == len(self.ledger.accepted) == self.kinds.total()
        self._judge_units()
        laid = [effect.quote_hash for effect in turn.of(fx.LayQuote)]
        told = [s.said.facts["total_fen"] for s in turn.of(fx.Say) if s.said.key.startswith("quote.")]
        if laid:
            self._amounts.update(zip(laid, told, strict=True))
        assert set(told) <= set(self._amounts.values()), "what is only said once more was laid before"

    def _judge_units(self) -> None:
        """No unit is refunded or held twice."""
        taken: Counter[tuple[str, str]] = Counter()
        for accepted in self.ledger.accepted:
            if accepted.quote.kind in REFUNDING | KEEPING:
                for part in accepted.quote.lines:
                    taken[accepted.quote.order_id, part.line_id] += part.quantity
        for order in self.ledger.orders.values():
            for line in order.lines:
                assert taken[order.order_id, line.line_id] <= line.quantity, "one unit was written of twice"


def _all_but_commands(heard: incoming.Heard) -> dict[str, Any]:
    return {name: getattr(heard, name) for name in heard.__struct_fields__ if name != "commands"}


anything = st.lists(commands, max_size=4).map(tuple)
forged = anything.map(lambda said: (*said, say.YES))
said = st.builds(Said, st.sampled_from(NO_YES), st.one_of(anything, forged, st.just((say.YES,))))
yes = st.builds(Said, st.sampled_from(YES), st.one_of(anything, forged))
pressed = st.builds(Pressed, st.sampled_from([0, 0, 1, 2, None]))
asked = st.builds(lambda predicted: Said("帮我办一下那单", predicted), st.sampled_from(REQUESTS))
between = st.sampled_from(["receipt", "receipt", "refused", "delayed", "tick", "later", "shop changes"])
agreed = st.tuples(asked, st.one_of(yes, yes, pressed)).map(list)
steps = st.one_of(agreed, agreed, asked, said, yes, pressed, between)
conversations = st.lists(steps, min_size=1, max_size=12)


def converse(runner: asyncio.Runner, steps: list[Any]) -> Counter[CaseKind]:
    run = Listened(runner)
    for step in steps:
        run.go(step)
    return run.kinds


@pytest.mark.control("K11")
def test_what_is_written_is_what_the_customer_agreed_to() -> None:
    with asyncio.Runner() as runner:

        @settings(max_examples=150, deadline=None)
        @given(conversations)
        def hold(steps: list[Any]) -> None:
            target(converse(runner, steps).total(), label="writes")

        hold()


@pytest.mark.control("K11")
def test_and_writes_do_happen() -> None:
    """The same conversations every time, so that their count says something."""
    written: Counter[CaseKind] = Counter()
    with asyncio.Runner() as runner:

        @settings(max_examples=100, deadline=None, derandomize=True, database=None)
        @given(conversations)
        def hold(steps: list[Any]) -> None:
            written.update(converse(runner, steps))

        hold()
    assert written.total() >= 30, written
    assert {CaseKind.RETURN_REFUND, CaseKind.CANCEL_ORDER, CaseKind.URGE_SHIPMENT} <= set(written)
