"""Old records go from both sinks only as the log itself says first, with two approvals; every proof goes on working."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from security.audit.append import append, wait_sealed
from security.audit.prune import Approval, Bound, find_bound, finish, intent
from security.audit.record import Category
from security.audit.segments import LEAVES, RECORDS, starts_of
from security.audit.shift import Pace
from security.audit.store import AuditStore
from security.audit.verify import Report, read_frames, verify_export, verify_segments
from security.errors import PruningRefused
from tests.security.audit.world import Log

TWO = Approval("li", "wang", "0" * 64, "qian")
HALF_A_YEAR = timedelta(days=200)
LONG_AGO = timedelta(days=1000)


async def seal(log: Log, count: int = 3, category: Category = Category.CONFIG) -> None:
    await log.append(count, cat=category, action="config.change")
    await log.seal_what_is_pending()


@pytest.fixture
async def old(log: Log) -> Log:
    """Two months' records of years ago, some of last year, and of today. Records carry the database's time."""
    today = datetime.now(UTC)
    log.clock.at = today - timedelta(days=1500)
    await seal(log)
    log.clock.at += timedelta(days=40)
    log.succession.begin()
    await seal(log)
    log.clock.at = today - timedelta(days=500)
    await seal(log)
    log.clock.at = today
    await seal(log)
    return log


async def bound_of(log: Log, older_than: timedelta = HALF_A_YEAR) -> Bound | None:
    async with log.connection() as conn:
        return await find_bound(conn, log.directory, older_than, log.clock.now())


async def say(log: Log, older_than: timedelta = HALF_A_YEAR) -> Bound:
    """Seal the intent to prune what is old enough."""
    bound = await bound_of(log, older_than)
    assert bound is not None
    async with log.connection() as conn:
        log_id = await AuditStore(conn).log_id()
        await append(conn, [intent(log_id, bound, TWO)])
    await log.seal_what_is_pending()
    return bound


async def finished(log: Log) -> int:
    async with log.connection() as conn, await psycopg.AsyncConnection.connect(log.owner_url, autocommit=True) as owner:
        return await finish(conn, owner, log.directory)


async def prune(log: Log, older_than: timedelta = HALF_A_YEAR) -> Bound:
    bound = await say(log, older_than)
    assert await finished(log) > 0
    return bound


async def reports(log: Log, folder: Path) -> list[Report]:
    export = verify_export(await log.export(folder / "export"), log.keys[-1])
    return [await log.verify(), export, verify_segments(log.directory, log.keys[0])]


async def test_pruned_records_leave_their_hashes_and_nothing_else(old: Log, tmp_path: Path) -> None:
    before = [row[0] for row in await old.rows("SELECT leaf FROM audit_record ORDER BY seq")]
    bound = await prune(old)
    assert min(await old.rows("SELECT seq FROM audit_record")) == (bound.next,)
    assert [frame for frame in read_frames(old.directory, RECORDS) if frame.number < bound.next] == []
    kept = [row[0] for row in await old.rows("SELECT leaf FROM audit_leaf ORDER BY seq")]
    assert kept == before[: bound.next]
    for report in await reports(old, tmp_path):
        assert (report.status, report.pruned) == ("ok", bound.next), report.why


async def test_the_change_of_a_key_is_kept_so_that_the_chain_of_keys_can_still_be_followed(
    old: Log, tmp_path: Path
) -> None:
    await prune(old)
    for report in await reports(old, tmp_path):
        assert len(report.keys) == 2
    kept = [frame.data for frame in read_frames(old.directory, LEAVES) if len(frame.data) > 32]
    assert len(kept) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_leaf WHERE seq = 2",
        "UPDATE audit_leaf SET leaf = decode(repeat('00', 32), 'hex') WHERE seq = 2",
        "DELETE FROM audit_leaf",
    ],
)
async def test_whoever_touches_the_hashes_is_found_out(old: Log, statement: str) -> None:
    await prune(old)
    await old.as_owner(statement, "audit_leaf")
    assert (await old.verify()).status == "tampered"


async def test_records_taken_out_without_saying_so_are_missed(old: Log, tmp_path: Path) -> None:
    bound = await prune(old)
    export = (await old.export(tmp_path / "export")).read_bytes().splitlines(keepends=True)
    silent = [line for line in export if b'"audit.prune"' not in line]
    (tmp_path / "silent").write_bytes(b"".join(silent))
    assert verify_export(tmp_path / "silent", old.keys[0]).status == "tampered"
    await old.as_owner("DELETE FROM audit_record WHERE seq = (SELECT min(seq) FROM audit_record)", "audit_record")
    assert (await old.verify()).first_bad == bound.next


@pytest.mark.control("M-20", "M-46")
async def test_what_is_young_stays(old: Log) -> None:
    bound = await bound_of(old)
    assert bound is not None
    assert bound.next < len(await old.rows("SELECT seq FROM audit_record"))
    assert await bound_of(old, timedelta(days=2000)) is None
    with pytest.raises(PruningRefused, match="180 days"):
        await bound_of(old, timedelta(days=179))


@pytest.mark.control("M-20")
async def test_money_is_kept_for_three_years(log: Log) -> None:
    log.clock.at = datetime.now(UTC) - timedelta(days=400)
    await seal(log, category=Category.MONEY)
    log.clock.at = datetime.now(UTC)
    await seal(log)
    with pytest.raises(PruningRefused, match="three years"):
        await bound_of(log)


@pytest.mark.control("M-20")
@pytest.mark.parametrize(
    "approval",
    [Approval("li", "li", "", "qian"), Approval("li", "", "", "qian"), Approval("li", " li ", "", "qian")],
    ids=str,
)
def test_one_person_alone_prunes_nothing(approval: Approval) -> None:
    with pytest.raises(PruningRefused, match="two different"):
        intent("log", Bound(0, 5, bytes(32), "2026-01-01T00:00:00Z"), approval)


async def test_the_database_lets_no_record_go_that_the_log_does_not_say(old: Log) -> None:
    async with await psycopg.AsyncConnection.connect(old.owner_url, autocommit=True) as conn:
        assert await AuditStore(conn).prune(100) == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("DELETE FROM audit_record WHERE seq = 0")
    await say(old)
    async with await psycopg.AsyncConnection.connect(old.owner_url, autocommit=True) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("DELETE FROM audit_record WHERE seq = 0")


async def test_the_application_may_not_say_what_the_log_says_of_itself(log: Log) -> None:
    async with log.connection("appliance_app") as conn:
        for action in ("audit.prune", "audit.started", "audit.key_changed"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await append(conn, [log.event(cat=Category.AUDIT, action=action)])


async def test_a_pruning_broken_off_anywhere_is_ended_by_the_next_one(
    old: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = await say(old)

    class Broken(Exception):
        pass

    async def broken(*_: object) -> int:
        raise Broken

    for step, message in (("leaves", "hashes only"), ("prune", "no rows")):
        with monkeypatch.context() as patched:
            patched.setattr(AuditStore, step, broken)
            with pytest.raises(Broken):
                await finished(old)
        for report in await reports(old, tmp_path):
            assert report.status == "ok", f"{message}: {report.why}"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda _: (_ for _ in ()).throw(Broken()))
        with pytest.raises(Broken):
            await finished(old)
    assert [report.status for report in await reports(old, tmp_path)] == ["ok", "ok", "ok"]
    assert await finished(old) == 0
    for report in await reports(old, tmp_path):
        assert (report.status, report.pruned) == ("ok", bound.next), report.why


async def test_a_pruned_log_is_sealed_on_and_pruned_again(old: Log, tmp_path: Path) -> None:
    first = await prune(old, LONG_AGO)
    await seal(old)
    second = await prune(old)
    assert second.pruned == first.next < second.next
    for report in await reports(old, tmp_path):
        assert (report.status, report.pruned) == ("ok", second.next), report.why


async def test_files_lost_after_a_pruning_are_written_again_from_the_database(old: Log, tmp_path: Path) -> None:
    bound = await prune(old)
    for path in [*old.directory.glob("*.rec"), *old.directory.glob("*.lvs")]:
        path.unlink()
    await seal(old)
    for report in await reports(old, tmp_path):
        assert (report.status, report.pruned) == ("ok", bound.next), report.why


async def test_with_a_month_ends_a_file_at_a_signed_checkpoint(log: Log) -> None:
    log.clock.at = datetime(2026, 10, 31, tzinfo=UTC)
    async with log.sealing(Pace(checkpoint_active_s=0.01)), log.connection() as conn:
        for _ in range(3):
            await wait_sealed(conn, await append(conn, [log.event()]), 10)
            await until_signed(log)
            log.clock.at += timedelta(days=1)
    starts = starts_of(log.directory, RECORDS)
    assert len(starts) == 2
    assert starts[1] in [row[0] for row in await log.rows("SELECT size FROM audit_checkpoint")]


async def until_signed(log: Log) -> None:
    size = await log.rows("SELECT max(seq) + 1 FROM audit_record")
    async with asyncio.timeout(10):
        while await log.rows("SELECT max(size)::bigint FROM audit_checkpoint") < size:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.control("M-20")
async def test_who_may_add_records_takes_none_out(old: Log) -> None:
    """A record that says that others go can be put in by who may add; taking them out is the owner's alone."""
    async with old.connection() as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("SELECT audit_prune(100)")
