"""The audit log as cases see it: appended in the caller's transaction, waited for together.

However many operations wait for their intents, one connection asks for all of them.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from appliance.aftersales.cases.port import Transactions
from appliance.db import Connection
from security.audit.append import append, refuse_if_behind, wait_sealed
from security.audit.record import AuditEvent


class SealedTrail:
    def __init__(self, db: Transactions, *, timeout_s: float = 5.0) -> None:
        self._db = db
        self._timeout_s = timeout_s
        self._asking = asyncio.Lock()
        self._next: list[UUID] = []
        self._answer: asyncio.Task[None] | None = None

    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        await append(conn, events)

    async def wait_sealed(self, ids: Sequence[UUID]) -> None:
        self._next.extend(ids)
        if self._answer is None:
            self._answer = asyncio.create_task(self._ask())
        await asyncio.shield(self._answer)

    async def _ask(self) -> None:
        """Who comes while this question is put waits for the next one."""
        async with self._asking:
            ids, self._next, self._answer = self._next, [], None
            async with self._db.system() as conn:
                await refuse_if_behind(conn)
                await wait_sealed(conn, ids, self._timeout_s)
