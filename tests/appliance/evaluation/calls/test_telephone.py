"""A telephone by program against the real ports that a switchboard connects to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.channels.phone import ports_file
from appliance.channels.phone.server import Ports, serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import VoiceSettings
from appliance.errors import Unavailable
from appliance.evaluation.calls.telephone import Telephone
from appliance.voice.call import monotonic_ms
from appliance.voice.events import LeaveCall
from appliance.voice.model import Caller, Exit
from appliance.voice.ports import Audio, Key, Line
from tests.appliance.voice.engines import tone

SETTINGS = VoiceSettings(agi_port=0, audiosocket_port=0, media_port=0)
NOWHERE = Ports(1, 1, 1)


class Answering:
    """Takes one call: hears until ``#`` is pressed, sounds a tone, and gives the call to people."""

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.heard = bytearray()
        self.keys = ""

    async def hold(self, line: Line) -> None:
        self.caller = line.caller
        async for event in line.events():
            match event:
                case Audio():
                    self.heard += event.pcm
                case Key("#"):
                    break
                case Key():
                    self.keys += event.key
                case _:
                    pass
        sound = tone(200)
        for at in range(0, len(sound), 320):
            await line.play(sound[at : at + 320])
        await line.leave(LeaveCall(Exit.TRANSFER, "returns,s"))

    @asynccontextmanager
    async def ports(self) -> AsyncIterator[Ports]:
        async with serving(SETTINGS, Switchboard(monotonic_ms, LeaveCall(Exit.HANG_UP)), self.hold) as ports:
            yield ports


async def test_a_call_from_dialling_to_where_it_goes_on() -> None:
    answering = Answering()
    async with (
        asyncio.timeout(30),
        answering.ports() as ports,
        Telephone.dial(ports, number="13800138000", called="4008001234") as phone,
    ):
        await phone.say(tone(100))
        phone.press("44#")
        await phone.until_sound()
        await phone.until_over()
        assert await phone.goes_on() == ("transfer", "returns,s")
    assert answering.caller == Caller(number="13800138000", called="4008001234")
    assert (tone(100) in bytes(answering.heard), answering.keys) == (True, "44")
    assert tone(200)[:320] in bytes(phone.heard)


async def test_a_call_that_ends_keeps_nobody_waiting() -> None:
    answering = Answering()
    async with asyncio.timeout(30), answering.ports() as ports, Telephone.dial(ports, number="", called="1") as phone:
        phone.press("#")
        await phone.until_over()
        await phone.say(tone(2000))
        await phone.until_sound()
        await phone.until_still(60_000)


async def test_where_nobody_takes_calls_it_says_where_to_look() -> None:
    with pytest.raises(Unavailable, match=r"no call is taken at 127\.0\.0\.1:1 .*phone\.log"):
        async with Telephone.dial(NOWHERE, number="", called="1"):
            pass


def test_where_calls_are_taken_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(Unavailable, match=r"voice\.enabled"):
        ports_file.read(tmp_path)
    ports_file.write(tmp_path, Ports(1, 2, 3, "0.0.0.0"))  # noqa: S104 - as a setting
    assert ports_file.read(tmp_path) == Ports(1, 2, 3, "0.0.0.0")  # noqa: S104
    assert ports_file.reached_at(ports_file.read(tmp_path)) == "127.0.0.1"
