"""A baseline's server, in a process of its own: on a free port that it prints, and on the product's loop."""

import asyncio
import socket
import sys
from typing import Any, Final

import uvicorn
import uvloop
from litestar import Litestar

_BACKLOG: Final = 2048


def serve(app: Litestar, **options: Any) -> None:
    """Until the process is ended. ``options``: uvicorn's."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, **options))

    async def served() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await serving

    uvloop.run(served())
