"""The baseline of ``bench connections``: a bare Litestar WebSocket that echoes, with the product's server settings.

``python -m appliance.evaluation.bench.idle_echo`` serves it in a process of its own, on a free port that it prints;
with a certificate and its key, two PEM files, over TLS.
"""

import asyncio
import socket
import sys
from typing import Any

import uvicorn
import uvloop
from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from appliance.web.server import OPTIONS

PATH = "/echo"
BACKLOG = 2048


@websocket(PATH)
async def echo(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


def main(*pair: str) -> None:
    tls: dict[str, Any] = dict(zip(("ssl_certfile", "ssl_keyfile"), pair, strict=False))
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    app = Litestar([echo], openapi_config=None, logging_config=None)
    config = uvicorn.Config(app, log_config=None, access_log=False, **tls, **OPTIONS)
    server = uvicorn.Server(config)

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await serving

    uvloop.run(serve())


if __name__ == "__main__":
    main(*sys.argv[1:])
