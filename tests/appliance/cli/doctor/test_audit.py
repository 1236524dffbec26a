"""What is wrong with the audit log, made so in a real one: changed, cut, unsealed, unfiled, unseen."""

import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from appliance.cli import findings_audit
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.installation import witnessed
from appliance.installation.model import Grade
from appliance.installation.witnessed import Witnessed
from appliance.joints.root_key import root_key_path
from security.audit.record import Category, Outcome
from security.audit.sealer import KEY_FILE
from security.audit.segments import RECORDS
from tests.appliance.cli.doctor.conftest import Doctor, changed
from tests.security.audit.world import Log

fault = pytest.mark.fault
TARGET = "syslog+tls://siem.example.internal:6514"


@fault("audit", "the log does not hold: record 1", "appliance audit verify")
async def test_a_record_that_was_changed_in_the_database_is_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await doctor.is_content(logged)
    await log.as_owner(
        "UPDATE audit_record SET raw = convert_to(replace(convert_from(raw, 'UTF8'), 'refund', 'refuse'), 'UTF8') "
        "WHERE seq = 1",
        "audit_record",
    )
    await doctor.finds(logged)


@fault("audit", "the log does not hold: record", "keep everything as it is")
async def test_files_that_were_cut_are_found(doctor: Doctor, logged: Settings) -> None:
    [file] = logged.audit_path.glob(f"*{RECORDS}*")
    file.write_bytes(file.read_bytes()[:-40])
    await doctor.finds(logged)


@fault("audit", "holds no key of the log", "from a backup")
async def test_a_key_file_without_a_key_is_found(doctor: Doctor, logged: Settings) -> None:
    (logged.audit_path / KEY_FILE).write_text("nothing")
    await doctor.finds(logged)


async def test_a_log_whose_key_was_changed_is_no_fault(logged: Settings, log: Log) -> None:
    log.succession.begin()
    await log.append(1)
    await log.seal_what_is_pending()
    assert len(log.keys) == 2
    grade, found, _ = await findings_audit.log(logged)
    assert (grade, found) == (Grade.OK, "every record, hash and signature holds")


@fault("restore", "reconciling: restored as of", "appliance recovery")
async def test_a_restore_that_nobody_has_ended_is_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await doctor.is_content(logged)
    await log.as_owner(
        "INSERT INTO restoration (restoration_id, kind, as_of, restored_at, log_size, log_root) "
        "VALUES (gen_random_uuid(), 'archive', now(), now(), 3, repeat('0', 64))",
        "restoration",
    )
    await doctor.finds(logged)


@fault("sealing", "2 records wait for their seal", "worker.log", passes=True)
async def test_records_that_nobody_seals_are_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await doctor.is_content(logged)
    await log.append(2)
    await log.as_owner("UPDATE audit_pending SET occurred_at = now() - interval '1 minute'", "audit_pending")
    await doctor.finds(logged)


@fault("second sink", "is named to lie elsewhere, and lies on the disk of", "is its own disk mounted?")
async def test_a_second_sink_without_its_disk_is_found(doctor: Doctor, logged: Settings, tmp_path: Path) -> None:
    await doctor.is_content(logged)
    state = tmp_path / "state"
    state.mkdir()
    away = changed(logged, "audit", segments_dir=str(logged.audit_path))
    await doctor.finds(msgspec.structs.replace(away, state_dir=str(state)))


@fault("second sink", "is not the folder that the log was written to", "appliance audit new-sink")
async def test_a_second_sink_that_another_folder_stands_in_for_is_found(doctor: Doctor, logged: Settings) -> None:
    root_key_path(logged).parent.mkdir(exist_ok=True)
    root_key_path(logged).touch()
    await doctor.is_content(logged)
    logged.audit_path.rename(logged.audit_path.with_name("away"))
    await doctor.finds(logged)


@fault("second sink", "in the files", "can be written", passes=True)
async def test_files_behind_the_database_are_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await log.as_owner("UPDATE audit_checkpoint SET created_at = now()", "audit_checkpoint")
    await doctor.is_content(logged)
    an_hour_ago = SystemClock().now().timestamp() - 3600
    for path in logged.audit_path.iterdir():
        os.utime(path, (an_hour_ago, an_hour_ago))
    await doctor.finds(logged)


@fault("collector", "records wait for the collector", "answers", passes=True)
async def test_a_collector_that_takes_nothing_is_found(doctor: Doctor, logged: Settings, db: Database) -> None:
    forwarded = changed(logged, "audit", forward_to=TARGET)
    await doctor.finds(forwarded)
    async with db.system() as conn:
        await conn.execute("INSERT INTO audit_forward SELECT %s, max(seq) + 1, now() FROM audit_record", [TARGET])
    await doctor.is_content(forwarded)


@fault("witness", "no witness has ever asked", "appliance audit serve")
async def test_a_log_that_nobody_outside_has_seen_is_found(doctor: Doctor, logged: Settings) -> None:
    await doctor.finds(logged)
    witnessed.note(logged.state_path, Witnessed(at=SystemClock().now(), size=3))
    await doctor.is_content(logged)


@fault("witness", "a witness asked last on", "appliance audit serve")
async def test_a_witness_that_has_not_looked_for_a_while_is_found(doctor: Doctor, logged: Settings) -> None:
    witnessed.note(logged.state_path, Witnessed(at=SystemClock().now() - timedelta(days=8), size=3))
    await doctor.finds(logged)


async def sealed_backup(log: Log, outcome: Outcome, *, days_ago: int) -> None:
    log.clock.at = SystemClock().now()
    await log.append(1, cat=Category.BACKUP, action="backup.made", outcome=outcome, tenant="")
    moved = "UPDATE audit_pending SET occurred_at = now() - make_interval(days => {})"
    await log.as_owner(moved.format(days_ago), "audit_pending")
    await log.seal_what_is_pending()


@fault("backups", "no backup was ever made", "appliance backup")
async def test_an_installation_without_a_backup_is_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await doctor.finds(logged)
    await sealed_backup(log, Outcome.SUCCESS, days_ago=0)
    await doctor.is_content(logged)


@fault("backups", "the last backup is of", "each night")
async def test_a_backup_that_is_too_old_is_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await sealed_backup(log, Outcome.SUCCESS, days_ago=3)
    await doctor.finds(logged)


@fault("backups", "failed", "read what it says")
async def test_a_backup_that_failed_is_found(doctor: Doctor, logged: Settings, log: Log) -> None:
    await sealed_backup(log, Outcome.SUCCESS, days_ago=1)
    await sealed_backup(log, Outcome.FAILURE, days_ago=0)
    await doctor.finds(logged)


@fault("key copies", "no custodian holds a share", "appliance keys split")
async def test_a_root_key_that_lies_in_one_place_only_is_found(doctor: Doctor, logged: Settings, db: Database) -> None:
    await doctor.finds(logged)
    async with db.system() as conn:
        await conn.execute("INSERT INTO key_copy VALUES ('shares', 1, now())")
    await doctor.is_content(logged)


@fault("key copies", "a key is newer than the copy", "save-epochs")
async def test_a_copy_of_the_keys_that_is_older_than_a_key_is_found(
    doctor: Doctor, logged: Settings, db: Database
) -> None:
    async with db.system() as conn:
        await conn.execute(
            "INSERT INTO key_copy VALUES ('shares', 1, now()), ('epochs', NULL, now() - interval '1 day')"
        )
        await conn.execute("INSERT INTO shop_kek (shop_id, epoch, wrapped, created_at) VALUES ('demo', 1, 'x', now())")
    await doctor.finds(logged)
