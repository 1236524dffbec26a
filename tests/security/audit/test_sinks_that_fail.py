"""A full disk, a read-only or hung volume, a revoked right, a killed sealer: nothing that waits for its record is done.

And once the fault is gone, what was recorded meanwhile is sealed, in order, without loss.
"""

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from security.audit.append import append, wait_sealed
from security.audit.record import Kind, Outcome
from security.audit.shift import Pace
from security.errors import AuditUnavailable
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A5")

QUICK = Pace(retry_s=0.02)


class OrderSystem:
    def __init__(self) -> None:
        self.refunds = 0

    async def refund(self, log: Log, patience_s: float) -> None:
        """As every money action does it: the intent is sealed, or the order system hears nothing."""
        async with log.connection("appliance_app") as conn:
            ids = await append(conn, [log.event(kind=Kind.INTENT, outcome=Outcome.PENDING, req="r1")])
            await wait_sealed(conn, ids, patience_s)
        self.refunds += 1


@pytest.fixture
def orders() -> OrderSystem:
    return OrderSystem()


@asynccontextmanager
async def sealing(log: Log) -> AsyncIterator[None]:
    """Until the first record is sealed, so that faults meet a sealer in full swing."""
    async with log.sealing(QUICK):
        async with log.connection() as conn:
            await wait_sealed(conn, await append(conn, [log.event()]), 10)
        yield


async def assert_nothing_was_done_and_nothing_is_lost(log: Log, orders: OrderSystem, heal: Callable[[], None]) -> None:
    with pytest.raises(AuditUnavailable):
        await orders.refund(log, 0.3)
    assert orders.refunds == 0
    heal()
    await orders.refund(log, 20)
    assert orders.refunds == 1


def broken_write(number: int, keep: int) -> Callable[[int, bytes], int]:
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if keep:
            real(descriptor, data[:keep])
        raise OSError(number, os.strerror(number))

    return write


@pytest.mark.parametrize("keep", [0, 5, 60], ids=["nothing", "half_a_header", "half_a_record"])
async def test_a_full_disk(log: Log, orders: OrderSystem, monkeypatch: pytest.MonkeyPatch, keep: int) -> None:
    async with sealing(log):
        monkeypatch.setattr("security.audit.segments.os.write", broken_write(errno.ENOSPC, keep))
        await assert_nothing_was_done_and_nothing_is_lost(log, orders, monkeypatch.undo)
    report = await log.verify()
    assert (report.status, report.why) == ("ok", "")


async def test_a_volume_turned_read_only(log: Log, orders: OrderSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def no_new_file(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(path, flags, mode)

    async with sealing(log):
        monkeypatch.setattr("security.audit.segments.os.write", broken_write(errno.EROFS, 0))
        monkeypatch.setattr("security.audit.segments.os.open", no_new_file)
        await assert_nothing_was_done_and_nothing_is_lost(log, orders, monkeypatch.undo)
    assert (await log.verify()).status == "ok"


async def test_a_flush_that_hangs_holds_up_who_waits_and_nobody_else(
    log: Log, orders: OrderSystem, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hung = threading.Event()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        hung.wait()
        real(descriptor)

    monkeypatch.setattr("security.audit.shift._SLOW_S", 0.05)
    async with sealing(log):
        monkeypatch.setattr("security.audit.segments.os.fsync", fsync)
        await assert_nothing_was_done_and_nothing_is_lost(log, orders, hung.set)
    assert "audit.sink_hangs" in caplog.text
    assert (await log.verify()).status == "ok"


async def test_a_database_that_takes_no_records(log: Log, orders: OrderSystem) -> None:
    async with sealing(log):
        await log.as_plain_owner("REVOKE INSERT ON audit_record FROM appliance_system")
        with pytest.raises(AuditUnavailable):
            await orders.refund(log, 0.3)
        assert orders.refunds == 0
        await log.as_plain_owner("GRANT INSERT ON audit_record TO appliance_system")
        await orders.refund(log, 20)
    assert (await log.verify()).status == "ok"


async def test_no_sealer_at_all(log: Log, orders: OrderSystem) -> None:
    await log.append(1)
    await log.crash_at("records_in_files")
    with pytest.raises(AuditUnavailable):
        await orders.refund(log, 0.2)
    assert orders.refunds == 0


async def test_what_was_recorded_during_the_fault_is_sealed_in_order_after_it(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sealing(log):
        monkeypatch.setattr("security.audit.segments.os.write", broken_write(errno.ENOSPC, 3))
        events = await log.append(5, action="refund.later")
        await asyncio.sleep(0)
        monkeypatch.undo()
        async with log.connection() as conn:
            await wait_sealed(conn, [event.id for event in events], 20)
    found = [row[0] for row in await log.rows("SELECT id FROM audit_record WHERE action = 'refund.later' ORDER BY seq")]
    assert found == [event.id for event in events]
