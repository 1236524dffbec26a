"""How often one person may ask for clear values. An attempt counts whatever came of it: guessing is no way around."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from security.clock import Clock
from security.pii.vault import SQL
from security.sql import Connection

WINDOW: Final = timedelta(hours=1)


class Reveals:
    def __init__(self, clock: Clock, new_id: Callable[[], UUID], most: int) -> None:
        """`most`: in an hour."""
        self._clock = clock
        self._new_id = new_id
        self._most = most

    async def count(self, conn: Connection, staff_id: UUID) -> bool:
        """False: that were too many, and this one does not count. Commit it before anything is revealed."""
        now = self._clock.now()
        values = {
            "reveal_id": self._new_id(),
            "staff_id": staff_id,
            "now": now,
            "since": now - WINDOW,
            "most": self._most,
        }
        await conn.execute(SQL["lock_reveals"], values)
        await conn.execute(SQL["forget_reveals"], values)
        return (await conn.execute(SQL["count_reveal"], values)).rowcount == 1
