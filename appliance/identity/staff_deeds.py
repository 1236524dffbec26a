"""One deed of staff, one transaction, one record: what was done commits with it, what was refused is recorded alone.

What administrators do, and what shows a clear value, is said to the audit log before, and nothing is done until that
stands in both of its sinks.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from appliance.db import Connection, Database
from appliance.errors import InputError
from security.access import records
from security.access.errors import AccessError
from security.access.login import Refused
from security.access.model import Origin
from security.access.records import Deed
from security.audit.append import SEAL_S, append, refuse_if_behind, wait_sealed
from security.audit.record import Actor, Target
from security.errors import AuditUnavailable

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]


class Deeds:
    def __init__(self, db: Database, seal_s: float = SEAL_S) -> None:
        self._db = db
        self._seal_s = seal_s

    async def do(self, deed: Deed, actor: Actor, thing: Target, origin: Origin, work: Work[T]) -> T:
        """``work`` records its own success. A refusal undoes it all and is recorded here.

        security.errors.AuditUnavailable, with nothing done, where the log does not take an administrator's intent.
        """
        if deed in records.AHEAD:
            await self.announce(deed, actor, thing, origin)
        async with self.noting(deed, actor, thing, origin), self._db.system() as conn:
            return await work(conn)

    async def announce(self, deed: Deed, actor: Actor, thing: Target, origin: Origin) -> None:
        """Returns once the intent is sealed in both sinks; security.errors.AuditUnavailable where it is not in time."""
        try:
            async with self._db.system() as conn:
                await refuse_if_behind(conn)
                ids = await append(conn, [records.intent(deed, actor, thing, origin)])
            async with self._db.system() as conn:
                await wait_sealed(conn, ids, self._seal_s)
        except AuditUnavailable:
            async with self._db.system() as conn:
                await append(conn, [records.unsealed(deed, actor, thing, origin)])
            raise

    @asynccontextmanager
    async def noting(self, deed: Deed, actor: Actor, thing: Target, origin: Origin) -> AsyncIterator[None]:
        """Records a refusal of what happens inside."""
        try:
            yield
        except (AccessError, InputError) as refused:
            async with self._db.system() as conn:
                await append(conn, [records.refusal(deed, actor, thing, origin, refused)])
            raise

    async def keep(self, work: Work[T | Refused]) -> T:
        """For work whose refusal is itself kept, with its record: a failed attempt has to count."""
        async with self._db.system() as conn:
            outcome = await work(conn)
        if isinstance(outcome, Refused):
            raise outcome.error
        return outcome

    async def look(self, work: Work[T]) -> T:
        """For what changes nothing."""
        async with self._db.system() as conn:
            return await work(conn)
