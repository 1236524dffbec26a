"""Runs the demo order system under uvicorn, with a protocol that can drop a connection without an answer."""

from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from appliance.demo.order_system.app import create_app


class DroppableProtocol(HttpToolsProtocol):
    """Hands the transport's ``abort`` to the application, for the ``lose_answer`` fault."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, dict[object, object]] = {"connection": {"abort": self.transport.abort}}
        self.scope["extensions"] = extensions


def server(host: str, port: int, storage: Path, admin_key: str) -> uvicorn.Server:
    """Not started yet; ``port`` 0 takes a free one."""
    config = uvicorn.Config(
        create_app(storage, admin_key),
        host=host,
        port=port,
        loop="uvloop",
        http=DroppableProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=60,
    )
    return uvicorn.Server(config)


def serve(host: str, port: int, storage: Path, admin_key: str) -> None:
    """Until SIGINT or SIGTERM."""
    server(host, port, storage, admin_key).run()
