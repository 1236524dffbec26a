"""Verifying the running installation: whoever owns the database or the files is still found out."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from security.audit import live, verify
from security.audit.export import export_lines
from security.audit.live import verify_live
from security.audit.sealer import KEY_FILE
from security.audit.segments import CHECKPOINTS
from security.audit.shift import Pace
from security.audit.verify import Report, verify_export
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A3")


@pytest.fixture
async def sealed(log: Log) -> Log:
    await log.append(5)
    await log.seal_what_is_pending()
    await log.append(3)
    await log.seal_what_is_pending()
    return log


async def assert_tampered(log: Log, first_bad: int) -> Report:
    report = await log.verify()
    assert (report.status, report.first_bad) == ("tampered", first_bad), report.why
    return report


async def test_an_untouched_log_is_whole(sealed: Log) -> None:
    report = await sealed.verify()
    assert (report.status, report.records, report.checkpoints, report.unsigned) == ("ok", 12, 4, 0)


FORGED = """
UPDATE audit_record SET raw = replace(convert_from(raw, 'UTF8'), '"id":"c1"', '"id":"c2"')::bytea WHERE seq = 2
"""


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        (FORGED, 2),
        ("UPDATE audit_record SET leaf = decode(repeat('00', 32), 'hex') WHERE seq = 2", 2),
        ("UPDATE audit_record SET id = gen_random_uuid() WHERE seq = 2", 2),
        ("DELETE FROM audit_record WHERE seq = 0", 0),
        ("DELETE FROM audit_record WHERE seq = 4", 4),
        ("DELETE FROM audit_record WHERE seq >= 9", 9),
        ("DELETE FROM audit_record WHERE seq = 11", 11),
        ("DELETE FROM audit_record", 0),
        ("UPDATE audit_record SET seq = 100 WHERE seq = 11", 11),
        ("UPDATE audit_record SET seq = seq + 20 WHERE seq IN (3, 4)", 3),
    ],
)
async def test_an_edit_by_the_owner_with_triggers_off_is_named(sealed: Log, statement: str, first_bad: int) -> None:
    await sealed.as_owner(statement, "audit_record")
    await assert_tampered(sealed, first_bad)


async def test_swapped_rows_are_named(sealed: Log) -> None:
    await sealed.as_owner("UPDATE audit_record SET seq = 100 WHERE seq = 3", "audit_record")
    await sealed.as_owner("UPDATE audit_record SET seq = 3 WHERE seq = 4", "audit_record")
    await sealed.as_owner("UPDATE audit_record SET seq = 4 WHERE seq = 100", "audit_record")
    await assert_tampered(sealed, 3)


async def test_a_column_that_no_longer_follows_from_the_record_is_named(sealed: Log) -> None:
    await sealed.as_owner("UPDATE audit_record SET outcome = 'denied' WHERE seq = 2", "audit_record")
    report = await assert_tampered(sealed, 2)
    assert "columns" in report.why


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_checkpoint WHERE number = 0",
        "DELETE FROM audit_checkpoint WHERE number = 2",
        "DELETE FROM audit_checkpoint WHERE number >= 2",
        "DELETE FROM audit_checkpoint",
    ],
)
async def test_a_deleted_checkpoint_is_noticed(sealed: Log, statement: str) -> None:
    await sealed.as_owner(statement, "audit_checkpoint")
    assert (await sealed.verify()).status == "tampered"


async def test_the_last_checkpoint_gone_from_the_database_is_not_passed_over(sealed: Log) -> None:
    await sealed.as_owner("DELETE FROM audit_checkpoint WHERE number = 3", "audit_checkpoint")
    assert (await sealed.verify()).status == "incomplete"


async def test_every_changed_byte_in_the_files_is_noticed(sealed: Log) -> None:
    for path in [*sealed.directory.glob("*.rec"), *sealed.directory.glob("*.chk")]:
        path.chmod(0o600)
        data = path.read_bytes()
        for at in range(0, len(data), 97):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            assert (await sealed.verify()).status == "tampered", f"{path.name} byte {at}"
        path.write_bytes(data)


async def test_cut_or_missing_files_are_noticed(sealed: Log) -> None:
    newest = max(sealed.directory.glob("*.rec"))
    newest.chmod(0o600)
    data = newest.read_bytes()
    newest.write_bytes(data[:-1])
    await assert_tampered(sealed, 11)
    newest.unlink()
    assert (await sealed.verify()).status == "tampered"


async def test_a_record_still_on_its_way_into_the_database_is_no_tampering(sealed: Log) -> None:
    await sealed.append(2)
    await sealed.crash_at("records_in_files")
    assert (await sealed.verify()).status == "ok"


async def more_is_sealed_and_signed(log: Log) -> None:
    """By a sealer that is at work."""
    await log.append(10)
    (end,) = (await log.rows("SELECT count(*) + (SELECT count(*) FROM audit_pending) FROM audit_record"))[0]
    for _ in range(1000):
        if await log.rows(f"SELECT FROM audit_checkpoint WHERE size >= {end}"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("what was appended was not signed")


async def test_what_is_sealed_and_signed_while_the_log_is_read_is_no_long_unsigned_end(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "LONGEST_TAIL", 3)

    def look_on(_: int) -> None:
        thread = threading.Thread(target=asyncio.run, args=(more_is_sealed_and_signed(log),))
        thread.start()
        thread.join()

    with log.sealing_beside(Pace(checkpoint_active_s=0.01)):
        await more_is_sealed_and_signed(log)
        async with log.connection() as conn, conn.transaction():
            report = await verify_live(conn, log.directory, log.keys[0], None, look_on)
    assert (report.status, report.why, report.records) == ("ok", "", 21)


async def test_an_export_holds_the_signatures_of_what_is_sealed_meanwhile(log: Log, tmp_path: Path) -> None:
    lines = []
    with log.sealing_beside(Pace(checkpoint_active_s=0.01)):
        await more_is_sealed_and_signed(log)
        async with log.connection() as conn:
            async for line in export_lines(conn, log.keys[0]):
                lines.append(line)
                if len(lines) == 2:
                    await more_is_sealed_and_signed(log)
    (tmp_path / "export").write_bytes(b"".join(lines))
    report = verify_export(tmp_path / "export", log.keys[0])
    assert (report.status, report.why, report.unsigned, report.records) == ("ok", "", 0, 21)


async def test_a_live_log_exports_to_what_a_stranger_can_verify(sealed: Log, tmp_path: Path) -> None:
    key = (sealed.directory / KEY_FILE).read_text().strip()
    async with sealed.connection() as conn:
        (tmp_path / "export").write_bytes(b"".join([line async for line in export_lines(conn, key)]))
    live, stranger = await sealed.verify(), verify_export(tmp_path / "export", key)
    assert stranger == live


async def test_checkpoints_that_came_while_the_files_were_read_are_in_the_database_too(
    sealed: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = verify.read_frames

    def slow(directory: Path, suffix: str, start: int = 0) -> list[verify.Frame]:
        if suffix == CHECKPOINTS:
            monkeypatch.setattr(live, "read_frames", real)
            for _ in range(2):
                with ThreadPoolExecutor(1) as other:
                    other.submit(asyncio.run, go_on()).result()
        return list(real(directory, suffix, start))

    async def go_on() -> None:
        await sealed.append(1)
        await sealed.seal_what_is_pending()

    monkeypatch.setattr(live, "read_frames", slow)
    report = await sealed.verify()
    assert (report.status, report.why) == ("ok", "")
