"""A full disk, a read-only or hung volume, a revoked right, a killed sealer: nothing that waits for its record is done.

And once the fault is gone, what was recorded meanwhile is sealed, in order, without loss.
"""

import asyncio
import errno

import pytest

from security.audit import append as appending
from security.audit.append import append, refuse_if_behind, wait_sealed
from security.audit.file_signer import FileSigner
from security.audit.record import Kind, Outcome
from security.errors import AuditUnavailable
from tests.security.audit.faults import QUICK, Fault, broken_write, every_fault, hung_flush, sealing
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A5", "M-21")


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


@every_fault
async def test_what_waits_for_its_record_is_not_done_and_once_the_fault_is_gone_it_is(
    log: Log, orders: OrderSystem, fault: Fault
) -> None:
    async with sealing(log):
        async with fault(log):
            with pytest.raises(AuditUnavailable):
                await orders.refund(log, 0.3)
            assert orders.refunds == 0
        await orders.refund(log, 20)
        assert orders.refunds == 1
    report = await log.verify()
    assert (report.status, report.why) == ("ok", "")


@pytest.mark.parametrize("keep", [0, 5, 60], ids=["nothing", "half_a_header", "half_a_record"])
async def test_a_disk_that_fills_up_in_the_middle_of_a_frame(
    log: Log, orders: OrderSystem, monkeypatch: pytest.MonkeyPatch, keep: int
) -> None:
    async with sealing(log):
        monkeypatch.setattr("security.audit.segments.os.write", broken_write(errno.ENOSPC, keep))
        with pytest.raises(AuditUnavailable):
            await orders.refund(log, 0.3)
        monkeypatch.undo()
        await orders.refund(log, 20)
    assert (await log.verify()).status == "ok"


async def test_a_flush_that_hangs_is_said_to_hang(
    log: Log, orders: OrderSystem, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("security.audit.blocking._SLOW_S", 0.05)
    async with sealing(log), hung_flush(log):
        with pytest.raises(AuditUnavailable):
            await orders.refund(log, 0.3)
    assert "audit.sink_hangs" in caplog.text


async def test_a_volume_that_hangs_from_the_start_holds_up_nothing_else(log: Log, orders: OrderSystem) -> None:
    """The loop that the sealer shares with others goes on, though it cannot even begin."""
    log.signer = FileSigner(log.key_file)
    async with hung_flush(log):
        log.revive(QUICK)
        with pytest.raises(AuditUnavailable):
            await orders.refund(log, 0.3)
        assert orders.refunds == 0
    await orders.refund(log, 20)
    await log.stop()
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


# Behind: who would have to wait for a seal does not begin.


async def test_a_log_with_too_many_unsealed_records_refuses_until_it_has_caught_up(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "MOST_BEHIND", 3)
    await log.append(3)
    async with log.connection() as conn:
        await refuse_if_behind(conn)
        await log.append(1)
        with pytest.raises(AuditUnavailable, match="4 audit records wait"):
            await refuse_if_behind(conn)
        await log.seal_what_is_pending()
        await refuse_if_behind(conn)


async def test_the_oldest_record_that_waits_may_wait_for_a_minute(log: Log) -> None:
    await log.append(1)
    await log.as_owner("UPDATE audit_pending SET occurred_at = occurred_at - interval '50 seconds'", "audit_pending")
    async with log.connection() as conn:
        await refuse_if_behind(conn)
        await log.as_owner(
            "UPDATE audit_pending SET occurred_at = occurred_at - interval '15 seconds'", "audit_pending"
        )
        with pytest.raises(AuditUnavailable, match="the oldest for 6"):
            await refuse_if_behind(conn)
        await log.seal_what_is_pending()
        await refuse_if_behind(conn)


def test_the_limits_are_those_of_the_specification() -> None:
    assert (appending.MOST_BEHIND, appending.LONGEST_BEHIND_S, appending.SEAL_S) == (10_000, 60.0, 2.0)
