"""The baseline of ``bench connections``: a bare Litestar WebSocket that echoes, with the product's server settings.

``python -m appliance.evaluation.bench.idle_echo`` serves it in a process of its own, on a free port that it prints;
with a certificate and its key, two PEM files, over TLS.
"""

import sys
from typing import Any

from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from appliance.evaluation.bench.serving import serve
from appliance.web.server import OPTIONS

PATH = "/echo"


@websocket(PATH)
async def echo(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


def main(*pair: str) -> None:
    tls = dict(zip(("ssl_certfile", "ssl_keyfile"), pair, strict=False))
    serve(Litestar([echo], openapi_config=None, logging_config=None), log_config=None, **tls, **OPTIONS)


if __name__ == "__main__":
    main(*sys.argv[1:])
