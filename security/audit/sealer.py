"""Elects the one writer of the log and keeps it going.

Many may run; an advisory lock lets one seal. What goes wrong ends its shift, and the next one recovers from the sinks;
until then nothing is sealed, so nothing that waits for its record is done. There is no switch to turn it off.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg

from security.audit.blocking import in_thread
from security.audit.note import Signer
from security.audit.recover import Recovery
from security.audit.segments import Segments
from security.audit.shift import PACE, Failpoint, Pace, Shift, Watch, unwatched, wait
from security.audit.sink import refuse_strange
from security.audit.store import AuditStore
from security.audit.succession import NO_SUCCESSION, Change, Keys, Succession, change_in, published
from security.clock import Clock
from security.durable import flush_directory
from security.errors import AuditCorrupt, AuditUnavailable
from security.sql import Connection

_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Connection]]
"""Opens a connection of the sealer's own. It takes on the role ``appliance_system`` by itself."""

KEY_FILE = "verifier.key"
"""Beside the segments: the public keys, one a line, oldest first, for auditors to take away."""


class Sealer:
    def __init__(
        self,
        connect: Connect,
        directory: Path,
        signer: Signer,
        clock: Clock,
        *,
        pace: Pace = PACE,
        failpoint: Failpoint = lambda _: None,
        succession: Succession = NO_SUCCESSION,
        watch: Watch = unwatched,
    ) -> None:
        """``watch`` is told of each batch that was sealed."""
        self._connect = connect
        self._directory = directory
        self._keys = Keys(signer, succession)
        self._clock = clock
        self._pace = pace
        self._failpoint = failpoint
        self._watch = watch

    async def run(self, stop: asyncio.Event) -> None:
        """Seal until told to stop; then seal what is left and sign off. AuditCorrupt ends it: that needs a person."""
        while not stop.is_set():
            try:
                async with await self._connect() as conn:
                    await self._serve(AuditStore(conn), stop)
            except (psycopg.Error, OSError, AuditUnavailable) as lost:
                _log.warning("audit.sealer_interrupted", extra={"reason": type(lost).__name__})
                await wait(stop, self._pace.retry_s)
            except AuditCorrupt:
                _log.critical("audit.corrupt")
                raise

    async def _serve(self, store: AuditStore, stop: asyncio.Event) -> None:
        await store.enter()
        while not await store.try_lock():
            if await wait(stop, self._pace.retry_s):
                return
        log_id, has_begun = await store.log_id(), await store.size() > 0
        await in_thread(lambda: refuse_strange(self._directory, log_id, has_begun=has_begun))
        segments = await in_thread(Segments(self._directory).__enter__)
        try:
            shift = await self._begin(store, segments)
            await shift.until(stop)
        finally:
            segments.__exit__()

    async def _begin(self, store: AuditStore, segments: Segments) -> Shift:
        log_id = await store.log_id()
        keys = self._keys.verifiers(log_id)
        recovered = await Recovery(store, segments, keys, log_id, self._clock.now()).run()
        change = change_in(await store.key_changes())
        self._keys.settle(log_id, change)
        await in_thread(self._publish, str(self._keys.verifier(log_id)), change)
        return Shift(
            store,
            segments,
            recovered,
            log_id,
            self._keys,
            self._clock,
            self._pace,
            self._failpoint,
            self._publish,
            self._watch,
        )

    def _publish(self, key: str, change: Change | None) -> None:
        """Keep the file of public keys, oldest first, in step with the log."""
        path = self._directory / KEY_FILE
        known = path.read_text().split() if path.exists() else []
        try:
            keys = published(known, key, change)
        except ValueError as strange:
            raise AuditCorrupt(f"{path} {strange}") from strange
        if keys != known:
            draft = path.with_suffix(".new")
            draft.write_text("".join(f"{each}\n" for each in keys))
            draft.replace(path)
            flush_directory(self._directory)
