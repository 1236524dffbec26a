"""The baseline of ``bench text``: a bare Litestar route that writes one row durably to the same PostgreSQL.

``DATABASE_URL=… python -m appliance.evaluation.bench.baseline`` serves it in a process of its own, on a free port
that it prints. Nothing is spared on the way: no validation, no log, one statement, one commit.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, post
from psycopg_pool import AsyncConnectionPool

from appliance.evaluation.bench.serving import serve

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
    serve(app(os.environ["DATABASE_URL"]), http="httptools", log_level="error")


if __name__ == "__main__":
    main()
