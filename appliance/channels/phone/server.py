"""The three ports that a switchboard connects to. Whoever is not of its networks is hung up on.

A switchboard that goes without a word (its power, the network in between) is noticed by what it does not answer, never
by sound that does not come: a line on hold may be silent for as long as it likes.
"""

import asyncio
import logging
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from typing import Any, Final

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from appliance.channels.phone.agi import AgiServer, Tried
from appliance.channels.phone.audiosocket import AudioSocketServer
from appliance.channels.phone.media_socket import MOST_BYTES, PROTOCOL, MediaServer
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import VoiceSettings
from appliance.errors import ConfigurationError
from appliance.identity.staff_access import networks as ip_networks
from appliance.voice.ports import Line

_log = logging.getLogger(__name__)
_SOCKET: Any = {"subprotocols": [PROTOCOL], "max_size": MOST_BYTES, "compression": None}
_Stream = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Ports(msgspec.Struct, frozen=True):
    agi: int
    audiosocket: int
    media: int
    host: str = "127.0.0.1"


class Patience(msgspec.Struct, frozen=True):
    """How long a switchboard may answer nothing before its calls are over."""

    ping_every_s: float = 5.0
    """On a WebSocket, where we may have nothing to send for long."""
    pong_within_s: float = 10.0
    close_within_s: float = 2.0
    acknowledge_within_s: float = 10.0
    """What was sent, by its kernel. AudioSocket has no question to ask, but where nothing is said silence goes out."""


PATIENCE: Final = Patience()


@asynccontextmanager
async def serving(
    settings: VoiceSettings,
    switchboard: Switchboard,
    hold: Callable[[Line], Awaitable[object]],
    tried: Tried | None = None,
    patience: Patience = PATIENCE,
) -> AsyncIterator[Ports]:
    """Until what is inside is over; then nobody new is let in. ConfigurationError: a port is taken."""
    gate = _Gate(settings.networks, patience.acknowledge_within_s)
    asking: Any = {
        "ping_interval": patience.ping_every_s,
        "ping_timeout": patience.pong_within_s,
        "close_timeout": patience.close_within_s,
    }
    agi = gate.stream(AgiServer(switchboard, settings.sip_headers, tried).serve)
    sound = gate.stream(AudioSocketServer(switchboard, hold).serve)
    media = gate.socket(MediaServer(switchboard, hold).serve)
    host = settings.host
    async with AsyncExitStack() as opened:
        try:
            agi_server = await opened.enter_async_context(await asyncio.start_server(agi, host, settings.agi_port))
            sound_server = await opened.enter_async_context(
                await asyncio.start_server(sound, host, settings.audiosocket_port)
            )
            media_server = await opened.enter_async_context(
                serve(media, host, settings.media_port, **_SOCKET, **asking)
            )
        except OSError as taken:
            raise ConfigurationError(
                f"calls cannot be taken at {host}: {taken.strerror}; set voice.host and its ports in appliance.toml"
            ) from taken
        yield Ports(_port(agi_server), _port(sound_server), _port(media_server), host)


def _port(server: Any) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


class _Gate:
    def __init__(self, networks: tuple[str, ...], acknowledge_within_s: float) -> None:
        self._networks = ip_networks(networks, "voice.networks")
        self._acknowledge_within_ms = round(acknowledge_within_s * 1000)

    def stream(self, served: _Stream) -> _Stream:
        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self._lets_in(writer.transport):
                self._watch(writer.transport)
                await served(reader, writer)
            else:
                writer.close()

        return guarded

    def socket(
        self, served: Callable[[ServerConnection], Awaitable[None]]
    ) -> Callable[[ServerConnection], Awaitable[None]]:
        async def guarded(socket: ServerConnection) -> None:
            if self._lets_in(socket.transport):
                self._watch(socket.transport)
                await served(socket)

        return guarded

    def _lets_in(self, transport: asyncio.BaseTransport) -> bool:
        address = ip_address(transport.get_extra_info("peername")[0])
        if any(address in network for network in self._networks):
            return True
        _log.warning("phone.stranger_refused")
        return False

    def _watch(self, transport: asyncio.BaseTransport) -> None:
        socket = transport.get_extra_info("socket")
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, self._acknowledge_within_ms)
