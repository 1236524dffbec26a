"""What is wrong with the database, made so: tables behind or ahead, no durability, no archive, queues that stand."""

import asyncio
import os
from pathlib import Path

import psycopg
import pytest

from appliance.config import Settings
from appliance.db import Database
from appliance.db.embedded import Cluster
from tests.appliance.cli.doctor.conftest import Doctor, as_owner, changed
from tests.servers import Server, archiving_in_vain

fault = pytest.mark.fault


@fault("migrations", "1 are missing", "restart")
async def test_tables_behind_the_code_are_found(doctor: Doctor, served: Settings, owner_url: str) -> None:
    await doctor.is_content(served)
    await as_owner(owner_url, "DELETE FROM schema_migration WHERE number = (SELECT max(number) FROM schema_migration)")
    await doctor.finds(served)


@fault("migrations", "which this version does not know", "mend what it names")
async def test_tables_ahead_of_the_code_are_found(doctor: Doctor, served: Settings, owner_url: str) -> None:
    columns = "INSERT INTO schema_migration (package, number, name, sha256)"
    await as_owner(owner_url, f"{columns} VALUES ('appliance', 9999, '9999_of_tomorrow', 'x')")
    await doctor.finds(served)


@fault("migrations", "was changed after it had been applied", "mend what it names")
async def test_an_applied_migration_that_was_changed_is_found(doctor: Doctor, served: Settings, owner_url: str) -> None:
    await as_owner(owner_url, "UPDATE schema_migration SET sha256 = repeat('0', 64) WHERE number = 1")
    await doctor.finds(served)


@fault("postgres", "the database does not answer", "mend what it names", passes=True)
async def test_a_database_that_is_away_is_found(doctor: Doctor, served: Settings, tmp_path: Path) -> None:
    await doctor.is_content(served)
    await doctor.finds(changed(served, "database", url=f"postgresql:///nobody?host={tmp_path}"))


@fault("login", "the role that logs in", "DATABASE_OWNER_URL")
async def test_logging_in_as_the_owner_is_found(doctor: Doctor, served: Settings, owner_url: str) -> None:
    await doctor.is_content(served)
    await doctor.finds(changed(served, "database", url=owner_url))


@fault("durability", "full_page_writes, synchronous_commit is off", "set them on")
async def test_a_server_that_forgets_what_it_acknowledged_is_found(doctor: Doctor, served: Settings) -> None:
    """The server of the tests is one."""
    await doctor.finds(served)


@fault("collation", "made with collation", "REINDEX DATABASE")
async def test_a_database_of_another_collation_is_found(
    doctor: Doctor, served: Settings, owner_url: str, database_server: Server
) -> None:
    await doctor.is_content(served)
    with psycopg.connect(database_server.admin_url, autocommit=True) as conn:
        name = psycopg.conninfo.conninfo_to_dict(owner_url)["dbname"]
        conn.execute("UPDATE pg_database SET datcollversion = '1' WHERE datname = %s", [name])
        try:
            await doctor.finds(served)
        finally:
            conn.execute("UPDATE pg_database SET datcollversion = NULL WHERE datname = %s", [name])


@fault("connections", "the server allows", "raise max_connections")
async def test_more_connections_than_the_server_allows_are_found(doctor: Doctor, served: Settings) -> None:
    await doctor.is_content(served)
    await doctor.finds(changed(served, "web", workers=40))


@fault("jobs", "jobs wait, the oldest since", "worker.log", passes=True)
async def test_a_queue_that_stands_is_found(doctor: Doctor, served: Settings, db: Database) -> None:
    await doctor.is_content(served)
    async with db.system() as conn:
        await conn.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) "
            "VALUES ('default', 'cases.reconcile', now() - interval '10 minutes')"
        )
    await doctor.finds(served)


@fault("jobs", "failed for good, last cases.reconcile", "worker.log")
async def test_a_job_that_failed_for_good_is_found(doctor: Doctor, served: Settings, db: Database) -> None:
    async with db.system() as conn:
        await conn.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts) "
            "VALUES ('default', 'cases.reconcile', 'failed', 5)"
        )
    await doctor.finds(served)


@fault("worker", "no worker has shown a sign of life", "worker.log", passes=True)
async def test_a_worker_that_does_not_beat_is_found(doctor: Doctor, served: Settings, db: Database) -> None:
    beat = (
        "INSERT INTO worker_heartbeat (worker_id, host, process_id, started_at, beat_at) "
        "VALUES (gen_random_uuid(), 'here', 1, now(), now() - %s::interval)"
    )
    async with db.system() as conn:
        await conn.execute(beat, ["1 minute"])
    await doctor.finds(served)
    async with db.system() as conn:
        await conn.execute(beat, ["1 second"])
    await doctor.is_content(served)


@fault("archiving", "archiving 0000", "archive_command")
def test_an_archive_that_takes_nothing_is_found(doctor: Doctor, patient: Settings) -> None:
    with archiving_in_vain() as url:
        asyncio.run(doctor.finds(changed(patient, "database", url=url)))


@fault("set aside", "replaced-20261128T120000Z", "remove it")
async def test_a_cluster_of_before_a_restore_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.is_content(patient)
    (Cluster(patient.state_path).home / "replaced-20261128T120000Z").mkdir(parents=True)
    await doctor.finds(patient)


@fault("archiving", "2 segments of the log are not in backup.wal_dir", "wal.not_kept", passes=True)
async def test_segments_that_nobody_puts_away_are_found(doctor: Doctor, patient: Settings) -> None:
    spool = Cluster(patient.state_path).spool
    spool.mkdir(parents=True)
    for name in ("000000010000000000000001", "000000010000000000000002"):
        (spool / name).touch()
    kept = changed(patient, "backup", wal_dir="/mnt/nowhere")
    assert "are not in backup.wal_dir" not in (await doctor.looks(kept)).found
    os.utime(spool / "000000010000000000000001", (1_700_000_000, 1_700_000_000))
    await doctor.finds(kept)
