"""A log whose database and files come from different moments: either may be ahead, neither may say something else."""

import shutil
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from security.audit.restored import verify_restored
from security.audit.verify import Report, Wanted
from tests.security.audit.test_prune import old, prune  # noqa: F401 (a fixture)
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("M-20", "M-30")


async def seal(log: Log, count: int) -> None:
    await log.append(count)
    await log.seal_what_is_pending()


async def verified(log: Log, directory: Path, wanted: Wanted | None = None) -> Report:
    async with log.connection() as conn, conn.transaction():
        return await verify_restored(conn, directory, log.keys[0], wanted)


async def last_note(log: Log) -> str:
    return str((await log.rows("SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1"))[0][0])


def rewrite(directory: Path, change: Callable[[bytes], bytes]) -> None:
    path = min(directory.glob("*.rec"))
    path.chmod(0o600)
    path.write_bytes(change(path.read_bytes()))


@pytest.fixture
async def earlier(log: Log, tmp_path: Path) -> Path:
    """The files as they were seven records ago."""
    await seal(log, 5)
    directory = tmp_path / "earlier"
    shutil.copytree(log.directory, directory)
    await seal(log, 7)
    return directory


async def test_equal_sinks_are_whole(log: Log) -> None:
    await seal(log, 5)
    report = await verified(log, log.directory)
    assert (report.status, report.why, report.records) == ("ok", "", (await log.verify()).records)


async def test_a_database_that_is_ahead_is_judged_to_its_end(log: Log, earlier: Path) -> None:
    report = await verified(log, earlier)
    assert (report.status, report.records) == ("ok", (await log.verify()).records)


async def test_files_that_are_ahead_are_judged_to_their_end(log: Log, earlier: Path) -> None:
    whole = (await log.verify()).records
    await log.as_owner("DELETE FROM audit_record WHERE seq > 4", "audit_record")
    await log.as_owner("DELETE FROM audit_checkpoint WHERE size > 5", "audit_checkpoint")
    report = await verified(log, log.directory)
    assert (report.status, report.records) == ("ok", whole)


async def test_a_checkpoint_that_neither_reaches_tells_that_it_is_an_old_log(log: Log, earlier: Path) -> None:
    seen = Wanted(seen=await last_note(log))
    assert (await verified(log, earlier, seen)).status == "ok"
    await log.as_owner("DELETE FROM audit_record WHERE seq > 4", "audit_record")
    await log.as_owner("DELETE FROM audit_checkpoint WHERE size > 5", "audit_checkpoint")
    report = await verified(log, earlier, seen)
    assert report.status == "tampered"
    assert "this is an older log" in report.why


CHANGES = {
    "a record": ("UPDATE audit_record SET raw = raw || ' '::bytea WHERE seq = 3", "audit_record", 3),
    "its hash": ("UPDATE audit_record SET leaf = sha256('x') WHERE seq = 3", "audit_record", 3),
    "its id": ("UPDATE audit_record SET id = gen_random_uuid() WHERE seq = 3", "audit_record", 3),
    "a record taken out": ("DELETE FROM audit_record WHERE seq = 3", "audit_record", 3),
    "a checkpoint": ("UPDATE audit_checkpoint SET note = note || ' ' WHERE number = 1", "audit_checkpoint", None),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
async def test_whatever_is_changed_in_the_database_is_found(
    log: Log, earlier: Path, change: tuple[str, str, int | None]
) -> None:
    statement, table, first_bad = change
    await log.as_owner(statement, table)
    for directory in (log.directory, earlier):
        report = await verified(log, directory)
        assert report.status == "tampered", directory
        assert first_bad in (None, report.first_bad)


async def test_files_that_end_before_the_database_does_are_said(log: Log, earlier: Path) -> None:
    """Lost at their end, or damaged: what cannot be read ends them. The sealer writes them anew from the database."""
    assert (await verified(log, log.directory)).warnings == []
    rewrite(earlier, lambda whole: whole[:30] + bytes([whole[30] ^ 1]) + whole[31:])
    report = await verified(log, earlier)
    assert report.status == "ok"
    assert report.warnings == [f"the files hold 0 records of the {report.records} in the database"]


async def test_files_that_hold_another_record_are_no_second_sink(log: Log, earlier: Path) -> None:
    rewrite(earlier, _with_another_last_record)
    report = await verified(log, earlier)
    assert (report.status, report.why) == ("tampered", "differs between database and files")


def _with_another_last_record(segment: bytes) -> bytes:
    at = start = 0
    while at < len(segment):
        start, at = at, at + 8 + int.from_bytes(segment[at : at + 4])
    data = segment[start + 8 :].replace(b"success", b"failure")
    return segment[:start] + len(data).to_bytes(4) + crc32(data).to_bytes(4) + data


async def test_files_of_before_a_pruning_fit_the_database_of_after_it(old: Log, tmp_path: Path) -> None:  # noqa: F811
    directory = tmp_path / "earlier"
    shutil.copytree(old.directory, directory)
    await prune(old)
    report = await verified(old, directory)
    assert (report.status, report.why) == ("ok", "")
    assert report.pruned > 0
