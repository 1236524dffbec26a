"""The child's side: what a process of the tree is given, and how it says that it serves.

The listening socket comes bound from the supervisor; readiness goes back through a pipe.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

import msgspec

from appliance.config import Settings
from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from uvicorn._types import ASGIApplication

LISTEN_FD = "APPLIANCE_LISTEN_FD"
READY_FD = "APPLIANCE_READY_FD"
ADDRESSES = "APPLIANCE_ADDRESSES"
PROCESS = "APPLIANCE_PROCESS"

_GRACE_S = 10


class Child(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    listener: socket.socket | None
    addresses: dict[str, str]
    """``host:port`` of every process that listens, by its name without number: ``web``, ``order-system``."""
    name: str
    """In the tree, such as ``web-1``; empty where it was started by hand."""
    ready: Callable[[], None]
    """Call it once, when the process serves."""

    @classmethod
    def of(cls, settings: Settings, environment: Mapping[str, str] = os.environ) -> Self:
        """As the supervisor started it; started by hand there is no socket and nobody to tell."""
        listen_fd = environment.get(LISTEN_FD)
        ready_fd = environment.get(READY_FD)
        return cls(
            settings=settings,
            listener=None if listen_fd is None else socket.socket(fileno=int(listen_fd)),
            addresses=msgspec.json.decode(environment.get(ADDRESSES, "{}"), type=dict[str, str]),
            name=environment.get(PROCESS, ""),
            ready=_nobody if ready_fd is None else _teller(int(ready_fd)),
        )


async def serve(app: "ASGIApplication", child: Child, **options: Any) -> None:
    """Serve an ASGI application on the socket handed down, until SIGTERM; then finish within ten seconds."""
    import uvicorn

    if child.listener is None:
        raise ConfigurationError(
            "this process serves a socket handed down by its supervisor: start it by 'appliance up'"
        )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            child.ready()

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        **options,
    )
    await Server(config).serve(sockets=[child.listener])


def stop_on_signals() -> asyncio.Event:
    """Set once the process is told to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _teller(fd: int) -> Callable[[], None]:
    def tell() -> None:
        with contextlib.suppress(OSError):
            os.write(fd, b"ready\n")
            os.close(fd)

    return tell


def _nobody() -> None:
    return None
