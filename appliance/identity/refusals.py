"""Who was refused, into the audit log: one record each, until it is a flood.

Of the same caller, thing and reason the first ones of an hour are recorded each by itself, then every power of ten with
how often it happened, so that asking without end fills no log and holds no seal up. Counted in this process alone.
"""

import time
from collections.abc import Callable, Hashable
from typing import Final

from appliance.db import Database
from appliance.identity.errors import NotGranted
from security.access import records
from security.access.model import Origin
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Actor, ActorType, Outcome, Target

WINDOW_S: Final = 3600.0
EACH: Final = 20
"""So many are recorded one by one."""
MOST_KINDS: Final = 2000
"""Of callers, things and reasons in one hour."""

_STRANGER: Final = Actor(type=ActorType.CLIENT, id="unknown")
"""A system that has not proved which it is."""


class Tally:
    """How often each kind of thing has happened in this hour.

    Where there are too many kinds, all further ones count as one; with ``is_forgetful`` all are counted anew instead,
    so that the first of each kind is always worth saying.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, *, is_forgetful: bool = False) -> None:
        self._now = now
        self._is_forgetful = is_forgetful
        self._began = now()
        self._seen: dict[Hashable, int] = {}

    def count(self, kind: Hashable) -> int:
        """How often by now, if that is worth saying; otherwise 0."""
        if self._now() - self._began >= WINDOW_S:
            self._began, self._seen = self._now(), {}
        if kind not in self._seen and len(self._seen) >= MOST_KINDS:
            if self._is_forgetful:
                self._seen = {}
            else:
                kind = None
        times = self._seen[kind] = self._seen.get(kind, 0) + 1
        return times if times <= EACH or _is_power_of_ten(times) else 0


class Refusals:
    def __init__(self, db: Database, tally: Tally | None = None) -> None:
        self._db = db
        self._tally = tally or Tally()

    async def note(self, actor: Actor, what: str, reason: str, origin: Origin, tenant: str = "") -> None:
        """``what``: the permission or scope that was needed."""
        times = self._tally.count((actor, what, reason, origin.ip))
        if not times:
            return
        event = records.record(
            Deed.DENY,
            actor,
            Target(type="permission", id=what),
            origin,
            outcome=Outcome.DENIED,
            reason=reason,
            detail={"times": str(times)} if times > EACH else {},
            tenant=tenant,
        )
        async with self._db.system() as conn:
            await append(conn, [event])

    async def note_system(self, error: Exception, what: str, origin: Origin) -> None:
        """A system of a shop's: which one, where it has proved that."""
        reason = str(getattr(error, "code", "refused"))
        if isinstance(error, NotGranted):
            actor = Actor(type=ActorType.CLIENT, id=str(error.system))
            await self.note(actor, what, reason, origin, error.shop)
        else:
            await self.note(_STRANGER, what, reason, origin)


def _is_power_of_ten(number: int) -> bool:
    return str(number).rstrip("0") == "1"
