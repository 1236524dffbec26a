"""``appliance backup`` and ``restore`` verify the audit log: a broken one passes only where somebody says so."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg
import pytest

from appliance.cli import backup_log
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.db.backup.reading import header_of
from appliance.identity.shops import Shops
from security.crypto.archive import LogMark
from tests.appliance.cli.backups import Machine, Shop, is_empty

pytestmark = pytest.mark.control("M-20", "M-30")

TAMPER = "UPDATE audit_record SET raw = convert_to(replace(convert_from(raw, 'UTF8'), 'refund', 'refuse'), 'UTF8') " \
    "WHERE seq = 3"  # fmt: skip


@pytest.fixture
def archive(machine: Machine, tmp_path: Path) -> Path:
    """Where one may be written, of a shop with five records in its log."""
    Shop(machine).open()
    return tmp_path / "kept" / "one.csab"


def said(of: Machine, action: str) -> list[tuple[str, dict[str, str]]]:
    """Outcome and details of what its log says of an action, sealed or not."""
    with psycopg.connect(of.url) as conn:
        conn.execute("SET ROLE appliance_system")
        events = conn.execute(
            "SELECT event FROM audit_pending WHERE event ->> 'action' = %s ORDER BY position", (action,)
        )
        return [(event["outcome"], event["detail"]) for (event,) in events]


def last_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_whole_log_is_said_to_be_so_in_header_record_and_answer(
    machine: Machine, other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert machine.run("backup", str(archive), "--json") == 0
    assert last_json(capsys)["log"] == "ok"
    mark = header_of(archive).log
    assert mark is not None
    assert (mark.state, mark.checkpoint.startswith("aftersales-appliance/audit/")) == ("ok", True)
    assert [detail.get("log") for _, detail in said(machine, "backup.made")] == [None, "ok"]
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive), "--json") == 0
    assert last_json(capsys)["log"] == "ok"
    [(outcome, detail)] = said(other, "backup.restored")
    assert (outcome, detail["log"]) == ("success", "ok")


def test_of_a_log_that_was_tampered_with_nothing_is_written_and_that_is_recorded(
    machine: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.tamper(TAMPER)
    assert machine.run("backup", str(archive)) == 2
    told = capsys.readouterr().err
    assert "audit log: TAMPERED WITH, record 3" in told
    assert "Nothing was written" in told
    assert "--with-broken-log" in told
    assert list(archive.parent.glob("*")) == []
    [_, (outcome, detail)] = said(machine, "backup.made")
    assert (outcome, detail) == ("failure", {"log": "tampered", "first_bad": "3", "with_broken_log": "false"})


def test_it_goes_in_and_out_where_somebody_says_so_and_both_are_recorded(
    machine: Machine, other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.tamper(TAMPER)
    assert machine.run("backup", str(archive), "--with-broken-log", "--json") == 0
    assert last_json(capsys)["log"] == "tampered"
    [(_, intent), (outcome, detail)] = said(machine, "backup.made")
    assert intent == {"with_broken_log": "true"}
    assert (outcome, detail["log"], detail["with_broken_log"]) == ("success", "tampered", "true")

    machine.carry_keys_to(other)
    assert other.run("restore", str(archive)) == 2
    told = capsys.readouterr().err
    assert "audit log: TAMPERED WITH, record 3" in told
    assert "Nothing was kept" in told
    assert is_empty(other.url)
    assert not (other.home / "audit").exists()
    assert not (other.home / "audit.restoring").exists()

    assert other.run("restore", str(archive), "--with-broken-log", "--json") == 0
    assert last_json(capsys)["log"] == "tampered"
    [(_, detail)] = said(other, "backup.restored")
    assert (detail["log"], detail["first_bad"], detail["with_broken_log"]) == ("tampered", "3", "true")


def test_the_second_sink_that_was_touched_is_found_by_the_backup(
    machine: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = min((machine.home / "audit").glob("*.rec"))
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-40])
    assert machine.run("backup", str(archive)) == 2
    assert "is missing in the files" in capsys.readouterr().err
    path.write_bytes(whole)
    assert machine.run("backup", str(archive)) == 0


def test_files_of_another_history_on_this_machine_are_not_taken_for_the_second_sink(
    machine: Machine, other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert machine.run("backup", str(archive)) == 0
    machine.carry_keys_to(other)
    shutil.copytree(machine.home / "audit", other.home / "audit")
    path = min((other.home / "audit").glob("*.chk"))
    path.chmod(0o600)
    notes = path.read_bytes()
    path.write_bytes(notes[:20])  # its checkpoints are gone, its records still there
    for record in (other.home / "audit").glob("*.rec"):
        record.chmod(0o600)
        record.write_bytes(_with_another_last_record(record.read_bytes()))
    assert other.run("restore", str(archive)) == 2
    assert "differs between database and files" in capsys.readouterr().err
    assert is_empty(other.url)
    shutil.rmtree(other.home / "audit")
    assert other.run("restore", str(archive)) == 0


def _with_another_last_record(segment: bytes) -> bytes:
    at = start = 0
    while at < len(segment):
        start, at = at, at + 8 + int.from_bytes(segment[at : at + 4])
    data = segment[start + 8 :].replace(b"refund", b"refuse").replace(b"success", b"failure")
    return segment[:start] + len(data).to_bytes(4) + crc32(data).to_bytes(4) + data


def test_an_archive_that_lacks_what_its_header_saw_signed_is_an_old_log(
    machine: Machine, other: Machine, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where the database was put back to an older state between the look at the log and the copy of it."""
    later = archive.with_name("later.csab")
    assert machine.run("backup", str(archive)) == 0
    machine.seal(4)
    assert machine.run("backup", str(later)) == 0
    mark = header_of(later).log
    assert mark is not None
    machine.carry_keys_to(other)
    monkeypatch.setattr("appliance.cli.restore.reading.header_of", lambda _: _Header(mark))
    assert other.run("restore", str(archive)) == 2
    assert "this is an older log" in capsys.readouterr().err
    assert is_empty(other.url)


async def _first_shop(machine: Machine) -> None:
    """A shop, before any record was sealed."""
    db = await Database.open(machine.url, size=2, name="test")
    await Shops(db, machine.ring(), SystemClock()).create("north", "x")
    await db.close()


class _Header:
    def __init__(self, log: LogMark) -> None:
        self.log = log


def test_without_its_public_key_the_log_cannot_be_checked_and_that_counts_as_broken(
    machine: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (machine.home / "audit" / "verifier.key").unlink()
    assert machine.run("backup", str(archive)) == 2
    assert "does not hold the log's public key" in capsys.readouterr().err
    assert machine.run("backup", str(archive), "--with-broken-log") == 0


def test_a_log_that_has_not_begun_is_said_to_be_so(
    machine: Machine, other: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_first_shop(machine))
    archive = tmp_path / "first.csab"
    assert machine.run("backup", str(archive), "--json") == 0
    assert last_json(capsys)["log"] == backup_log.NOT_BEGUN
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive), "--json") == 0
    assert last_json(capsys)["log"] == backup_log.NOT_BEGUN
