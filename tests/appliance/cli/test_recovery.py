"""After a disaster: a restored appliance writes nothing until two people have sealed what was lost; then it goes on."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from appliance.aftersales.cases.model import Operation, UnitsTaken
from appliance.demo.order_system.server import running
from appliance.errors import Reconciling
from security.audit import witness
from security.audit.store import AuditStore
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY
from tests.appliance.cli.backups import Machine, Shop
from tests.appliance.cli.disaster import Site, appoint, approvals, hold_back, states
from tests.security.access.world import Person

pytestmark = [pytest.mark.control("M-30", "A3"), pytest.mark.slow]

BY = ("recovery", "settle", "--by", "sys.zhao")
BOTH = ("sec.sun", "sec.li")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path / "orders.db", ADMIN_KEY) as url:
        yield Site(url)


class Before:
    """What stood at the time of the disaster, hours after the backup."""

    def __init__(self, site: Site, machine: Machine, tmp_path: Path) -> None:
        self.archive, self.note = tmp_path / "kept.csab", tmp_path / "kept.note"
        machine.ring()
        site.open(machine, orders=5)
        self.people: dict[str, Person] = appoint(machine)
        self.written = site.agree(machine, 0)
        site.carry_out(machine)
        self.sent_later, self.unsent = site.agree(machine, 1), site.agree(machine, 2)
        hold_back(machine, self.unsent)
        machine.seal(3)
        assert machine.run("backup", str(self.archive)) == 0
        site.carry_out(machine)
        self.agreed_later = site.agree(machine, 3)
        site.carry_out(machine)
        self.never_sent = site.agree(machine, 4)
        machine.seal(3)
        self.witness = witness.Witness.create(tmp_path / "auditor", "auditor", machine.log().keys)
        self.proof = tmp_path / "proof"
        assert machine.run("audit", "witness", "--since", "0", "--out", str(self.proof)) == 0
        self.note.write_text(self.witness.watch(self.proof.read_text(), 1), encoding="utf-8")
        assert site.writes() == 3


@pytest.fixture
def before(site: Site, machine: Machine, tmp_path: Path) -> Before:
    return Before(site, machine, tmp_path)


def settled(other: Machine, *arguments: str) -> int:
    with other.log().sealing_beside():
        return other.run(*BY, *arguments)


def release(machine: Machine, operation: Operation) -> None:
    with psycopg.connect(machine.url) as conn:
        conn.execute("SET ROLE appliance_system")
        conn.execute("UPDATE operation SET due_at = now() WHERE operation_id = %s", [operation.operation_id])


def test_where_all_is_lost_but_the_backup_nothing_is_written_until_two_people_say_what_and_then_once(
    site: Site, machine: Machine, other: Machine, before: Before, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.carry_keys_to(other)
    shutil.rmtree(machine.home / "audit")
    assert other.run("restore", str(before.archive)) == 0
    assert "how far back: all of it" in capsys.readouterr().err
    other.seal(0)

    assert other.run("recovery", "status") == 1
    assert "settle_restore" in capsys.readouterr().out
    with pytest.raises(Reconciling, match="recovery status"):
        site.agree(other, 4)
    release(other, before.unsent)
    site.carry_out(other, timedelta(hours=1))
    assert states(other) == {"O0": "succeeded", "O1": "succeeded", "O2": "accepted"}
    assert site.writes() == 3

    # Neither verifier nor witness accepts an old backup.
    seen = ("audit", "verify", "--seen", str(before.note))
    assert other.run(*seen) == 1
    assert other.run("audit", "verify") == 2
    since = ("audit", "witness", "--since", str(before.witness.size))
    assert other.run(*since, "--restored") == 2

    kept = ("--seen", str(before.note))
    alone = approvals(other, before.people, tmp_path / "alone", BOTH[:1], after_min=1)
    assert settled(other, *kept) != 0
    assert settled(other, *kept, "--approvals", str(alone)) != 0
    assert other.run("recovery", "status") == 1

    tokens = str(approvals(other, before.people, tmp_path / "both", BOTH))
    assert other.run(*BY, "--approvals", tokens) == 2  # what was seen has to be handed in, or that nothing was
    capsys.readouterr()
    assert settled(other, *kept, "--approvals", tokens, "--json") == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["old_size"], said["lost_records"] > 0) == (before.witness.size, True)
    [shop] = said["shops"]
    assert [shop[name] for name in ("asked", "written", "unwritten", "unanswerable")] == [1, 0, 1, 0]
    assert settled(other, *kept, "--approvals", tokens) == 2  # nothing waits any more

    assert len(sealed(other, "audit.restored")) == 1

    # It goes on, and what the order system had done is not done again.
    release(other, before.unsent)
    site.carry_out(other, timedelta(hours=2))
    assert states(other)["O2"] == "succeeded"
    assert site.writes() == 4
    with pytest.raises(UnitsTaken):
        site.agree(other, 3, units=3)  # one of them went back after the backup
    assert site.has(before.agreed_later)

    # Both accept the gap now, and say it.
    other.seal(2)
    assert other.run("recovery", "status") == 0
    capsys.readouterr()
    assert other.run(*seen) == 0
    assert "are lost, as" in capsys.readouterr().out
    proof = tmp_path / "restored"
    assert other.run(*since, "--restored", "--out", str(proof)) == 0
    with pytest.raises(witness.Refused):
        before.witness.watch(proof.read_text(), 2)
    _, lost = before.witness.take_up_restored(proof.read_text(), 2)
    assert "approved" in lost
    assert before.witness.size == log_size(other)


def test_what_the_second_sink_knows_is_taken_up_and_asked_after(
    site: Site, machine: Machine, other: Machine, before: Before, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.carry_keys_to(other)
    shutil.copytree(machine.home / "audit", other.home / "audit")
    shutil.copy(machine.home / "secrets" / "audit.key", other.home / "secrets" / "audit.key")
    assert other.run("restore", str(before.archive)) == 0

    # Not before the sealer has brought the files into the database.
    kept = ("--seen", str(before.note))
    with psycopg.connect(other.url) as conn:
        conn.execute("SET ROLE appliance_system")
        row = conn.execute("SELECT count(*) FROM audit_record").fetchone()
        assert row is not None
        assert row[0] < before.witness.size
    other.seal(0)
    tokens = str(approvals(other, before.people, tmp_path / "both", BOTH))
    capsys.readouterr()
    assert settled(other, *kept, "--approvals", tokens, "--json") == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    [shop] = said["shops"]
    assert said["lost_records"] == 0
    assert shop["forgotten"] == [f"order O3 operation {before.agreed_later.operation_id}"]
    assert shop["undone"] == [f"order O4 operation {before.never_sent.operation_id}"]
    assert shop["written"] == 1

    site.carry_out(other, timedelta(hours=1))
    assert states(other)["O1"] == "succeeded"
    assert site.has(before.sent_later)
    other.seal(1)
    assert other.run("audit", "verify", "--seen", str(before.note)) == 0


def test_nothing_is_settled_while_an_order_system_does_not_answer(
    machine: Machine, other: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path / "orders.db", ADMIN_KEY) as url:
        before = Before(Site(url), machine, tmp_path)
    machine.carry_keys_to(other)
    assert other.run("restore", str(before.archive)) == 0
    other.seal(0)
    tokens = str(approvals(other, before.people, tmp_path / "both", BOTH))
    capsys.readouterr()
    assert settled(other, "--seen", str(before.note), "--approvals", tokens) == 1
    assert "does not answer" in capsys.readouterr().err
    assert other.run("recovery", "status") == 1


def test_a_kept_checkpoint_that_the_restored_log_contradicts_settles_nothing(
    machine: Machine, other: Machine, before: Before, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.carry_keys_to(other)
    assert other.run("restore", str(before.archive)) == 0
    other.seal(0)
    tokens = str(approvals(other, before.people, tmp_path / "both", BOTH))
    forged = tmp_path / "forged"
    forged.write_text(before.note.read_text(encoding="utf-8").replace("\nchain ", "\nchain 0"), encoding="utf-8")
    capsys.readouterr()
    assert settled(other, "--seen", str(forged), "--approvals", tokens) == 2
    assert "no checkpoint of this log" in capsys.readouterr().err
    assert other.run("recovery", "status") == 1


def sealed(machine: Machine, action: str) -> list[dict[str, str]]:
    """The details of these records, in the order of the log."""
    with psycopg.connect(machine.url) as conn:
        conn.execute("SET ROLE appliance_system")
        rows = conn.execute(
            "SELECT convert_from(raw, 'UTF8')::jsonb -> 'detail' FROM audit_record WHERE action = %s ORDER BY seq",
            [action],
        )
        return [detail for (detail,) in rows.fetchall()]


def log_size(machine: Machine) -> int:
    async def ask() -> int:
        async with machine.log().connection() as conn:
            latest = await AuditStore(conn).latest_checkpoint()
            assert latest is not None
            return latest.size

    return asyncio.run(ask())


def test_a_drill_restores_the_newest_backup_elsewhere_opens_what_is_sealed_and_leaves_one_record(
    site: Site, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(machine)
    shop.open()
    folder = tmp_path / "archives"
    assert machine.run("backup", str(folder / "one.csab")) == 0
    before = told(machine)
    capsys.readouterr()
    assert machine.run("recovery", "drill", str(folder), "--json") == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["log"], said["fields_wrong"], said["lost_with_wal_s"]) == ("ok", 0, None)
    assert said["fields_opened"] >= 2
    assert said["rows"] > 0
    after = told(machine)
    assert [action for action, _ in after[len(before) :]] == ["backup.drilled"]
    assert after[-1][1]["fields_opened"] == str(said["fields_opened"])
    assert machine.run("recovery", "status") == 0
    assert not list(Path(tempfile.gettempdir()).glob("drill-*"))

    # A backup that would not help says so, and that stands in the log too.
    raw = (folder / "one.csab").read_bytes()
    (folder / "one.csab").write_bytes(raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:])
    assert machine.run("recovery", "drill", str(folder)) == 2
    assert "would not have helped" in capsys.readouterr().err
    assert "failed" in told(machine)[-1][1]


def told(machine: Machine) -> list[tuple[str, dict[str, str]]]:
    """What waits to be sealed, in order."""
    with psycopg.connect(machine.url) as conn:
        conn.execute("SET ROLE appliance_system")
        said = conn.execute("SELECT event ->> 'action', event -> 'detail' FROM audit_pending ORDER BY position")
        return said.fetchall()


def test_a_server_that_was_restored_by_its_own_means_is_declared(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    Shop(machine).open()
    for no_second in ("2026-11-27", "2026-11-27+08:00", "2026-11-27 10", "20261127", "2026-13-27 10:15:30"):
        assert machine.run("restore", "--to", no_second) == 2
        assert 'like "2026-11-27 10:15:30"' in capsys.readouterr().err
    assert machine.run("restore", "--to", "2026-11-27 10:15:30") == 2
    assert "recovery declare" in capsys.readouterr().err
    assert machine.run("recovery", "declare", "--as-of", "2026-11-27 10:15:30") == 0
    action, detail = told(machine)[-1]
    assert (action, detail["kind"]) == ("backup.restored", "point_in_time")
    assert machine.run("recovery", "status") == 1
