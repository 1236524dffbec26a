"""FastAGI against a scripted Asterisk: it sends its variables and answers each command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from appliance.channels.phone.agi import CALL_ID, NEXT, TARGET, AgiServer
from appliance.channels.phone.switchboard import Switchboard
from appliance.voice.events import LeaveCall
from appliance.voice.model import Caller, Exit


@asynccontextmanager
async def serving(switchboard: Switchboard, *headers: str) -> AsyncIterator[int]:
    server = await asyncio.start_server(AgiServer(switchboard, headers).serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def run(port: int, variables: dict[str, str], values: dict[str, str] | None = None) -> dict[str, str]:
    """A dialplan's AGI(); what was set by it."""
    channel = dict(values or {})
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("".join(f"{name}: {value}\n" for name, value in variables.items()).encode() + b"\n")
    async with asyncio.timeout(10):
        while line := (await reader.readline()).decode().strip():
            match line.split('"')[0].split():
                case ["SET", "VARIABLE", name]:
                    channel[name] = line.split('"')[1]
                    writer.write(b"200 result=1\n")
                case ["GET", "FULL", "VARIABLE"]:
                    value = channel.get(line.split('"')[1], "")
                    writer.write(f"200 result=1 ({value})\n".encode() if value else b"200 result=0\n")
                case _:
                    writer.write(b"510 Invalid or unknown command\n")
    writer.close()
    return channel


async def test_who_calls_is_known_before_the_sound_comes(switchboard: Switchboard) -> None:
    variables = {
        "agi_network": "yes",
        "agi_network_script": "enter",
        "agi_callerid": "13800000000",
        "agi_dnid": "4008001234",
        "agi_extension": "s",
    }
    async with serving(switchboard, "X-Shop", "X-Empty") as port:
        channel = await run(port, variables, {"${PJSIP_HEADER(read,X-Shop)}": "shop (one)"})
    assert switchboard.take(UUID(channel[CALL_ID])) == Caller(
        number="13800000000", called="4008001234", headers={"X-Shop": "shop (one)"}
    )


async def test_what_asterisk_does_not_know_is_empty(switchboard: Switchboard) -> None:
    variables = {
        "agi_network_script": "enter",
        "agi_callerid": "unknown",
        "agi_dnid": "unknown",
        "agi_extension": "4008001234",
    }
    async with serving(switchboard) as port:
        channel = await run(port, variables)
    assert switchboard.take(UUID(channel[CALL_ID])) == Caller(number="", called="4008001234")


@pytest.mark.parametrize(
    ("leave", "then"),
    [
        (LeaveCall(Exit.HANG_UP), {NEXT: "hangup", TARGET: ""}),
        (LeaveCall(Exit.TRANSFER, "returns"), {NEXT: "transfer", TARGET: "returns"}),
        (None, {NEXT: "transfer", TARGET: "fallback"}),
    ],
)
async def test_the_dialplan_is_told_where_to_go(
    switchboard: Switchboard, leave: LeaveCall | None, then: dict[str, str]
) -> None:
    call_id = switchboard.announce(Caller())
    if leave is not None:
        switchboard.leave(call_id, leave)
    async with serving(switchboard) as port:
        channel = await run(port, {"agi_network_script": "leave"}, {f"${{{CALL_ID}}}": str(call_id)})
    assert {name: channel[name] for name in (NEXT, TARGET)} == then


async def test_a_call_without_an_id_goes_to_a_person(switchboard: Switchboard) -> None:
    async with serving(switchboard) as port:
        channel = await run(port, {"agi_network_script": "leave"})
    assert (channel[NEXT], channel[TARGET]) == ("transfer", "fallback")


async def test_a_target_that_could_break_the_line_is_not_sent(
    switchboard: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    call_id = switchboard.announce(Caller())
    switchboard.leave(call_id, LeaveCall(Exit.TRANSFER, 'x"\nEXEC System "rm'))
    async with serving(switchboard) as port:
        channel = await run(port, {"agi_network_script": "leave"}, {f"${{{CALL_ID}}}": str(call_id)})
    assert TARGET not in channel
    assert "phone.agi_broken" in caplog.messages


async def test_an_unknown_script_sets_nothing(switchboard: Switchboard) -> None:
    async with serving(switchboard) as port:
        assert await run(port, {"agi_network_script": "other"}) == {}


async def test_a_caller_who_has_hung_up_is_no_fault_of_the_next(switchboard: Switchboard) -> None:
    async with serving(switchboard, "X-Shop") as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"agi_network_script: enter\n\nHANGUP\n")
        assert await reader.read() == b'GET FULL VARIABLE "${PJSIP_HEADER(read,X-Shop)}"\n'
        writer.close()
        assert CALL_ID in await run(port, {"agi_network_script": "enter"})
