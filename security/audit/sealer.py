"""Elects the one writer of the log and keeps it going.

Many may run; an advisory lock lets one seal. What goes wrong ends its shift, and the next one recovers from the sinks;
until then nothing is sealed, so nothing that waits for its record is done. There is no switch to turn it off.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg

from security.audit.checkpoint import origin_of
from security.audit.note import Signer, VerifierKey
from security.audit.recover import Recovery
from security.audit.segments import Segments
from security.audit.shift import PACE, Failpoint, Pace, Shift, wait
from security.audit.store import AuditStore
from security.clock import Clock
from security.errors import AuditCorrupt, AuditUnavailable
from security.sql import Connection

_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Connection]]
"""Opens a connection of the sealer's own. It takes on the role ``appliance_system`` by itself."""

KEY_FILE = "verifier.key"
"""Beside the segments: the public key, for auditors to take away."""


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
    ) -> None:
        self._connect = connect
        self._directory = directory
        self._signer = signer
        self._clock = clock
        self._pace = pace
        self._failpoint = failpoint

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
        with Segments(self._directory) as segments:
            shift = await self._begin(store, segments)
            await shift.until(stop)

    async def _begin(self, store: AuditStore, segments: Segments) -> Shift:
        log_id = await store.log_id()
        key = VerifierKey(origin_of(log_id), self._signer.public_key)
        self._publish(key)
        recovered = await Recovery(store, segments, key, log_id, self._clock.now()).run()
        return Shift(store, segments, recovered, log_id, self._signer, self._clock, self._pace, self._failpoint)

    def _publish(self, key: VerifierKey) -> None:
        path = self._directory / KEY_FILE
        if not path.exists():
            path.write_text(f"{key}\n")
        elif path.read_text().strip() != str(key):
            raise AuditCorrupt(f"{path} names another log or key: use the signing key that belongs to this directory")
