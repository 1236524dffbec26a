"""The baseline of ``bench text``: a bare Litestar route that writes one row durably to the same PostgreSQL.

``DATABASE_URL=… python -m appliance.evaluation.bench.baseline`` serves it in a process of its own, on a free port
that it prints. Nothing is spared on the way: no validation, no log, one statement, one commit.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar, Request, post
from psycopg_pool import AsyncConnectionPool

CONNECTIONS = 10
PATH = "/row"

_TABLE = "CREATE TABLE IF NOT EXISTS bench_baseline (id bigint GENERATED ALWAYS AS IDENTITY, body bytea NOT NULL)"
_ROW = "INSERT INTO bench_baseline (body) VALUES (%s)"


def app(database_url: str) -> Litestar:
    pool = AsyncConnectionPool(database_url, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as connection:
                await connection.execute(_TABLE)
            yield

    @post(PATH)
    async def row(request: Request[Any, Any, Any]) -> None:
        body = await request.body()
        async with pool.connection() as connection:
            await connection.execute(_ROW, (body,))

    return Litestar([row], lifespan=[lifespan], openapi_config=None, logging_config=None)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = uvicorn.Config(
        app(os.environ["DATABASE_URL"]), loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await serving

    asyncio.run(serve())


if __name__ == "__main__":
    main()
