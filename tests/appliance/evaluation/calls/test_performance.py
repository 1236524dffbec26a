"""A case played as a call: what is said, said again, pressed, and when it is over. The line and the log are paper."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

import pytest

from appliance.conversation.model import Channel
from appliance.evaluation.calls import performance
from appliance.evaluation.calls.performance import CallPerformance
from appliance.evaluation.calls.session import told_at
from appliance.evaluation.calls.voice import CallersVoice
from appliance.evaluation.model import Case, Customer, Entry, Played, ReceivedCase, Say

NOW = datetime(2026, 11, 26, tzinfo=UTC)
OUTCOME = Entry(type="conversation.outcome", data={})


class PaperSpeaker:
    """The sound of a text is the text, with its voice."""

    rate_hz = 8_000

    async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        yield f"{voice} {speed} {text}".encode()


class PaperCall:
    """``bot`` is asked with each sound and with all keys; what it says to them is the log of a turn."""

    def __init__(self, bot: Callable[[str], list[Entry]], is_over: bool = False) -> None:
        self.said: list[str] = []
        self.is_over = is_over
        self.log: list[Entry] = []
        self._bot = bot

    async def say(self, pcm: bytes) -> None:
        self._take(pcm.lstrip(b"\0").decode())

    def press(self, keys: str) -> None:
        self._take(keys)

    def _take(self, words: str) -> None:
        self.said.append(words)
        self.log += self._bot(words)

    async def until_sound(self) -> None: ...

    async def until_still(self, for_ms: int) -> None: ...


def turn(awaiting: str | None = None, *between: Entry) -> list[Entry]:
    heard = Entry(type="customer.said", data={}, words="heard")
    return [heard, *between, Entry(type="turn.ended", data={"awaiting": awaiting})]


def case(**changes: object) -> Case:
    given = {"opening": Say(text="我要退货"), "otherwise": "是的", "max_turns": 4, **changes}
    return Case(id="c", channel=Channel.VOICE, now=NOW, customer=Customer(id="u"), fixtures={}, **given)  # type: ignore[arg-type]


async def play(told: Case, call: PaperCall) -> Played:
    async def log() -> Sequence[Entry]:
        return tuple(call.log)

    async def received() -> tuple[Sequence[ReceivedCase], int]:
        return (), 0

    return await CallPerformance(told, call, CallersVoice(PaperSpeaker()), log).play(received)


async def test_digits_with_a_hash_are_pressed_and_all_else_is_spoken() -> None:
    call = PaperCall(lambda said: turn(None, OUTCOME) if "#" in said else turn("verify"))
    found = await play(case(answers={"verify": (Say(text="4402#"),)}), call)
    assert call.said == ["selftest-male 1.0 我要退货", "4402#"]
    assert (found.error, found.ended, found.turns) == (None, "outcome reached", 2)


async def test_the_same_words_are_said_in_another_manner() -> None:
    call = PaperCall(lambda _: turn("confirm"))
    await play(case(otherwise="我要退货", max_turns=3), call)
    assert call.said == ["selftest-male 1.0 我要退货", "selftest-female 0.95 我要退货", "selftest-male 0.85 我要退货"]


async def test_what_nobody_hears_is_said_again_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "_HEARD_S", 0.0)
    call = PaperCall(lambda _: [])
    found = await play(case(), call)
    assert len(call.said) == 3
    assert found.error is not None
    assert "the recogniser hears nothing" in found.error


async def test_a_receipt_is_waited_for() -> None:
    receipt = Entry(type="receipt.received", data={})
    call = PaperCall(lambda _: [*turn("receipt"), receipt, *turn(None, OUTCOME)[1:]])
    found = await play(case(), call)
    assert (found.awaiting, found.ended) == (None, "outcome reached")


async def test_a_call_that_ends_early_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "_HEARD_S", 0.0)
    found = await play(case(), PaperCall(lambda _: [], is_over=True))
    assert found.error == "unavailable: the call ended before its time"


async def test_a_call_that_people_take_is_no_error() -> None:
    call = PaperCall(lambda _: turn(None, Entry(type="handoff.made", data={"reason": "customer_asked"})), is_over=True)
    found = await play(case(), call)
    assert (found.error, found.ended) == (None, "handed off")


def test_the_cases_that_ship_can_be_read_and_name_no_order_twice() -> None:
    told = told_at(NOW)
    numbers = [order["order_id"] for each in told for order in each.fixtures["orders"]]
    assert len(told) >= 3
    assert len(set(numbers)) == len(numbers)
    assert {each.channel for each in told} == {Channel.VOICE}
