"""What time brings to recordings: the old ones are deleted, and those whose process died get their end."""

import logging
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from typing import Final

from appliance.clock import Clock
from appliance.db import Database
from appliance.voice.recording import store, whole
from appliance.voice.recording.audit_words import deleted_record, ended_record
from appliance.voice.recording.model import SAMPLES_PER_MS, Begun, Ended, Ending
from appliance.voice.recording.ports import Keys
from security.audit.append import append
from security.errors import KeysUnavailable

_log = logging.getLogger(__name__)

LONGEST_CALL: Final = timedelta(hours=12)
"""Whoever has not ended a recording by then never will."""


class RecordingCare:
    def __init__(self, db: Database, keys: Keys, clock: Clock, keep: timedelta) -> None:
        self._db = db
        self._keys = keys
        self._clock = clock
        self._keep = keep

    async def delete_old(self) -> None:
        async with self._db.system() as conn:
            counts = Counter(await store.delete_old(conn, self._clock.now() - self._keep))
            await append(conn, [deleted_record(shop, count) for shop, count in sorted(counts.items())])

    async def end_lost(self) -> None:
        """What of it was written stays: it was silenced before."""
        async with self._db.system() as conn:
            lost = await store.lost(conn, self._clock.now() - LONGEST_CALL)
        for begun in lost:
            try:
                await self._end(begun)
            except KeysUnavailable as gone:
                _log.warning("recording.cannot_be_ended", extra={"code": gone.code, "shop_id": begun.shop_id})

    async def _end(self, begun: Begun) -> None:
        async with self._db.transaction(begun.shop_id) as conn:
            keys = await self._keys.keys(conn, begun.shop_id, begun.subject_id)
            kept = list(whole.opened(keys, begun, await store.chunks(conn, begun)))
            ended = Ended(
                ending=Ending.BROKEN,
                chunks=len(kept),
                length_ms=sum(map(len, kept)) // 2 // SAMPLES_PER_MS,
                silenced_ms=0,
                sha256=sha256(b"".join(kept)).digest(),
            )
            if await store.end(conn, begun, ended, self._clock.now()):
                await append(conn, [ended_record(begun, ended, {})])
