"""Runs the demo order system under uvicorn, with a protocol that can drop a connection without an answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from appliance.demo.order_system.app import create_app


class DroppableProtocol(HttpToolsProtocol):
    """Hands the transport's ``abort`` to the application, for the ``lose_answer`` fault."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, dict[object, object]] = {"connection": {"abort": self.transport.abort}}
        self.scope["extensions"] = extensions


OPTIONS: dict[str, Any] = {"http": DroppableProtocol, "ws": "none", "lifespan": "on", "timeout_keep_alive": 60}
"""For any uvicorn that is to serve ``create_app``."""


_GRACE_S = 3


def serve(host: str, port: int, storage: Path, admin_key: str) -> None:
    """Until SIGINT or SIGTERM."""
    uvicorn.Server(_config(host, port, storage, admin_key)).run()


@contextmanager
def running(storage: Path, admin_key: str, port: int = 0) -> Iterator[str]:
    """In a thread of this process, for tests; yields its base URL. Port 0 takes a free one."""
    server = _Announced(_config("127.0.0.1", port, storage, admin_key))
    thread = threading.Thread(target=server.run_and_announce, name="demo-order-system")
    thread.start()
    try:
        server.is_settled.wait()
        if not server.started:
            raise RuntimeError("the demo order system did not start")
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class _Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_settled = threading.Event()
        """It serves, or it never will."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_settled.set()

    def run_and_announce(self) -> None:
        try:
            self.run()
        finally:
            self.is_settled.set()


def _config(host: str, port: int, storage: Path, admin_key: str) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(storage, admin_key),
        host=host,
        port=port,
        loop="uvloop",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        **OPTIONS,
    )
