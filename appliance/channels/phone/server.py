"""The three ports that a switchboard connects to. Whoever is not of its networks is hung up on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from typing import Any

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
_SOCKET: Any = {"subprotocols": [PROTOCOL], "max_size": MOST_BYTES, "compression": None, "ping_interval": None}
"""Sound comes without a pause, so nobody has to ask if the other side is there."""
_Stream = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Ports(msgspec.Struct, frozen=True):
    agi: int
    audiosocket: int
    media: int
    host: str = "127.0.0.1"


@asynccontextmanager
async def serving(
    settings: VoiceSettings,
    switchboard: Switchboard,
    hold: Callable[[Line], Awaitable[object]],
    tried: Tried | None = None,
) -> AsyncIterator[Ports]:
    """Until what is inside is over; then nobody new is let in. ConfigurationError: a port is taken."""
    gate = _Gate(settings.networks)
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
            media_server = await opened.enter_async_context(serve(media, host, settings.media_port, **_SOCKET))
        except OSError as taken:
            raise ConfigurationError(
                f"calls cannot be taken at {host}: {taken.strerror}; set voice.host and its ports in appliance.toml"
            ) from taken
        yield Ports(_port(agi_server), _port(sound_server), _port(media_server), host)


def _port(server: Any) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


class _Gate:
    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks = ip_networks(networks, "voice.networks")

    def stream(self, served: _Stream) -> _Stream:
        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self._lets_in(writer.get_extra_info("peername")):
                await served(reader, writer)
            else:
                writer.close()

        return guarded

    def socket(
        self, served: Callable[[ServerConnection], Awaitable[None]]
    ) -> Callable[[ServerConnection], Awaitable[None]]:
        async def guarded(socket: ServerConnection) -> None:
            if self._lets_in(socket.remote_address):
                await served(socket)

        return guarded

    def _lets_in(self, peer: Any) -> bool:
        address = ip_address(peer[0])
        if any(address in network for network in self._networks):
            return True
        _log.warning("phone.stranger_refused")
        return False
