# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""Recordings on a real database with real keys: sealed, ended with a record, gone when their time is over."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import FixedClock
from appliance.db import Connection, Database
from appliance.ids import ConversationId, ShopId, SubjectId, uuid7
from appliance.voice.recording import recorder as module
from appliance.voice.recording import store, whole
from appliance.voice.recording.jobs import LONGEST_CALL, RecordingCare
from appliance.voice.recording.model import Ending, Recording, Utterance
from appliance.voice.recording.recorder import Recorder
from appliance.voice.recording.reel import HELD_MS
from appliance.voice.recording.service import Recordings
from models.asr.heard import Word
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, SubjectErased
from security.pii.analyzer import Analyzer
from tests.appliance.voice.recording.test_reel import LOUD, sounding

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
DEMO = ShopId("demo")
KEEP = timedelta(days=30)


@dataclass
class Calls:
    db: Database
    keys: KeyRing
    clock: FixedClock
    conversation: ConversationId
    subject: SubjectId

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId:
        return self.subject

    @property
    def recordings(self) -> Recordings:
        return Recordings(self.db, self.keys, self, Analyzer(), self.clock)

    @property
    def care(self) -> RecordingCare:
        return RecordingCare(self.db, self.keys, self.clock, KEEP)

    async def all(self) -> list[Recording]:
        async with self.db.transaction(DEMO) as conn:
            return await store.of_conversation(conn, DEMO, self.conversation)

    async def kept(self, recording: Recording) -> list[bytes]:
        async with self.db.transaction(DEMO) as conn:
            keys = await self.keys.keys(conn, DEMO, self.subject)
            return list(whole.opened(keys, recording.begun, await store.chunks(conn, recording.begun)))

    async def count(self, table: str) -> int:
        async with self.db.system() as conn:
            row = await (await conn.execute(f"SELECT count(*) FROM {table}")).fetchone()  # noqa: S608 (ours)
        return int(row[0]) if row else 0

    async def records(self) -> list[dict[str, Any]]:
        async with self.db.system() as conn:
            rows = await (await conn.execute("SELECT event FROM audit_pending ORDER BY position")).fetchall()
        return [row[0] for row in rows]


@pytest.fixture
async def calls(db: Database, tmp_path: Path) -> Calls:
    clock = FixedClock(NOW)
    keys = KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, clock)
    calls = Calls(db, keys, clock, ConversationId(uuid7()), SubjectId(uuid7()))
    async with db.transaction(DEMO) as conn:
        await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, %s)", (DEMO, DEMO))
        await keys.create_subject(conn, DEMO, calls.subject)
    return calls


def feed(recorder: Recorder, seconds: int) -> None:
    for second in range(seconds):
        recorder.hear(second * 1000, LOUD)
        recorder.speak(second * 1000, LOUD)


def greeting() -> Utterance:
    return Utterance(start_ms=2000, end_ms=3000, text="你好", words=(Word("你好", 2000, 3000),))


async def test_a_call_is_kept_in_chunks_with_the_record_of_its_end(calls: Calls) -> None:
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, 25)
        recorder.transcribed(greeting())

    [recording] = await calls.all()
    kept = await calls.kept(recording)
    assert recording.ended is not None
    assert (recording.ended.ending, recording.ended.chunks, recording.ended.length_ms) == (Ending.KEPT, 3, 25_000)
    assert recording.ended.sha256 == sha256(b"".join(kept)).digest()
    assert sounding(whole.unpack(kept[0]).caller) == [(1500, 3500)]
    assert sounding(whole.unpack(kept[0]).bot) == [(0, 10_000)]
    [record] = await calls.records()
    assert (record["action"], record["object"]["id"]) == ("recording.kept", str(calls.conversation))
    assert record["detail"]["sha256"] == recording.ended.sha256.hex()
    assert record["detail"]["silenced_unheard_ms"] == "23000"


@pytest.mark.control("L-05")
async def test_of_who_refuses_there_is_nothing_but_that_he_did(calls: Calls) -> None:
    """Also of what was written before."""
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, HELD_MS // 1000 + 15)
        await recorder.flush()
        assert await calls.count("recording_chunk") == 1
        await recorder.refuse()
        assert await calls.count("recording_chunk") == 0
        feed(recorder, 500)

    [recording] = await calls.all()
    assert recording.ended is not None
    assert (recording.ended.ending, recording.ended.chunks) == (Ending.REFUSED, 0)
    assert await calls.count("recording_chunk") == 0
    assert [record["action"] for record in await calls.records()] == ["recording.refused"]


@pytest.mark.control("L-05")
async def test_what_was_broken_off_may_still_be_refused(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", -1)
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, HELD_MS // 1000 + 15)
        await recorder.flush()
        await recorder.close()
        assert await calls.count("recording_chunk") == 1
        await recorder.refuse()

    assert await calls.count("recording_chunk") == 0
    assert [record["action"] for record in await calls.records()] == ["recording.broken", "recording.refused"]


@pytest.mark.control("M-28")
async def test_a_chunk_that_lies_elsewhere_does_not_open(calls: Calls) -> None:
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, 20)
    [recording] = await calls.all()
    async with calls.db.system() as conn:
        await conn.execute("UPDATE recording_chunk SET place = place + 10")
        await conn.execute("UPDATE recording_chunk SET place = 11 - place")

    with pytest.raises(CiphertextRefused):
        await calls.kept(recording)


@pytest.mark.control("M-28")
async def test_a_recording_without_one_of_its_chunks_is_not_whole(calls: Calls) -> None:
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, 20)
        recorder.transcribed(greeting())
    [recording] = await calls.all()
    kept = await calls.kept(recording)
    assert recording.ended is not None
    assert whole.is_whole(recording.ended, kept)
    assert not whole.is_whole(recording.ended, kept[:1])
    assert not whole.is_whole(recording.ended, [kept[1], kept[0]])


async def test_erasing_the_subject_erases_its_recordings(calls: Calls) -> None:
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, 5)
    [recording] = await calls.all()
    async with calls.db.transaction(DEMO) as conn:
        await calls.keys.destroy_subject(conn, DEMO, calls.subject)
    with pytest.raises(SubjectErased):
        await calls.kept(recording)


async def test_a_recording_is_deleted_when_its_time_is_over(calls: Calls) -> None:
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, 5)

    calls.clock.move(KEEP)
    await calls.care.delete_old()
    assert await calls.count("recording") == 1

    calls.clock.move(timedelta(seconds=1))
    await calls.care.delete_old()

    assert await calls.count("recording") == await calls.count("recording_chunk") == 0
    assert [(each["action"], each["tenant"]) for each in await calls.records()][1:] == [("recording.deleted", DEMO)]


async def test_a_recording_whose_process_died_gets_its_end(calls: Calls) -> None:
    """As after a crash: nobody closes it."""
    recording = calls.recordings.record(DEMO, calls.conversation)
    recorder = await recording.__aenter__()
    feed(recorder, HELD_MS // 1000 + 25)
    await recorder.flush()

    calls.clock.move(LONGEST_CALL)
    await calls.care.end_lost()
    assert (await calls.all())[0].ended is None
    calls.clock.move(timedelta(seconds=1))
    await calls.care.end_lost()
    await calls.care.end_lost()

    [ended] = await calls.all()
    assert ended.ended is not None
    assert (ended.ended.ending, ended.ended.chunks, ended.ended.length_ms) == (Ending.BROKEN, 2, 20_000)
    assert whole.is_whole(ended.ended, await calls.kept(ended))
    assert [record["action"] for record in await calls.records()] == ["recording.broken"]
    await recording.__aexit__(None, None, None)


@pytest.mark.control("P-01", "M-29")
async def test_nothing_lies_in_clear(calls: Calls) -> None:
    async with calls.recordings.record(DEMO, calls.conversation) as recorder:
        feed(recorder, 5)
        recorder.transcribed(greeting())
    async with calls.db.system() as conn:
        rows = await (await conn.execute("SELECT sealed FROM recording_chunk")).fetchall()
    [recording] = await calls.all()
    [kept] = await calls.kept(recording)
    assert kept[-1000:] not in bytes(rows[0][0])
