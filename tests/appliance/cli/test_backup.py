"""``appliance backup`` and ``restore``: the same again in an empty database, or nothing; erasure reaches backups."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from appliance.db.migrate import migrate
from appliance.db.restoration import LogHead, Restoration, RestoreKind, begin, begun, standing
from appliance.errors import ConfigurationError
from security.crypto.file_root import FileRootKey
from security.errors import SubjectErased
from tests.appliance.cli.backups import Machine, Shop, contents, goes_on, is_empty, shape
from tests.servers import Server

pytestmark = pytest.mark.control("P-03", "M-29", "M-30")

PASSPHRASES = ["correct horse battery", "staple staple staple", "third custodian's own"]


@pytest.fixture
def shop(machine: Machine) -> Shop:
    made = Shop(machine)
    made.open()
    return made


@pytest.fixture
def archive(shop: Shop, tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "one.csab"
    assert shop.machine.run("backup", str(path)) == 0
    return path


def test_every_row_of_every_table_comes_back_under_the_same_guards(
    machine: Machine, other: Machine, archive: Path, shop: Shop, database_server: Server
) -> None:
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive)) == 0
    before, after = contents(database_server, machine.url), contents(database_server, other.url)
    assert (before.pop("restoration")[0], after.pop("restoration")[0]) == (0, 1)
    for each in (before, after):
        assert each.pop("audit_pending")[0] == 2  # intent and outcome here; the intent and that it was restored there
    assert after == before
    assert before["event_body"][0] == 2
    assert [row for row in shape(database_server, other.url) if row[0] != "audit_pending_position_seq"] == [
        row for row in shape(database_server, machine.url) if row[0] != "audit_pending_position_seq"
    ]
    assert shop.words("staying", other) == "words of who is staying"


def test_nothing_personal_stands_in_the_archive_in_clear(archive: Path) -> None:
    raw = archive.read_bytes()
    for canary in (b"words of who", b"the key", b"event_body", b"north"):
        assert canary not in raw
    assert archive.stat().st_mode & 0o077 == 0


def test_a_database_that_is_not_empty_is_left_as_it_is(
    machine: Machine, archive: Path, database_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(database_server, machine.url)
    assert machine.run("restore", str(archive)) == 2
    assert "not empty" in capsys.readouterr().err
    assert contents(database_server, machine.url) == before


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a byte flipped early": lambda raw: raw[:900] + bytes([raw[900] ^ 1]) + raw[901:],
    "a byte flipped late": lambda raw: raw[:-30] + bytes([raw[-30] ^ 1]) + raw[-29:],
    "cut by one byte": lambda raw: raw[:-1],
    "cut in half": lambda raw: raw[: len(raw) // 2],
    "a byte more": lambda raw: raw + b"\0",
    "empty": lambda _: b"",
}


def test_a_damaged_archive_is_refused_before_anything_is_touched(
    machine: Machine, other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.carry_keys_to(other)
    whole = archive.read_bytes()
    for name, damage in DAMAGES.items():
        archive.write_bytes(damage(whole))
        assert other.run("restore", str(archive)) == 2, name
        assert capsys.readouterr().err.startswith("appliance: "), name
        assert is_empty(other.url), name
        assert not (other.home / "audit").exists(), name


KILLED = """
import os, signal, sys
from appliance.cli.main import main
from appliance.db.backup import tables

async def killed(self, copied):
    os.kill(os.getpid(), signal.SIGKILL)

tables.Loading.end = killed
main(["restore", sys.argv[1]])
"""


def test_a_restore_that_was_killed_is_done_again_and_nothing_starts_in_between(
    machine: Machine, other: Machine, archive: Path, shop: Shop
) -> None:
    machine.carry_keys_to(other)
    environment = {
        **os.environ,
        "DATABASE_URL": other.url,
        "DATABASE_OWNER_URL": other.owner_url,
        "APPLIANCE_STATE_DIR": str(other.home),
    }
    ended = subprocess.run([sys.executable, "-c", KILLED, str(archive)], env=environment, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(ConfigurationError, match="broken off"):
        asyncio.run(migrate(other.owner_url))
    assert other.run("restore", str(archive)) == 0
    assert asyncio.run(migrate(other.owner_url)) == []
    assert shop.words("staying", other) == "words of who is staying"


def test_another_root_key_opens_nothing_and_touches_nothing(
    other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FileRootKey(other.root)
    assert other.run("restore", str(archive)) == 2
    assert "appliance keys join" in capsys.readouterr().err
    assert is_empty(other.url)


def test_without_a_root_key_it_says_how_to_bring_it_back_and_makes_none(
    other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert other.run("restore", str(archive)) == 2
    assert "appliance keys join" in capsys.readouterr().err
    assert not other.root.exists()


def test_custodians_shares_and_the_epochs_copy_restore_it_on_a_new_machine(
    machine: Machine, other: Machine, archive: Path, shop: Shop, tmp_path: Path
) -> None:
    machine.invoke("split", str(tmp_path / "shares"), typed="".join(f"{each}\n{each}\n" for each in PASSPHRASES))
    machine.invoke("save-epochs", str(tmp_path / "epochs"), typed="")
    shutil.rmtree(machine.home)
    shares = sorted(str(path) for path in (tmp_path / "shares").iterdir())[:2]
    other.invoke("join", *shares, typed="".join(f"{each}\n" for each in PASSPHRASES[:2]))
    assert other.run("restore", str(archive)) == 2  # the shares alone do not open it
    assert is_empty(other.url)
    other.invoke("load-epochs", str(tmp_path / "epochs"), typed="")
    assert other.run("restore", str(archive)) == 0
    assert shop.words("erased", other) == "words of who is erased"


def test_an_archive_that_is_there_is_not_written_over(shop: Shop, archive: Path) -> None:
    before = archive.read_bytes()
    assert shop.machine.run("backup", str(archive)) == 2
    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_what_was_written_meanwhile_is_in_none_or_all_of_its_tables(
    machine: Machine, other: Machine, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One snapshot: a subject made while the tables are copied is not half in it."""
    late = Shop(machine)
    real = psycopg.AsyncCursor.copy
    made = False

    def copy(self: Any, statement: Any, *arguments: Any) -> Any:
        nonlocal made
        if not made and "shop_kek" in str(statement):
            made = True
            with psycopg.connect(machine.url, autocommit=True) as conn:
                conn.execute("SET ROLE appliance_system")
                conn.execute(
                    "INSERT INTO shop_kek (shop_id, epoch, wrapped, created_at) VALUES ('late', 1, 'x', now())"
                )
                conn.execute(
                    "INSERT INTO subject_dek (shop_id, subject_id, version, dek_id, suite, kek_epoch, wrapped, "
                    "created_at) VALUES ('late', gen_random_uuid(), 1, gen_random_uuid(), 1, 1, 'x', now())"
                )
        return real(self, statement, *arguments)

    monkeypatch.setattr(psycopg.AsyncCursor, "copy", copy)
    assert machine.run("backup", str(tmp_path / "late.csab")) == 0
    assert made
    assert late.machine is machine
    machine.carry_keys_to(other)
    assert other.run("restore", str(tmp_path / "late.csab")) == 0
    with psycopg.connect(other.url) as conn:
        conn.execute("SET ROLE appliance_system")
        assert conn.execute("SELECT count(*) FROM shop_kek WHERE shop_id = 'late'").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM subject_dek WHERE shop_id = 'late'").fetchone() == (0,)


def test_the_log_goes_on_after_a_restore_and_verifies(
    machine: Machine, other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive)) == 0
    other.seal(3)
    assert other.run("audit", "verify", "--json") == 2
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["records"] >= 5 + 3
    assert "no two people have said yet" in report["why"]


def test_records_of_after_the_backup_come_back_from_the_files_of_the_log(
    machine: Machine, other: Machine, archive: Path
) -> None:
    """The database was lost and the second sink was not: its records are the ones that count."""
    machine.seal(7)
    machine.carry_keys_to(other)
    shutil.copytree(machine.home / "audit", other.home / "audit")
    shutil.copy(machine.home / "secrets" / "audit.key", other.home / "secrets" / "audit.key")
    assert other.run("restore", str(archive)) == 0
    other.seal(1)
    assert other.run("audit", "verify") == 2
    with psycopg.connect(other.url) as conn:
        conn.execute("SET ROLE appliance_system")
        row = conn.execute("SELECT count(*) FROM audit_record WHERE action = 'refund.propose'").fetchone()
        assert row == (5 + 7 + 1,)


# Erasure.


@pytest.mark.control("P-21", "M-33")
def test_an_erased_subject_is_unreadable_at_once(shop: Shop) -> None:
    assert shop.words("erased", shop.machine)
    shop.erase("erased")
    with pytest.raises(SubjectErased):
        shop.words("erased", shop.machine)
    assert shop.words("staying", shop.machine) == "words of who is staying"


@pytest.mark.control("P-21", "M-33")
def test_an_erased_subject_stays_so_in_a_backup_of_before_once_the_epoch_is_destroyed(
    shop: Shop, machine: Machine, other: Machine, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Backup, erasure, rotation, restore with every key that there still is: unreadable, and the log verifies."""
    shop.erase("erased")
    assert machine.run("keys", "rotate", "--layer", "shop") == 0
    machine.carry_keys_to(other)

    assert other.run("restore", str(archive)) == 2
    assert "--keys-of" in capsys.readouterr().err
    assert is_empty(other.url)

    assert other.run("restore", str(archive), "--without-lost-keys") == 0
    for who in ("erased", "staying"):
        with pytest.raises(SubjectErased):
            shop.words(who, other)
    goes_on(other)
    other.seal(1)
    assert other.run("audit", "verify") == 2  # whole; that it was restored is not settled


@pytest.mark.control("P-21", "M-33")
def test_with_the_keys_of_a_newer_backup_whoever_was_not_erased_can_be_read_again(
    shop: Shop, machine: Machine, other: Machine, archive: Path
) -> None:
    shop.erase("erased")
    assert machine.run("keys", "rotate", "--layer", "shop") == 0
    newer = archive.with_name("two.csab")
    assert machine.run("backup", str(newer)) == 0
    machine.carry_keys_to(other)

    assert other.run("restore", str(archive), "--keys-of", str(newer)) == 0
    assert shop.words("staying", other) == "words of who is staying"
    with pytest.raises(SubjectErased):
        shop.words("erased", other)


def test_an_old_archive_opens_after_the_root_key_was_changed_and_the_old_one_destroyed(
    shop: Shop, machine: Machine, other: Machine, archive: Path
) -> None:
    """By the backup key that this machine, or a newer archive, holds under the new root key.

    What makes MACs comes along: who wants no calls is known by one.
    """
    wish = FileRootKey(machine.root).mac(b"no calls")
    assert machine.run("keys", "rotate", "--layer", "root") == 0
    newer = archive.with_name("two.csab")
    assert machine.run("backup", str(newer)) == 0
    FileRootKey(machine.root).retire_before(2)
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive)) == 2
    assert other.run("restore", str(archive), "--keys-of", str(newer)) == 0
    assert shop.words("staying", other) == "words of who is staying"
    assert FileRootKey(other.root).mac(b"no calls") == wish
    assert other.run("backup", str(archive.with_name("three.csab"))) == 0


@pytest.mark.control("M-18", "M-30")
def test_backup_restore_and_the_copy_of_the_epochs_stand_in_the_log(
    machine: Machine, other: Machine, archive: Path, tmp_path: Path
) -> None:
    machine.invoke("save-epochs", str(tmp_path / "epochs"), typed="")
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive)) == 0
    assert {"backup.made", "keys.epochs_saved"} <= _actions(machine)
    assert "backup.restored" in _actions(other)


def _actions(of: Machine) -> set[str]:
    with psycopg.connect(of.url) as conn:
        conn.execute("SET ROLE appliance_system")
        said = conn.execute("SELECT action FROM audit_record UNION ALL SELECT event ->> 'action' FROM audit_pending")
        return {action for (action,) in said}


@pytest.mark.control("M-18", "M-30")
def test_a_backup_is_said_before_it_is_begun_and_a_failed_one_as_failed(
    machine: Machine, other: Machine, archive: Path
) -> None:
    assert machine.run("backup", str(archive)) == 2
    assert _backups(machine) == [
        ("intent", "pending"),
        ("outcome", "success"),
        ("intent", "pending"),
        ("outcome", "failure"),
    ]
    machine.carry_keys_to(other)
    assert other.run("restore", str(archive)) == 0
    assert _backups(other) == [("intent", "pending")]


def _backups(of: Machine) -> list[tuple[str, str]]:
    with psycopg.connect(of.url) as conn:
        conn.execute("SET ROLE appliance_system")
        said = conn.execute(
            "SELECT event ->> 'kind', event ->> 'outcome' FROM audit_pending "
            "WHERE event ->> 'action' = 'backup.made' ORDER BY position"
        )
        return list(said)


@pytest.mark.control("M-30")
def test_a_restored_database_of_an_older_version_keeps_its_restoration_until_the_migration_comes(
    machine: Machine, shop: Shop, owner_url: str
) -> None:
    """What the restore of such an archive leaves beside is taken over by the migration that makes the table."""
    assert shop.machine is machine
    head = LogHead(3, "a" * 64)
    made = begun(RestoreKind.ARCHIVE, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC), head)

    async def go() -> list[Restoration]:
        async with await psycopg.AsyncConnection.connect(owner_url) as conn:
            await conn.execute("DROP TABLE restoration")
            await conn.execute("DELETE FROM schema_migration WHERE name = '0067_create_restoration'")
            await begin(conn, made)
            assert await standing(conn) == []
        assert await migrate(owner_url) == ["appliance/0067_create_restoration"]
        async with await psycopg.AsyncConnection.connect(owner_url) as conn:
            return await standing(conn)

    [found] = asyncio.run(go())
    assert (found.restoration_id, found.as_of, found.log_size) == (made.restoration_id, made.as_of, 3)
