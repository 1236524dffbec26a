"""Appending and sealing: with the business transaction, in order, without gaps, in both sinks."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from security.audit.append import append, wait_sealed
from security.audit.file_signer import FileSigner
from security.audit.record import Kind, Outcome, to_record
from security.audit.shift import PACE, Pace
from security.audit.verify import HEARTBEAT, LONGEST_TAIL, read_frames
from security.errors import AuditCorrupt, AuditUnavailable, RecordRefused
from tests.security.audit.world import Log


async def test_appended_records_are_sealed_in_order_without_gaps(log: Log) -> None:
    events = await log.append(5)
    await log.seal_what_is_pending()
    rows = await log.rows("SELECT seq, id, raw FROM audit_record ORDER BY seq")
    records = [to_record(raw) for _, _, raw in rows]
    assert [seq for seq, _, _ in rows] == list(range(len(rows)))
    assert [record.id for record in records if record.cat == "money"] == [event.id for event in events]
    assert [record.action for record in records if record.cat == "audit"] == ["audit.started", "audit.stopped"]
    assert await log.rows("SELECT id FROM audit_pending") == []


async def test_both_sinks_hold_the_same_bytes(log: Log) -> None:
    await log.append(5)
    await log.seal_what_is_pending()
    in_database = [row[0] for row in await log.rows("SELECT raw FROM audit_record ORDER BY seq")]
    assert [frame.data for frame in read_frames(log.directory, "rec")] == in_database
    notes = [row[0].encode() for row in await log.rows("SELECT note FROM audit_checkpoint ORDER BY number")]
    assert [frame.data for frame in read_frames(log.directory, "chk")] == notes
    assert len(notes) == 2


async def test_a_running_sealer_wakes_when_something_is_appended(log: Log) -> None:
    async with log.sealing(), log.connection("appliance_app") as conn:
        for _ in range(3):
            ids = await append(conn, [log.event(kind=Kind.INTENT, outcome=Outcome.PENDING)])
            await wait_sealed(conn, ids, 10)
    assert (await log.verify()).status == "ok"


async def test_a_rolled_back_transaction_leaves_no_record(log: Log) -> None:
    async with log.connection() as conn, conn.transaction() as transaction:
        await append(conn, [log.event()])
        raise psycopg.Rollback(transaction)
    await log.seal_what_is_pending()
    assert "refund.propose" not in await log.actions()


async def test_without_a_sealer_nothing_counts_as_sealed(log: Log) -> None:
    async with log.connection("appliance_app") as conn:
        ids = await append(conn, [log.event()])
        with pytest.raises(AuditUnavailable):
            await wait_sealed(conn, ids, 0.01)


async def test_an_id_that_was_never_appended_does_not_count_as_sealed(log: Log) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    async with log.connection() as conn:
        with pytest.raises(AuditUnavailable):
            await wait_sealed(conn, [uuid4()], 0.01)


async def test_many_appenders_at_once_lose_nothing(log: Log) -> None:
    async def work() -> None:
        async with log.connection("appliance_app") as conn:
            for _ in range(20):
                await append(conn, [log.event(), log.event()])

    async with log.sealing():
        await asyncio.gather(*(work() for _ in range(5)))
    assert (await log.actions()).count("refund.propose") == 200
    report = await log.verify()
    assert (report.status, report.unsigned) == ("ok", 0)


async def test_only_one_of_two_sealers_seals_and_the_other_takes_over(log: Log) -> None:
    pace = Pace(retry_s=0.02)
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(log.sealer(pace).run(stop_first))
    second = asyncio.create_task(log.sealer(pace).run(stop_second))
    async with log.connection() as conn:
        await wait_sealed(conn, await append(conn, [log.event()]), 10)
        assert (await log.actions()).count("audit.started") == 1
        stop_first.set()
        await first
        await wait_sealed(conn, await append(conn, [log.event()]), 10)
        stop_second.set()
        await second
    assert (await log.verify()).status == "ok"


async def test_checkpoints_come_by_number_of_records(log: Log) -> None:
    await log.append(30)
    async with log.sealing(Pace(batch=10, checkpoint_every=10)):
        await log.append(1)
    sizes = [row[0] for row in await log.rows("SELECT size FROM audit_checkpoint ORDER BY number")]
    assert len(sizes) >= 3
    assert sizes == sorted(sizes)


def test_the_verifier_expects_no_more_of_the_sealer_than_it_keeps() -> None:
    assert PACE.checkpoint_every - 1 + PACE.batch <= LONGEST_TAIL
    assert timedelta(seconds=PACE.checkpoint_idle_s) < HEARTBEAT


async def test_crashes_in_a_row_do_not_add_up_to_a_long_unsigned_end(log: Log) -> None:
    await log.append(60)
    for _ in range(4):
        await log.crash_at("records_in_database", pace=Pace(batch=10, checkpoint_every=10))
        ((records,),) = await log.rows("SELECT count(*) FROM audit_record")
        ((signed,),) = await log.rows("SELECT coalesce(max(size), 0) FROM audit_checkpoint")
        assert 0 < records - signed <= 19


async def test_an_idle_log_still_gives_signs_of_life(log: Log) -> None:
    shown = asyncio.Event()
    steps = iter(range(4))

    def failpoint(step: str) -> None:
        if step == "checkpoint_in_database" and next(steps, None) is None:
            shown.set()

    stop = asyncio.Event()
    running = asyncio.create_task(log.sealer(Pace(checkpoint_idle_s=0.01), failpoint).run(stop))
    await asyncio.wait_for(shown.wait(), 10)
    stop.set()
    await running
    report = await log.verify()
    assert (report.status, report.records) == ("ok", 2)


async def test_what_does_not_fit_the_schema_is_sealed_by_its_hash_and_blocks_nothing(log: Log) -> None:
    async with log.connection() as conn:
        await conn.execute(f"""SELECT audit_append('[{{"id": "{uuid4()}", "tenant": "s1", "n": 1}}]')""".encode())
    await log.append(1)
    await log.seal_what_is_pending()
    actions = await log.actions()
    assert "audit.malformed" in actions
    assert "refund.propose" in actions
    assert (await log.verify()).status == "ok"


@pytest.mark.control("A8")
async def test_text_that_would_forge_lines_or_screens_stays_one_value(log: Log) -> None:
    reason = 'ok"}\n{"seq":"0"}\r\u2028\x1b[2J；恶意'
    await log.append(1, reason=reason)
    await log.seal_what_is_pending()
    raws = [row[0] for row in await log.rows("SELECT raw FROM audit_record WHERE cat = 'money'")]
    assert b"\n" not in raws[0]
    assert to_record(raws[0]).reason == reason
    assert (await log.verify()).status == "ok"


async def test_a_record_that_cannot_be_written_fails_the_business_transaction(log: Log) -> None:
    async with log.connection() as conn:
        for change in ({"reason": "x" * 20_000}, {"reason": "\0"}, {"detail": {"Bad": "x"}}):
            with pytest.raises(RecordRefused):
                await append(conn, [log.event(**change)])


@pytest.mark.control("M-20")
@pytest.mark.parametrize("table", ["audit_record", "audit_checkpoint", "audit_log"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {} = {}"])
async def test_nobody_changes_the_log_not_even_its_owner(log: Log, table: str, statement: str) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    column = {"audit_record": "seq", "audit_checkpoint": "number", "audit_log": "log_id"}[table]
    text = statement.format(table, column, column)
    async with await psycopg.AsyncConnection.connect(log.url, autocommit=True) as conn:
        for role in ("none", "appliance_system", "appliance_app"):
            await conn.execute("SELECT set_config('role', %s, false)", [role])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await conn.execute(text.encode())


async def test_a_pending_record_cannot_be_dropped_or_changed_before_it_is_sealed(log: Log) -> None:
    await log.append(1)
    async with log.connection() as conn:
        for text in (b"DELETE FROM audit_pending", b"UPDATE audit_pending SET shop_id = ''", b"TRUNCATE audit_pending"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await conn.execute(text)


async def test_the_application_appends_for_its_own_shop_and_reads_nothing(log: Log) -> None:
    async with log.connection("appliance_app") as conn:
        await conn.execute("SELECT set_config('app.shop_id', 's1', false)")
        await append(conn, [log.event(tenant="s1"), log.event(tenant="")])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await append(conn, [log.event(tenant="s2")])
        for text in (
            b"SELECT * FROM audit_pending",
            b"SELECT * FROM audit_record",
            b"INSERT INTO audit_pending DEFAULT VALUES",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await conn.execute(text)


async def test_another_signing_key_is_refused_for_an_existing_directory(log: Log, tmp_path: Path) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    log.signer = FileSigner(tmp_path / "other.key")
    with pytest.raises(AuditCorrupt, match="key"):
        await log.sealer().run(asyncio.Event())
