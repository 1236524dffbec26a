"""What auditors take away by command: proofs that their own programs accept, a page to sign; a prune by two."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import segno
from litestar.testing import AsyncTestClient

from appliance import config
from appliance.cli.audit_serve import app
from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.joints.audit_page import FOLDER, DailyPage
from security.access.once import Purpose
from security.audit import witness
from security.audit.record import Category
from security.errors import AuditUnavailable
from tests.security.access.world import HERE, World
from tests.security.audit.world import Log


@pytest.fixture
def log(database_url: str, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATABASE_OWNER_URL", owner_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    return Log(database_url, tmp_path, owner_url)


async def seal(log: Log, count: int = 3) -> None:
    await log.append(count, cat=Category.CONFIG, action="config.change")
    await log.seal_what_is_pending()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_witness_takes_what_the_command_wrote_time_after_time(log: Log, tmp_path: Path) -> None:
    asyncio.run(seal(log))
    mine = witness.Witness.create(tmp_path / "w", "auditor", log.keys)
    for number in range(3):
        file = tmp_path / f"proof-{number}"
        assert run("witness", "--since", str(mine.size), "--out", str(file)) == 0
        mine.watch(file.read_text(), 1)
        asyncio.run(seal(log))
    assert mine.size == 15
    assert run("witness", "--since", "9999") == 2


@pytest.mark.control("P-29")
def test_a_record_is_proven_to_a_stranger(log: Log, tmp_path: Path) -> None:
    asyncio.run(seal(log))
    assert run("prove", "2", "--out", str(tmp_path / "proof")) == 0
    keys = [witness.Key.of(key) for key in log.keys]
    index, record = witness.check_inclusion((tmp_path / "proof").read_text(), keys)
    assert (index, json.loads(record)["seq"]) == (2, "2")
    for place in ("99", "no-record", "-1", "9" * 30, "１"):
        assert run("prove", "--out", str(tmp_path / "none"), "--", place) == 2


@pytest.mark.control("P-29")
def test_the_page_to_sign_is_written_and_never_over_another(log: Log, tmp_path: Path) -> None:
    asyncio.run(seal(log))
    assert run("print", "--out", str(tmp_path / "page.html")) == 0
    page = (tmp_path / "page.html").read_text()
    [(note,)] = asyncio.run(log.rows("SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1"))
    assert log.keys[0] in page
    assert segno.make(note, error="m", micro=False).svg_inline(scale=3, border=2) in page
    assert run("print", "--out", str(tmp_path / "page.html")) == 2


async def test_every_day_has_its_page(log: Log, database_url: str) -> None:
    await seal(log)
    db = await Database.open(database_url, size=1)
    daily = DailyPage(db, log.directory, SystemClock())
    await daily.write()
    first = sorted((log.directory / FOLDER).iterdir())
    await seal(log)
    await daily.write()
    await db.close()
    assert [path.name for path in first] == [f"{datetime.now(UTC):%Y-%m-%d}.html"]
    assert "<dd>5</dd>" in await asyncio.to_thread(first[0].read_text)


async def test_witnesses_are_served_over_http_with_hashes_only(log: Log, tmp_path: Path) -> None:
    await seal(log)
    mine = witness.Witness.create(tmp_path / "w", "auditor", log.keys)
    async with AsyncTestClient(app(config.load())) as client:
        note = (await client.get("/checkpoint")).text
        assert witness.opened(note, [witness.Key.of(key) for key in log.keys]).size == 5
        answer = await client.get("/consistency", params={"old": mine.size})
        mine.watch(answer.text, 1)
        assert (await client.get("/consistency", params={"old": 99})).status_code == 422
        assert (await client.get("/consistency", params={"old": "x"})).status_code == 400
    assert mine.size == 5
    assert "config.change" not in answer.text


@pytest.fixture
def aged(log: Log) -> Log:
    async def grow() -> None:
        today = datetime.now(UTC)
        for days in (1500, 1460, 0):
            log.clock.at = today - timedelta(days=days)
            await seal(log)

    asyncio.run(grow())
    return log


def prune(*more: str) -> int:
    return run("prune", "--older-than-days", "400", *more)


async def approvals(log: Log, home: Path, *approvers: str) -> Path:
    """A file of what these security administrators issued, logged in, about the audit administrator."""
    world = World(log.url, home / "secrets")
    world.clock.at = datetime.now(UTC)
    staff, issued = await world.first_four(), []
    for name in approvers:
        by, about = (await staff[name].log_in()).principal, staff["audit.qian"].staff_id
        changes = world.access.changes
        issue = partial(changes.issue_approval, principal=by, purpose=Purpose.PRUNE_LOG, staff_id=about, origin=HERE)
        issued.append(await world.do(issue))
    await world.close()
    file = home / "approvals"
    file.write_text("".join(f"{each.token}\n" for each in issued))
    return file


async def pruned(log: Log, *arguments: str) -> int:
    async with log.sealing():
        return await asyncio.to_thread(prune, *arguments)


BY_QIAN = ("--by", "audit.qian")


@pytest.mark.control("M-18", "M-20")
def test_old_months_go_once_two_approve_and_the_export_is_whole(aged: Log, tmp_path: Path) -> None:
    file = str(tmp_path / "before.jsonl")
    tokens = str(asyncio.run(approvals(aged, tmp_path, "sec.sun", "sec.li")))
    assert asyncio.run(pruned(aged, "--export", file, *BY_QIAN, "--approvals", tokens)) == 0
    assert run("verify", "--json") == 0
    assert run("verify", "--export", file) == 0
    assert min(asyncio.run(aged.rows("SELECT seq FROM audit_record")))[0] > 0
    told = asyncio.run(
        aged.rows(
            "SELECT action, outcome, convert_from(raw, 'UTF8')::jsonb -> 'detail' FROM audit_record "
            "WHERE cat = 'audit' AND req LIKE 'prune-%' ORDER BY seq"
        )
    )
    assert [each[:2] for each in told] == [("audit.prune", "pending"), ("audit.prune", "success")]
    said = told[0][2]
    issuers = asyncio.run(aged.rows("SELECT actor_id FROM audit_record WHERE action = 'approval.issue' ORDER BY seq"))
    assert [said["approved_by"], said["seconded_by"]] == [actor for (actor,) in issuers]
    accounts = asyncio.run(aged.rows("SELECT staff_id::text FROM staff_account WHERE roles = '{audit_admin}'"))
    assert accounts == [(said["pruned_by"],)]


@pytest.mark.control("M-18", "M-20")
def test_a_pruning_broken_off_is_ended_by_the_next_call_and_told(
    aged: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> int:
        raise AuditUnavailable("killed here")

    tokens = str(asyncio.run(approvals(aged, tmp_path, "sec.sun", "sec.li")))
    approved = ["--export", str(tmp_path / "before.jsonl"), *BY_QIAN, "--approvals", tokens]
    with monkeypatch.context() as patched:
        patched.setattr("appliance.cli.audit_care.finish", broken)
        assert asyncio.run(pruned(aged, *approved)) != 0
    assert min(asyncio.run(aged.rows("SELECT seq FROM audit_record"))) == (0,)
    for _ in range(2):
        assert prune("--dry-run") == 0
        asyncio.run(aged.seal_what_is_pending())
    deeds = asyncio.run(aged.rows("SELECT outcome, req FROM audit_record WHERE action = 'audit.prune' ORDER BY seq"))
    assert [outcome for outcome, _ in deeds] == ["pending", "success"]
    assert len({request for _, request in deeds}) == 1


@pytest.mark.control("M-20")
def test_a_dry_run_no_export_or_less_than_two_approvals_prune_nothing(aged: Log, tmp_path: Path) -> None:
    file = str(tmp_path / "before.jsonl")
    tokens = str(asyncio.run(approvals(aged, tmp_path, "sec.sun")))
    invented = tmp_path / "invented"
    invented.write_text("li\nwang\n")
    assert prune("--dry-run") == 0
    assert prune(*BY_QIAN, "--approvals", tokens) == 2
    assert prune("--export", file, *BY_QIAN) == 2
    assert prune("--export", file, *BY_QIAN, "--approvals", tokens) == 2
    assert prune("--export", file, *BY_QIAN, "--approvals", str(invented)) == 2
    assert prune("--export", file, "--by", "sec.sun", "--approvals", tokens) == 2
    assert not (tmp_path / "before.jsonl").exists()
    assert min(asyncio.run(aged.rows("SELECT seq FROM audit_record"))) == (0,)


@pytest.mark.control("M-20")
def test_an_approval_is_kept_where_the_export_is_not_whole(aged: Log, tmp_path: Path) -> None:
    """What was approved is used up only with what is said in the log."""
    (tmp_path / "before.jsonl").write_text("there")
    tokens = str(asyncio.run(approvals(aged, tmp_path, "sec.sun", "sec.li")))
    words = (*BY_QIAN, "--approvals", tokens, "--export")
    assert prune(*words, str(tmp_path / "before.jsonl")) == 2
    assert asyncio.run(pruned(aged, *words, str(tmp_path / "other.jsonl"))) == 0


@pytest.mark.control("M-20")
def test_a_row_that_only_the_database_holds_prunes_nothing(aged: Log) -> None:
    """Put in by the owner, for nobody else may: the second sink does not know it."""
    forged = (
        "INSERT INTO audit_record (seq, id, leaf, raw, shop_id, ts, cat, action, outcome, actor_id, object_id, req) "
        "SELECT seq + 1000, gen_random_uuid(), leaf, convert_to((convert_from(raw, 'UTF8')::jsonb || "
        "jsonb_build_object('detail', jsonb_build_object('next', seq::text)))::text, 'UTF8'), shop_id, ts, 'audit', "
        "'audit.prune', 'pending', actor_id, object_id, req FROM audit_record ORDER BY seq DESC LIMIT 1"
    )
    asyncio.run(aged.as_owner(forged, "audit_record"))
    before = asyncio.run(aged.rows("SELECT count(*) FROM audit_record"))
    assert prune("--dry-run") == 2
    assert asyncio.run(aged.rows("SELECT count(*) FROM audit_record")) == before
