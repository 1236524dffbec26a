"""One deed of staff, one transaction, one record: what was done commits with it, what was refused or failed is recorded
alone.

What administrators do, and what shows a clear value, is said to the audit log before, and nothing is done until that
stands in both of its sinks.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import TypeVar

import psycopg

from appliance.db import Connection, Database
from appliance.errors import ApplianceError, InputError, Unavailable
from security.access import records
from security.access.errors import AccessError
from security.access.login import Refused
from security.access.model import Origin
from security.access.records import Deed
from security.audit.append import SEAL_S, append, refuse_if_behind, wait_sealed
from security.audit.record import Actor, AuditEvent, Target
from security.errors import SecurityError

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
        async with self.doing(deed, actor, thing, origin), self._db.system() as conn:
            return await work(conn)

    @asynccontextmanager
    async def doing(self, deed: Deed, actor: Actor, thing: Target, origin: Origin) -> AsyncIterator[None]:
        """As ``do``, around work that opens its own transaction and records its own success in it."""
        if records.is_ahead(deed, actor):
            await self.announce(deed, actor, thing, origin)
        async with self.noting(deed, actor, thing, origin):
            yield

    async def announce(self, deed: Deed, actor: Actor, thing: Target, origin: Origin) -> None:
        """Returns once the intent is sealed in both sinks; security.errors.AuditUnavailable where it is not in time."""
        async with self.noting(deed, actor, thing, origin):
            async with self._db.system() as conn:
                await refuse_if_behind(conn)
                ids = await append(conn, [records.intent(deed, actor, thing, origin)])
            async with self._db.system() as conn:
                await wait_sealed(conn, ids, self._seal_s)

    @asynccontextmanager
    async def noting(self, deed: Deed, actor: Actor, thing: Target, origin: Origin) -> AsyncIterator[None]:
        """Records that what happens inside was refused, or failed: an intent never stands without its outcome."""
        try:
            yield
        except (AccessError, InputError) as refused:
            await self._append(records.refusal(deed, actor, thing, origin, refused))
            raise
        except BaseException as failed:
            say = records.in_doubt if isinstance(failed.__cause__, psycopg.OperationalError) else records.failure
            with _still_failing():
                await self._append(say(deed, actor, thing, origin, _code(failed)))
            raise

    async def _append(self, event: AuditEvent) -> None:
        async with self._db.system() as conn:
            await append(conn, [event])

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


def _code(failed: BaseException) -> str:
    """Of what lies behind it, where that is ours: why keys are away is worth more than that they are."""
    for each in (failed.__cause__, failed):
        if isinstance(each, ApplianceError | SecurityError):
            return each.code
    return "internal"


def _still_failing() -> AbstractContextManager[None]:
    """Where the database is what failed, the failure that came first is what its caller is told."""
    return suppress(Unavailable, psycopg.Error)
