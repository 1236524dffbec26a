"""Both wires, AGI, call files and the REST interface with a real Asterisk that has the files of ``compose/pbx``.

What holds a call is the test; whole calls with engines of speech are in ``tests/e2e/calls``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
import pytest_asyncio

from appliance.channels.phone.server import Patience, Ports, serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import VoiceSettings
from appliance.evaluation.calls.earpiece import is_sound
from appliance.integrations.pbx.ari import TIMEOUT_S, Ari
from appliance.integrations.pbx.call_file import CallFiles
from appliance.integrations.pbx.dial import Plan
from appliance.integrations.webhooks.sender import Sender
from appliance.outbound.model import Dial
from appliance.outbound.ports import Pbx
from appliance.voice.call import monotonic_ms
from appliance.voice.events import LeaveCall
from appliance.voice.model import Exit
from appliance.voice.ports import Line
from tests.appliance.channels.phone.asterisk import ARI_PASSWORD, BUSY, Exchange, refuse_without
from tests.appliance.channels.phone.conftest import FALLBACK, Held

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = VoiceSettings(host="127.0.0.1", agi_port=0, audiosocket_port=0, media_port=0, sip_headers=("X-Shop",))
CALLER, CALLED = "13800138000", "4008001234"
TO_PEOPLE = LeaveCall(Exit.TRANSFER, VoiceSettings().people)
_PATIENCE_S = 30.0
OFTEN = Patience(ping_every_s=0.2)
"""Every call is long enough to be asked whether its switchboard is there."""


class Office:
    """The ports that Asterisk connects to; a test says who takes the next call."""

    def __init__(self) -> None:
        self.tried: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._next: Held | None = None

    def takes(self, held: Held) -> Held:
        self._next = held
        return held

    async def hold(self, line: Line) -> None:
        assert self._next is not None
        await self._next(line)

    async def hear_tried(self, token: str, status: str) -> None:
        self.tried.put_nowait((token, status))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Ports]:
        switchboard = Switchboard(monotonic_ms, FALLBACK)
        async with serving(SETTINGS, switchboard, self.hold, self.hear_tried, OFTEN) as ports:
            yield ports


class Place(NamedTuple):
    office: Office
    exchange: Exchange


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["chan_websocket", "audiosocket"])
async def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    refuse_without()
    office, folder = Office(), tmp_path_factory.mktemp(request.param)
    async with (
        office.open() as ports,
        Exchange.between(folder, ports, by_audiosocket=request.param == "audiosocket") as exchange,
    ):
        yield Place(office, exchange)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Asterisk's console cannot be waited for."""
    deadline = time.monotonic() + _PATIENCE_S
    while not await is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


def loud(rate_hz: int) -> bytes:
    """20 ms of 50 Hz, at a third of the range."""
    half = rate_hz // 100
    return b"\x10\x27" * half + b"\xf0\xd8" * half


async def tone(line: Line, frames: int, mark: str) -> None:
    for _ in range(frames):
        await line.play(loud(line.rate_hz))
    await line.mark(mark)


async def test_what_is_said_is_heard_and_its_end_is_told(place: Place) -> None:
    async def speak(line: Line) -> None:
        await tone(line, 50, "said")

    held = place.office.takes(Held(speak))
    async with place.exchange.dial(number=CALLER, called=CALLED, headers={"X-Shop": "shop-1"}) as phone:
        await phone.until_sound()
        await held.until(lambda h: h.reached == ["said"])
        caller = (await held.line).caller
    assert (caller.number, caller.called, caller.headers) == (CALLER, CALLED, {"X-Shop": "shop-1"})
    await asyncio.wait_for(held.is_over.wait(), _PATIENCE_S)


async def test_what_was_not_played_is_taken_back(place: Place) -> None:
    """Of ten seconds he is interrupted after two were sent, of which next to nothing is heard after that."""
    sent, interrupted = asyncio.Event(), asyncio.Event()

    async def speak(line: Line) -> None:
        await tone(line, 100, "begun")
        sent.set()
        saying = asyncio.create_task(tone(line, 400, "said"))
        await interrupted.wait()
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        await line.flush()
        await line.mark("after")

    held = place.office.takes(Held(speak))
    async with place.exchange.dial(number=CALLER, called=CALLED) as phone:
        await sent.wait()
        await phone.until_sound()
        before = len(phone.heard)
        interrupted.set()
        await held.until(lambda h: "after" in h.reached)
        await phone.until_still(500)
        after = phone.heard[before:]
    frames = [bytes(after[at : at + 320]) for at in range(0, len(after), 320)]
    assert "said" not in held.reached
    assert sum(map(is_sound, frames)) < 60


async def test_sound_and_keys_of_the_caller_come_in(place: Place) -> None:
    held = place.office.takes(Held())
    async with place.exchange.dial(number=CALLER, called=CALLED) as phone:
        await held.line
        await phone.say(loud(8_000) * 25)
        phone.press("12#")
        await held.until(lambda h: h.keys == "12#")
        assert is_sound(held.sound)
    await asyncio.wait_for(held.is_over.wait(), _PATIENCE_S)


async def test_the_line_goes_where_it_is_sent(place: Place) -> None:
    async def leave(line: Line) -> None:
        await line.leave(TO_PEOPLE)

    place.office.takes(Held(leave, TO_PEOPLE))
    async with place.exchange.dial(number=CALLER, called=CALLED) as phone:
        await until(is_waiting(place.exchange))
        assert not phone.is_over


async def test_a_call_that_the_appliance_ends_is_over(place: Place) -> None:
    over = LeaveCall(Exit.HANG_UP)

    async def leave(line: Line) -> None:
        await line.leave(over)

    place.office.takes(Held(leave, over))
    async with place.exchange.dial(number=CALLER, called=CALLED) as phone:
        await asyncio.wait_for(phone.until_over(), _PATIENCE_S)


def is_waiting(exchange: Exchange) -> Callable[[], Awaitable[bool]]:
    async def waits() -> bool:
        return [each.partition("-")[0] for each in await exchange.waiting()] == ["PJSIP/trunk"]

    return waits


PLAN = Plan(
    dial_context="appliance-dial", answered="appliance-answered,s", caller_number=CALLED, prefix="", ring_s=20
)  # fmt: skip


def by_call_file(exchange: Exchange) -> Pbx:
    return CallFiles(exchange.switchboard.spool, PLAN)


def by_ari(exchange: Exchange) -> Pbx:
    return Ari(exchange.ari_url, "appliance", ARI_PASSWORD, PLAN, Sender((ip_network("127.0.0.0/8"),), TIMEOUT_S))


def made(number: str, seconds: float = 45) -> Dial:
    """``seconds``: so long it may ring from now on."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return Dial(attempt_id=uuid4(), token=uuid4().hex, number=number, until=until)


WAYS: Mapping[str, Callable[[Exchange], Pbx]] = {"call file": by_call_file, "REST": by_ari}


@pytest.mark.parametrize("way", WAYS)
async def test_whoever_is_rung_and_answers_is_on_the_line(place: Place, way: str) -> None:
    held = place.office.takes(Held(leave=LeaveCall(Exit.HANG_UP)))
    dial = made("13900139000")
    await WAYS[way](place.exchange).place(dial)
    caller = (await asyncio.wait_for(held.line, _PATIENCE_S)).caller
    assert (caller.number, caller.outbound) == (dial.number, dial.token)


@pytest.mark.parametrize("way", WAYS)
async def test_of_whoever_does_not_answer_the_appliance_is_told_why(place: Place, way: str) -> None:
    dial = made(f"{BUSY}3900139000")
    await WAYS[way](place.exchange).place(dial)
    assert await asyncio.wait_for(place.office.tried.get(), _PATIENCE_S) == (dial.token, "BUSY")


@pytest.mark.parametrize("way", WAYS)
async def test_what_the_switchboard_comes_to_too_late_rings_nobody(place: Place, way: str) -> None:
    """As a call file does that lay there while it was off."""
    dial = made(f"{BUSY}3900139000", seconds=-2)
    await WAYS[way](place.exchange).place(dial)
    assert await asyncio.wait_for(place.office.tried.get(), _PATIENCE_S) == (dial.token, "LATE")


async def test_where_the_appliance_is_away_people_take_the_call(tmp_path: Path) -> None:
    refuse_without()
    async with Office().open() as ports:
        pass
    async with (
        Exchange.between(tmp_path, ports, by_audiosocket=False) as exchange,
        exchange.dial(number=CALLER, called=CALLED),
    ):
        await until(is_waiting(exchange))
