"""A voice after a person's recording is on record before it says a word; without the record it says none."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from appliance.clock import SystemClock
from appliance.config_voice import SpeakerProtocol, VoiceSettings
from appliance.db import Connection, Database
from appliance.errors import AuditUnavailable
from appliance.joints.voice_care import VoiceCare
from appliance.joints.voice_consent import VoiceUses, taken_record
from appliance.joints.voice_engines import PROMPTS, engines
from models.tts.client import Speech
from models.tts.errors import ConsentMissing
from models.tts.prompts import Prompts
from models.tts.speaker import Speaker
from models.tts.voices import Voice, load
from security.audit.canonical import canonical_event
from security.audit.file_signer import FileSigner
from security.audit.sealer import Sealer
from tests.models.tts.runtime import Runtime, cosyvoice_runtime
from tests.models.tts.test_cosyvoice import WAV
from tests.models.tts.voice_file import voice_file

pytestmark = pytest.mark.control("L-07", "M-18")
ENTRY = {
    "document": "2026-118",
    "document_sha256": "0" * 64,
    "given_on": "2020-10-01",
    "person": "林月",
    "recorded_by": "李雷",
    "until": "2099-12-31",
    "withdrawn_on": None,
}


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with cosyvoice_runtime() as runtime:
        yield runtime


@pytest.fixture
async def sealer(database_url: str, tmp_path: Path) -> AsyncIterator[None]:
    async def connect() -> Connection:
        return await psycopg.AsyncConnection.connect(database_url)

    stop = asyncio.Event()
    sealer = Sealer(connect, tmp_path / "audit", FileSigner(tmp_path / "audit.key"), SystemClock())
    running = asyncio.create_task(sealer.run(stop))
    yield
    stop.set()
    await running


def settings(runtime: Runtime, folder: Path) -> VoiceSettings:
    return VoiceSettings(
        recogniser_url="ws://127.0.0.1:1",
        speaker_url=runtime.url,
        speaker_protocol=SpeakerProtocol.COSYVOICE,
        voices_file=str(voice_file(folder, until="2099-12-31")),
        voice="lin",
    )


async def waiting(db: Database) -> int:
    async with db.system() as conn:
        rows = await (await conn.execute("SELECT event FROM audit_pending")).fetchall()
    return len(rows)


async def sealed(db: Database) -> int:
    async with db.system() as conn:
        rows = await (await conn.execute("SELECT seq FROM audit_record WHERE action = 'voice.taken'")).fetchall()
    return len(rows)


def test_it_says_which_recording_by_which_consent_and_until_when_and_names_nobody(tmp_path: Path) -> None:
    record = taken_record(load([voice_file(tmp_path, until="2099-12-31")]).voice("lin"))
    assert record is not None
    entry = json.dumps(ENTRY, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert (record.action, record.object.id) == ("voice.taken", "lin")
    assert record.detail == {
        "model": "fun-cosyvoice3-0.5b",
        "recording_sha256": hashlib.sha256(WAV).hexdigest(),
        "document_sha256": "0" * 64,
        "consent_sha256": hashlib.sha256(entry.encode()).hexdigest(),
        "given_on": "2020-10-01",
        "until": "2099-12-31",
    }
    assert not any(name in canonical_event(record).decode() for name in ("林月", "李雷"))


def test_a_consent_without_an_end_has_none_on_record(tmp_path: Path) -> None:
    record = taken_record(load([voice_file(tmp_path)]).voice("lin"))
    assert record is not None
    assert "until" not in record.detail


async def test_a_voice_of_an_engine_is_nobodys(db: Database) -> None:
    await VoiceUses(db).take(load().voice("selftest-female"))
    assert await waiting(db) == 0


@pytest.mark.usefixtures("sealer")
async def test_it_is_sealed_before_the_voice_says_a_word(db: Database, runtime: Runtime, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    async def take(voice: Voice) -> None:
        await VoiceUses(db).take(voice)
        seen.append((await sealed(db), len(runtime.asked)))

    async with engines(settings(runtime, tmp_path), tmp_path, ("您好。",), take):
        assert len(runtime.asked) == 1
    assert seen == [(1, 0)]


async def test_where_it_cannot_be_sealed_the_voice_says_nothing(db: Database, runtime: Runtime, tmp_path: Path) -> None:
    uses = VoiceUses(db, within_s=0.05)
    with pytest.raises(AuditUnavailable, match="voice lin may not speak"):
        async with engines(settings(runtime, tmp_path), tmp_path, ("您好。",), uses.take):
            pass
    assert runtime.asked == []


def _spoken_ahead(state: Path, voice: str) -> Path:
    Prompts(state / PROMPTS / voice, identity="x").put(Speech(model="m", input="您好。", voice=voice), b"sound")
    (made,) = (state / PROMPTS / voice).iterdir()
    return made


@pytest.mark.parametrize(
    ("until", "changes", "left"),
    [
        ("2099-12-31", {}, True),
        ("2020-10-02", {}, False),
        ("2099-12-31", {"voices_file": ""}, False),
        ("2099-12-31", {"enabled": False}, False),
    ],
)
async def test_what_was_spoken_ahead_goes_with_the_consent_and_is_on_record(
    db: Database, tmp_path: Path, until: str, changes: dict[str, Any], left: bool
) -> None:
    used = VoiceSettings(enabled=True, voice="lin", voices_file=str(voice_file(tmp_path, until)))
    made = _spoken_ahead(tmp_path, "lin")
    await VoiceCare(msgspec.structs.replace(used, **changes), tmp_path, VoiceUses(db)).once()
    assert made.exists() is left
    async with db.system() as conn:
        rows = await (await conn.execute("SELECT event FROM audit_pending")).fetchall()
    told = [(event["action"], event["object"]["id"], event["detail"]) for (event,) in rows]
    assert told == ([] if left else [("voice.forgotten", "lin", {"sentences": "1"})])


async def test_what_was_kept_before_each_voice_had_a_folder_goes_by_one_record(db: Database, tmp_path: Path) -> None:
    for text in ("您好。", "再见。"):
        Prompts(tmp_path / PROMPTS, identity="x").put(Speech(model="m", input=text), b"sound")
    used = VoiceSettings(enabled=True, voice="lin", voices_file=str(voice_file(tmp_path)))
    await VoiceCare(used, tmp_path, VoiceUses(db)).once()
    assert (await waiting(db), [*(tmp_path / PROMPTS).iterdir()]) == (1, [])


async def test_a_consent_that_was_withdrawn_takes_the_sound_along(db: Database, tmp_path: Path) -> None:
    file = voice_file(tmp_path)
    withdraw(file)
    made, of_an_engine = _spoken_ahead(tmp_path, "lin"), _spoken_ahead(tmp_path, "selftest-female")
    settings = VoiceSettings(enabled=True, voice="lin", voices_file=str(file))
    await VoiceCare(settings, tmp_path, VoiceUses(db)).once()
    assert (made.exists(), of_an_engine.exists()) == (False, False)


async def test_a_consent_that_is_withdrawn_while_calls_are_taken_silences_the_voice(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what was spoken ahead with it, and which the worker has not deleted yet."""
    loop, is_silent, look = asyncio.get_running_loop(), asyncio.Event(), Speaker.look_again

    def looking(speaker: Speaker, files: Sequence[Path]) -> frozenset[str]:
        if silent := look(speaker, files):
            loop.call_soon_threadsafe(is_silent.set)
        return silent

    async def take(_voice: Voice) -> None: ...

    monkeypatch.setattr(Speaker, "look_again", looking)
    used = settings(runtime, tmp_path)
    async with engines(used, tmp_path, ("您好。",), take, consent_every_s=0.01) as made:
        assert await spoken(made.speaker)
        withdraw(Path(used.voices_file))
        await asyncio.wait_for(is_silent.wait(), 10)
        asked = len(runtime.asked)
        with pytest.raises(ConsentMissing, match="voice lin"):
            await spoken(made.speaker)
        assert len(runtime.asked) == asked


def withdraw(file: Path) -> None:
    file.write_text(f"{file.read_text('utf-8')}\nwithdrawn_on = 2026-01-01\n", "utf-8")


async def spoken(speaker: Speaker) -> bytes:
    return b"".join([piece async for piece in speaker.speak("您好。", voice="lin")])
