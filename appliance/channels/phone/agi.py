"""FastAGI: the dialplan says who calls (``/enter``) before the sound comes, and asks where to go (``/leave``) after.

Asterisk connects, sends its variables as ``name: value`` lines up to an empty one, and then answers our commands.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from appliance.channels.phone.switchboard import Switchboard
from appliance.errors import ApplianceError
from appliance.voice.model import Caller, Exit

CALL_ID = "APPLIANCE_CALL"
NEXT = "APPLIANCE_NEXT"
TARGET = "APPLIANCE_TARGET"
OUTBOUND = "APPLIANCE_OUTBOUND"
NUMBER = "APPLIANCE_NUMBER"
_PATIENCE_S = 10
_UNKNOWN = {"", "unknown"}
_ANSWER = re.compile(r"200 result=(-?\d+)(?: \((.*)\))?")
_SAFE = re.compile(r"[A-Za-z0-9_,.@*#+/-]*")

Tried = Callable[[str, str], Awaitable[None]]
"""Token and DIALSTATUS, or LATE."""

_log = logging.getLogger(__name__)


class AgiServer:
    def __init__(self, switchboard: Switchboard, headers: Sequence[str] = (), tried: Tried | None = None) -> None:
        """``headers``: names of SIP headers that become part of what is known of the caller.

        ``tried`` is told of calls that we made and nobody answered.
        """
        self._switchboard = switchboard
        self._headers = headers
        self._tried = tried

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; for ``asyncio.start_server``."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._serve(_Asterisk(reader, writer))
        except (OSError, EOFError, TimeoutError, ValueError, ApplianceError) as broken:
            _log.warning("phone.agi_broken", extra={"why": type(broken).__name__})
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, asterisk: "_Asterisk") -> None:
        variables = await asterisk.variables()
        match variables.get("agi_network_script", "").strip("/"):
            case "enter":
                await self._enter(asterisk, variables)
            case "answered":
                await self._answered(asterisk)
            case "tried" if self._tried is not None:
                await self._tried(variables.get("agi_arg_1", ""), variables.get("agi_arg_2", ""))
            case "leave":
                await self._leave(asterisk)
            case other:
                _log.warning("phone.agi_script_unknown", extra={"script": other[:40]})

    async def _enter(self, asterisk: "_Asterisk", variables: dict[str, str]) -> None:
        headers = {}
        for name in self._headers:
            if value := await asterisk.get(f"${{PJSIP_HEADER(read,{name})}}"):
                headers[name] = value
        caller = Caller(
            number=_known(variables.get("agi_callerid", "")),
            called=_known(variables.get("agi_dnid", "")) or _known(variables.get("agi_extension", "")),
            headers=headers,
        )
        await asterisk.set(CALL_ID, str(self._switchboard.announce(caller)))

    async def _answered(self, asterisk: "_Asterisk") -> None:
        """A call that we made: who was rung, and by which attempt."""
        caller = Caller(
            number=await asterisk.get(f"${{{NUMBER}}}"),
            outbound=await asterisk.get(f"${{{OUTBOUND}}}"),
        )
        if not caller.outbound:
            raise ValueError("a call that was answered does not say which it is")
        await asterisk.set(CALL_ID, str(self._switchboard.announce(caller)))

    async def _leave(self, asterisk: "_Asterisk") -> None:
        call_id = await asterisk.get(f"${{{CALL_ID}}}")
        leave = self._switchboard.next(_uuid(call_id))
        await asterisk.set(NEXT, "transfer" if leave.how is Exit.TRANSFER else "hangup")
        await asterisk.set(TARGET, leave.target)


class _Asterisk:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def variables(self) -> dict[str, str]:
        found = {}
        while line := await self._line():
            name, _, value = line.partition(":")
            found[name.strip()] = value.strip()
        return found

    async def get(self, expression: str) -> str:
        """Empty where there is no value."""
        result, value = await self._ask(f'GET FULL VARIABLE "{expression}"')
        return value if result == 1 else ""

    async def set(self, name: str, value: str) -> None:
        if not _SAFE.fullmatch(value):
            raise ValueError(f"{name} may not hold such characters")
        await self._ask(f'SET VARIABLE {name} "{value}"')

    async def _ask(self, command: str) -> tuple[int, str]:
        self._writer.write(f"{command}\n".encode())
        await self._writer.drain()
        answer = _ANSWER.fullmatch(await self._line())
        if answer is None:
            raise ValueError("an answer that is none of AGI's")
        return int(answer[1]), answer[2] or ""

    async def _line(self) -> str:
        """Raises EOFError where the call was hung up meanwhile."""
        line = (await self._reader.readline()).decode("utf-8", "replace")
        if not line.endswith("\n") or line.strip() == "HANGUP":
            raise EOFError
        return line.rstrip("\r\n")


def _known(value: str) -> str:
    return "" if value in _UNKNOWN else value


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
