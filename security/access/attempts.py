"""Counts attempts to log in, by name and by address, and locks a name. Names that nobody has are counted alike.

An attempt counts as a failure from the moment it is made until it has turned out right: however many are made at the
same time, no more get through than are allowed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from security.access.limits import Limits
from security.access.store import SQL
from security.clock import Clock
from security.sql import Connection


class Standing(NamedTuple):
    """What is to be made of an attempt, before it is known whether it is right."""

    attempt_id: UUID
    is_locked: bool
    is_flood: bool
    failures: int
    """With this one."""


class _Counts(NamedTuple):
    failures: int
    from_source: int
    locked_until: datetime | None


class Attempts:
    def __init__(self, clock: Clock, new_id: Callable[[], UUID], limits: Limits) -> None:
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    @property
    def wait_s(self) -> int:
        """After this long without an attempt an address that made too many is looked at again."""
        return int(self._limits.failure_window.total_seconds())

    async def reserve(self, conn: Connection, login_digest: bytes, source_digest: bytes) -> Standing:
        """Attempts of one name come one after another, until the caller's transaction ends."""
        now, attempt_id = self._clock.now(), self._new_id()
        values = {
            "attempt_id": attempt_id,
            "login_digest": login_digest,
            "source_digest": source_digest,
            "now": now,
            "since": now - self._limits.failure_window,
        }
        await conn.execute(SQL["lock_login"], values)
        cursor = conn.cursor(row_factory=class_row(_Counts))
        counts = await (await cursor.execute(SQL["standing"], values)).fetchone()
        assert counts is not None  # noqa: S101 - a SELECT without FROM has one row
        is_locked = counts.locked_until is not None or counts.failures >= self._limits.failures
        await conn.execute(SQL["insert_attempt"], {**values, "while_locked": is_locked})
        return Standing(
            attempt_id=attempt_id,
            is_locked=is_locked,
            is_flood=counts.from_source >= self._limits.source_failures,
            failures=counts.failures + 1,
        )

    async def was_right(self, conn: Connection, standing: Standing) -> None:
        """Of one step only: what failed before still counts."""
        await conn.execute(SQL["delete_attempt"], {"attempt_id": standing.attempt_id})

    async def is_in(self, conn: Connection, login_digest: bytes) -> None:
        """Both steps were right: failures before are forgotten."""
        await conn.execute(SQL["delete_attempts"], {"login_digest": login_digest})

    async def was_wrong(self, conn: Connection, login_digest: bytes, standing: Standing) -> datetime | None:
        """Until when the name is locked, if this attempt is what locks it."""
        if standing.is_locked or standing.failures < self._limits.failures:
            return None
        until = self._clock.now() + self._limits.lock
        await conn.execute(SQL["put_lock"], {"login_digest": login_digest, "until": until})
        return until
