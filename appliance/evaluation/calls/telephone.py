"""A telephone by program: rings up an appliance of this machine as a switchboard does, FastAGI first, then AudioSocket.

It has no voice of its own: it sends the sound and the keys that it is given, and keeps what it hears.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self
from uuid import UUID

from appliance.channels.phone.agi import CALL_ID, NEXT, TARGET
from appliance.channels.phone.audiosocket import Kind, message
from appliance.channels.phone.ports_file import reached_at
from appliance.channels.phone.server import Ports
from appliance.errors import Unavailable
from appliance.evaluation.calls.handset import Handset

_ANSWER_S: Final = 10.0


class Telephone(Handset):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ports: Ports, call_id: UUID) -> None:
        super().__init__(reader, writer)
        self._ports = ports
        self.call_id = call_id

    @classmethod
    @asynccontextmanager
    async def dial(cls, ports: Ports, *, number: str, called: str) -> AsyncIterator[Self]:
        """Until the caller hangs up, which is at the end. Unavailable: nobody takes calls there."""
        call_id = await announced(ports, number=number, called=called)
        try:
            reader, writer = await asyncio.open_connection(reached_at(ports), ports.audiosocket)
        except OSError as refused:
            raise _nobody(ports, refused) from refused
        writer.write(message(Kind.UUID, call_id.bytes))
        async with cls(reader, writer, ports, call_id) as telephone:
            yield telephone

    def press(self, keys: str) -> None:
        for key in keys:
            self._writer.write(message(Kind.DTMF, key.encode("ascii")))

    async def goes_on(self) -> tuple[str, str]:
        """Once, after the call was given back."""
        return await left(self._ports, self.call_id)


async def announced(ports: Ports, *, number: str, called: str) -> UUID:
    """The id under which the sound of a call may come. Unavailable: nobody takes calls there."""
    try:
        told = await _agi(ports, {"agi_network_script": "enter", "agi_callerid": number, "agi_dnid": called})
        return UUID(told[CALL_ID])
    except (OSError, KeyError, ValueError) as refused:
        raise _nobody(ports, refused) from refused


async def left(ports: Ports, call_id: UUID) -> tuple[str, str]:
    """``transfer`` or ``hangup``, and the place in the dialplan."""
    told = await _agi(ports, {"agi_network_script": "leave"}, {CALL_ID: str(call_id)})
    return told.get(NEXT, ""), told.get(TARGET, "")


def _nobody(ports: Ports, refused: Exception) -> Unavailable:
    return Unavailable(
        f"no call is taken at {reached_at(ports)}:{ports.agi} ({type(refused).__name__}): "
        "see 'appliance status' and log/phone.log"
    )


async def _agi(ports: Ports, variables: dict[str, str], known: dict[str, str] | None = None) -> dict[str, str]:
    """The switchboard's side of one AGI connection: what it was told to set."""
    told: dict[str, str] = {}
    async with asyncio.timeout(_ANSWER_S):
        reader, writer = await asyncio.open_connection(reached_at(ports), ports.agi)
        try:
            writer.write("".join(f"{name}: {value}\n" for name, value in variables.items()).encode() + b"\n")
            while command := (await reader.readline()).decode("utf-8", "replace").strip():
                writer.write(f"{_answer(command, known or {}, told)}\n".encode())
        finally:
            writer.close()
    return told


def _answer(command: str, known: dict[str, str], told: dict[str, str]) -> str:
    words = command.split(" ", 3)
    if command.startswith("GET FULL VARIABLE "):
        value = known.get(words[3].strip('"').removeprefix("${").removesuffix("}"))
        return "200 result=0" if value is None else f"200 result=1 ({value})"
    if command.startswith("SET VARIABLE "):
        told[words[2]] = words[3].strip('"')
    return "200 result=1"
