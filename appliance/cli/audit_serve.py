"""``appliance audit serve``: for witnesses on the auditors' network. Hashes and signatures only, and reading only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from litestar import Litestar, MediaType, Response, get
from litestar.params import FromQuery

from appliance.cli.audit_log import database
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Connection
from appliance.installation import witnessed
from appliance.installation.witnessed import Witnessed
from security.audit import proofs
from security.audit.store import AuditStore
from security.errors import RecordRefused


def app(settings: Settings) -> Litestar:
    one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def lifespan(served: Litestar) -> AsyncIterator[None]:
        async with database(settings) as db:
            served.state.db = db
            yield

    @get("/checkpoint", media_type=MediaType.TEXT)
    async def checkpoint() -> Response[str]:
        async with made.state.db.system() as conn:
            latest = await AuditStore(conn).latest_checkpoint()
        return Response(latest.note if latest else "", status_code=200 if latest else 404)

    async def proven(proof: Callable[[Connection, int], Awaitable[str]], old: int) -> Response[str]:
        """One at a time: a proof reads every hash of the log."""
        try:
            async with one_at_a_time, made.state.db.system() as conn:
                proved = await proof(conn, old)
            witnessed.note(settings.state_path, Witnessed(at=SystemClock().now(), size=old))
            return Response(proved)
        except RecordRefused as refused:
            return Response(str(refused), status_code=422)

    @get("/consistency", media_type=MediaType.TEXT)
    async def consistency(old: FromQuery[int]) -> Response[str]:
        return await proven(proofs.consistency, old)

    @get("/restored", media_type=MediaType.TEXT)
    async def restored(old: FromQuery[int]) -> Response[str]:
        return await proven(proofs.restored, old)

    made = Litestar([checkpoint, consistency, restored], lifespan=[lifespan], openapi_config=None, logging_config=None)
    return made


def run(settings: Settings, host: str, port: int) -> None:
    uvicorn.run(app(settings), host=host, port=port, log_level="warning", server_header=False)
