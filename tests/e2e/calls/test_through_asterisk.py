"""Calls from a telephone network through a real Asterisk that has the files of ``compose/pbx``, by SIP and RTP.

Nothing between the caller's mouth and the order system is scripted: Asterisk's own channel drivers bring the sound.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from appliance.evaluation import scoring
from appliance.evaluation.calls.performance import CallPerformance
from appliance.evaluation.calls.session import CallCentre
from appliance.evaluation.model import Case, Entry, Verdict
from tests.appliance.channels.phone.asterisk import Exchange, refuse_without
from tests.e2e.calls.stories import case, said

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

WIRES = ("chan_websocket", "audiosocket")
_PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchanges(
    centre: CallCentre, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[str, Exchange]]:
    """For each wire between Asterisk and the appliance a network and a switchboard of its own."""
    refuse_without()
    async with AsyncExitStack() as opened:
        made = {}
        for wire in WIRES:
            exchange = Exchange.between(tmp_path_factory.mktemp(wire), centre.ports, by_audiosocket=wire != WIRES[0])
            made[wire] = await opened.enter_async_context(exchange)
        yield made


async def played(centre: CallCentre, exchange: Exchange, told: Case) -> Verdict:
    async with centre.rings(told) as desk, exchange.dial(number=desk.caller, called=desk.number) as phone:
        found = await CallPerformance(told, phone, centre.voice, desk.log).play(desk.received)
        return scoring.judge(told, found)


async def until(seen: Callable[[], Awaitable[Sequence[Any]]]) -> Sequence[Any]:
    """Neither the log nor Asterisk's console can be waited for."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := await seen()):
        assert time.monotonic() < deadline
        await asyncio.sleep(_LOOK_EVERY_S)
    return found


async def spoken(centre: CallCentre, exchange: Exchange) -> None:
    told = case("call-return-by-number")
    verdict = await played(centre, exchange, told)
    assert (verdict.why, verdict.played.error) == ((), None), verdict.played.transcript
    assert [each.order_id for each in verdict.played.received] == [told.fixtures["orders"][0]["order_id"]]


async def pressed(centre: CallCentre, exchange: Exchange) -> None:
    verdict = await played(centre, exchange, case("call-return-by-keys"))
    assert (verdict.why, verdict.played.error) == ((), None), verdict.played.transcript
    words = [entry for entry in verdict.played.log if entry.type == "customer.said"]
    assert [entry.data.get("is_keyed", False) for entry in words][:2] == [False, True]


@pytest.mark.parametrize(
    "calls",
    [(spoken, pressed), pytest.param((pressed, spoken), marks=pytest.mark.soak)],
    ids=["words by WebSocket", "words by AudioSocket"],
)
async def test_returns_by_words_and_by_keys_are_in_the_order_system(
    centre: CallCentre,
    exchanges: Mapping[str, Exchange],
    calls: tuple[Callable[[CallCentre, Exchange], Awaitable[None]], ...],
) -> None:
    """At once, one on each wire."""
    async with asyncio.TaskGroup() as held:
        for call, wire in zip(calls, WIRES, strict=True):
            held.create_task(_told(wire, call(centre, exchanges[wire])))


async def test_whoever_asks_for_people_waits_in_their_queue(
    centre: CallCentre, exchanges: Mapping[str, Exchange]
) -> None:
    """The dialplan asks where to go on, and is told: the same line, still up, is in the queue that the sample names."""

    async def call(exchange: Exchange) -> None:
        told = case("call-a-person-please")
        async with centre.rings(told) as desk, exchange.dial(number=desk.caller, called=desk.number) as phone:
            found = await CallPerformance(told, phone, centre.voice, desk.log).play(desk.received)
            assert scoring.judge(told, found).why == (), found.transcript
            waiting = await until(exchange.waiting)
            assert ([each.partition("-")[0] for each in waiting], phone.is_over) == (["PJSIP/trunk"], False)

    await _on_each_wire(exchanges, call)


async def test_a_caller_who_hangs_up_ends_the_call(centre: CallCentre, exchanges: Mapping[str, Exchange]) -> None:
    async def call(exchange: Exchange) -> None:
        async with centre.rings(case("call-return-by-number")) as desk:
            async with exchange.dial(number=desk.caller, called=desk.number) as phone:
                await phone.until_sound()

            async def measured() -> Sequence[Entry]:
                return [each for each in await desk.log() if each.type == "call.measured"]

            [over] = await until(measured)
            assert (over.data["left"], said(await desk.log())) == ("caller", [])

    await _on_each_wire(exchanges, call)


async def _on_each_wire(exchanges: Mapping[str, Exchange], call: Callable[[Exchange], Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as held:
        for wire, exchange in exchanges.items():
            held.create_task(_told(wire, call(exchange)))


async def _told(wire: str, call: Awaitable[None]) -> None:
    try:
        await call
    except BaseException as failed:
        failed.add_note(f"by {wire}")
        raise
