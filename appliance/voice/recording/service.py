"""Records calls: begins a recording, keeps it in sealed chunks while the call goes on, and ends it with its record.

The chunks are sealed under the keys of the conversation's subject: erasing the subject erases them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

from appliance.clock import Clock
from appliance.db import Database
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.voice.recording import store, whole
from appliance.voice.recording.audit_words import ended_record
from appliance.voice.recording.model import SAMPLES_PER_MS, Begun, Ended, Ending
from appliance.voice.recording.ports import Keys, Subjects
from appliance.voice.recording.recorder import Recorder
from appliance.voice.recording.reel import Cut
from security.audit.append import append
from security.pii.analyzer import Analyzer


class Recordings:
    def __init__(self, db: Database, keys: Keys, subjects: Subjects, analyzer: Analyzer, clock: Clock) -> None:
        self._db = db
        self._keys = keys
        self._subjects = subjects
        self._analyzer = analyzer
        self._clock = clock

    @asynccontextmanager
    async def record(self, shop: ShopId, conversation: ConversationId) -> AsyncIterator[Recorder]:
        """As long as the call lasts. NotFound if there is no such conversation."""
        begun = await self._begin(shop, conversation)
        recorder = Recorder(KeptRecording(self._db, self._keys, self._clock, begun), self._analyzer)
        keeping = asyncio.create_task(recorder.keep())
        try:
            yield recorder
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            await recorder.close()

    async def _begin(self, shop: ShopId, conversation: ConversationId) -> Begun:
        async with self._db.transaction(shop) as conn:
            begun = Begun(
                shop_id=shop,
                recording_id=uuid7(),
                conversation_id=conversation,
                subject_id=await self._subjects.subject_of(conn, shop, conversation),
                begun_at=self._clock.now(),
            )
            await store.insert(conn, begun)
        return begun


class KeptRecording:
    """``ports.Shelf`` in the database."""

    def __init__(self, db: Database, keys: Keys, clock: Clock, begun: Begun) -> None:
        self._db = db
        self._keys = keys
        self._clock = clock
        self._begun = begun
        self._chunks = 0
        self._samples = 0
        self._hash = sha256()

    async def put(self, cut: Cut) -> None:
        begun, kept = self._begun, whole.pack(cut)
        async with self._db.transaction(begun.shop_id) as conn:
            keys = await self._keys.keys(conn, begun.shop_id, begun.subject_id)
            row = store.chunk_id(begun.recording_id, self._chunks)
            sealed, marks = keys.seal(*whole.SEALED, row, kept), keys.seal(*whole.MARKS, row, whole.pack_marks(cut))
            await store.insert_chunk(conn, begun, self._chunks, sealed, marks)
        self._chunks += 1
        self._samples += len(cut.caller)
        self._hash.update(kept)

    async def end(self, ending: Ending, silenced_ms: dict[str, int]) -> None:
        is_refused = ending is Ending.REFUSED
        ended = Ended(
            ending=ending,
            chunks=0 if is_refused else self._chunks,
            length_ms=0 if is_refused else self._samples // SAMPLES_PER_MS,
            silenced_ms=sum(silenced_ms.values()),
            sha256=sha256().digest() if is_refused else self._hash.digest(),
        )
        async with self._db.transaction(self._begun.shop_id) as conn:
            if is_refused:
                await store.delete_chunks(conn, self._begun)
            if await store.end(conn, self._begun, ended, self._clock.now()):
                await append(conn, [ended_record(self._begun, ended, silenced_ms)])
