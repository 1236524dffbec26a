"""The child's side: what a process of the tree is given, and how it says that it serves.

The listening socket comes bound from the supervisor; readiness goes back through a pipe. Where a platform keeps the
processes (``platform.kept_by``) each binds its own, and the platform asks it.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Self

import msgspec

from appliance.config import Settings
from appliance.config_platform import Keeper
from appliance.errors import ConfigurationError
from appliance.supervisor import open_files
from appliance.supervisor.model import Address

if TYPE_CHECKING:
    import uvicorn
    from uvicorn._types import ASGIApplication

LISTEN_FD = "APPLIANCE_LISTEN_FD"
READY_FD = "APPLIANCE_READY_FD"
ADDRESSES = "APPLIANCE_ADDRESSES"
PROCESS = "APPLIANCE_PROCESS"

GRACE_S = 10
"""What is under way when a server is told to stop may take so long."""
_BACKLOG = 2048
_STOPPING = (signal.SIGTERM, signal.SIGINT)


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


async def serve(app: "ASGIApplication", child: Child, own: Address, **options: Any) -> None:
    """Serve until SIGTERM, then finish within ten seconds; on the socket handed down, or where it is ``own``."""
    import uvicorn

    listener = child.listener or _own_listener(child.settings, own)

    open_files.raise_to_most()

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            """Not raised again when all is served, as uvicorn does: what is around it closes too and ends well."""
            loop = asyncio.get_running_loop()
            for number in _STOPPING:
                loop.add_signal_handler(number, self.handle_exit, number, None)
            try:
                yield
            finally:
                for number in _STOPPING:
                    loop.remove_signal_handler(number)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            child.ready()

    await Server(_quiet(app, **options)).serve(sockets=[listener])


@contextlib.asynccontextmanager
async def serving_beside(app: "ASGIApplication", own: Address, **options: Any) -> AsyncIterator[Address]:
    """Serve while the block lives, whatever signals say: they are for the process that it stands beside."""
    import uvicorn

    class Beside(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            yield

    listener = listen(own)
    server = Beside(_quiet(app, **options))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        host, port = listener.getsockname()[:2]
        yield Address(host, port)
    finally:
        server.should_exit = True
        await task


def listen(own: Address) -> socket.socket:
    """Bound at once, so that an address that is taken is told before anything else begins."""
    try:
        family = socket.getaddrinfo(own.host, own.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((own.host, own.port), family=family, backlog=_BACKLOG)
    except OSError as refused:
        raise ConfigurationError(
            f"cannot listen on {own}: {refused.strerror}: stop what uses it, or choose another host and port in "
            "appliance.toml"
        ) from refused


def _own_listener(settings: Settings, own: Address) -> socket.socket:
    if settings.platform.kept_by is Keeper.SUPERVISOR:
        raise ConfigurationError(
            "this process serves a socket handed down by its supervisor: start it by 'appliance up', or where "
            'containers keep the processes set kept_by = "platform" in [platform] of appliance.toml'
        )
    return listen(own)


def _quiet(app: "ASGIApplication", **options: Any) -> "uvicorn.Config":
    import uvicorn

    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S, **options
    )


def stop_on_signals() -> asyncio.Event:
    """Set once the process is told to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in _STOPPING:
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
