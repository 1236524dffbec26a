"""A sealer that dies anywhere leaves a log that its successor continues: no gap, no duplicate, nothing lost."""

import asyncio
import shutil
import subprocess
import sys

import pytest

from security.audit.append import append, wait_sealed
from security.audit.sink import MARKER, mark
from security.audit.store import AuditStore
from security.audit.verify import read_frames
from security.errors import AuditCorrupt, AuditUnavailable
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A1")

STEPS = ["records_in_files", "records_in_database", "checkpoint_in_files", "checkpoint_in_database"]


async def assert_whole(log: Log, events: int) -> None:
    report = await log.verify()
    assert (report.status, report.why, report.unsigned) == ("ok", "", 0)
    assert (await log.actions()).count("refund.propose") == events
    assert await log.rows("SELECT id FROM audit_pending") == []


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_between_any_two_steps_is_recovered(log: Log, step: str, times: int) -> None:
    await log.append(3)
    if times == 2:
        await log.seal_what_is_pending()
        await log.append(4)
    await log.crash_at(step)
    await log.append(2)
    await log.seal_what_is_pending()
    await assert_whole(log, 5 if times == 1 else 9)


async def test_crash_after_crash_is_recovered(log: Log) -> None:
    for step in [*STEPS, *STEPS]:
        await log.append(2)
        await log.crash_at(step)
    await log.seal_what_is_pending()
    await assert_whole(log, 16)


async def test_a_write_torn_at_any_byte_is_recovered(log: Log) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    count = 1
    for kept in (0, 1, 4, 7, 8, 9, 100, -1):
        await log.append(2)
        count += 2
        await log.crash_at("records_in_files")
        newest = max(log.directory.glob("*.rec"))
        newest.chmod(0o600)
        with newest.open("r+b") as file:
            file.truncate(kept if kept >= 0 else newest.stat().st_size - 1)
        await log.seal_what_is_pending()
        await assert_whole(log, count)


async def test_what_was_taken_over_from_the_files_is_said_in_the_log(log: Log) -> None:
    await log.append(3)
    await log.crash_at("records_in_files")
    await log.seal_what_is_pending()
    details = await log.rows(
        "SELECT convert_from(raw, 'UTF8')::jsonb -> 'detail' FROM audit_record WHERE action = 'audit.recovered'"
    )
    assert details == [({"to_database": "4", "to_files": "0"},)]


@pytest.mark.parametrize("is_mounted_over", [False, True])
async def test_a_folder_without_its_disk_is_not_written_to_and_once_it_is_back_the_log_goes_on(
    log: Log, *, is_mounted_over: bool
) -> None:
    await log.append(3)
    await log.seal_what_is_pending()
    away = log.directory.with_name("away")
    log.directory.rename(away)
    if is_mounted_over:
        log.directory.mkdir()
    await log.append(1)
    with pytest.raises(AuditUnavailable, match="is not the folder that the log was written to"):
        async with log.connection() as conn:
            await log.sealer()._serve(AuditStore(conn), asyncio.Event())
    assert log.directory.exists() == is_mounted_over
    assert list(log.directory.glob("*")) == []
    if is_mounted_over:
        log.directory.rmdir()
    away.rename(log.directory)
    await log.seal_what_is_pending()
    await assert_whole(log, 4)


async def test_the_folder_of_another_log_is_not_written_to(log: Log) -> None:
    mark(log.directory, "another")
    with pytest.raises(AuditUnavailable, match="another installation's log"):
        async with log.connection() as conn:
            await log.sealer()._serve(AuditStore(conn), asyncio.Event())


async def test_a_folder_that_an_older_version_wrote_is_marked(log: Log) -> None:
    await log.append(3)
    await log.seal_what_is_pending()
    (log.directory / MARKER).unlink()
    await log.append(1)
    await log.seal_what_is_pending()
    async with log.connection() as conn:
        assert (log.directory / MARKER).read_text().strip() == await AuditStore(conn).log_id()
    await assert_whole(log, 4)


@pytest.mark.parametrize("suffix", ["rec", "chk"])
async def test_zeros_that_a_power_cut_left_behind_the_last_frame_are_passed_over(log: Log, suffix: str) -> None:
    await log.append(3)
    await log.seal_what_is_pending()
    with max(log.directory.glob(f"*.{suffix}")).open("ab") as newest:
        newest.write(bytes(4096))
    await log.append(1)
    await log.seal_what_is_pending()
    await assert_whole(log, 4)


async def test_a_lost_volume_is_written_again_from_the_database_once_it_is_said_to_be_new(log: Log) -> None:
    await log.append(3)
    await log.seal_what_is_pending()
    shutil.rmtree(log.directory)
    async with log.connection() as conn:
        mark(log.directory, await AuditStore(conn).log_id())
    await log.append(1)
    await log.seal_what_is_pending()
    await assert_whole(log, 4)
    assert [frame.number for frame in read_frames(log.directory, "rec")] == list(range(9))


async def test_a_database_restored_from_before_takes_the_rest_from_the_files(log: Log) -> None:
    await log.append(3)
    await log.seal_what_is_pending()
    await log.append(3)
    await log.seal_what_is_pending()
    await log.as_owner("DELETE FROM audit_record WHERE seq >= 4", "audit_record")
    await log.as_owner("DELETE FROM audit_checkpoint WHERE number >= 1", "audit_checkpoint")
    await log.seal_what_is_pending()
    await assert_whole(log, 6)


async def test_sinks_that_contradict_each_other_stop_the_sealer(log: Log) -> None:
    await log.append(3)
    await log.crash_at("records_in_database")
    await log.as_owner(
        "UPDATE audit_record SET raw = replace(convert_from(raw, 'UTF8'), 'c1', 'c2')::bytea", "audit_record"
    )
    with pytest.raises(AuditCorrupt):
        await asyncio.wait_for(log.sealer().run(asyncio.Event()), 10)


async def test_a_sealer_survives_the_loss_of_its_connection(log: Log) -> None:
    async with log.sealing(), log.connection() as conn:
        await wait_sealed(conn, await append(conn, [log.event()]), 10)
        await conn.execute("SET ROLE NONE")
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await conn.execute("SET ROLE appliance_system")
        await wait_sealed(conn, await append(conn, [log.event()]), 10)
    await assert_whole(log, 2)


KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import psycopg
from security.audit.file_signer import FileSigner
from security.audit.sealer import Sealer

url, home, step = sys.argv[1:]

class Clock:
    def now(self):
        return datetime(2026, 11, 21, tzinfo=UTC)

def failpoint(at):
    if at == step:
        os.kill(os.getpid(), signal.SIGKILL)

async def connect():
    return await psycopg.AsyncConnection.connect(url)

sealer = Sealer(connect, Path(home, "audit"), FileSigner(Path(home, "audit.key")), Clock(), failpoint=failpoint)
asyncio.run(sealer.run(asyncio.Event()))
"""


@pytest.mark.parametrize("step", STEPS)
async def test_a_killed_process_is_recovered_from(log: Log, step: str) -> None:
    await log.append(3)
    command = [sys.executable, "-c", KILLED, log.url, str(log.directory.parent), step]
    killed = await asyncio.to_thread(subprocess.run, command, timeout=30, check=False)
    assert killed.returncode == -9
    await log.append(2)
    await log.seal_what_is_pending()
    await assert_whole(log, 5)
