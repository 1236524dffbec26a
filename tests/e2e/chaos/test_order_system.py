"""An order system that is killed, hangs, crawls or answers nonsense while customers are being served.

All are served in the end, and once; its row in health and the rung are there while it lasts and gone afterwards.
"""

import asyncio
from functools import partial

import pytest

from appliance.clock import SystemClock
from appliance.db import Database
from appliance.installation import contacts, rules
from appliance.installation.model import State
from appliance.installation.rungs import Rung
from appliance.supervisor import figures
from tests.e2e.chaos.conftest import Place
from tests.e2e.chaos.proxy import Fault
from tests.e2e.chaos.trial import Crowd, Sign, rung_sign, tell
from tests.e2e.test_metrics import scrape, value

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

BUYERS = 3
MANY = 12
HOLD_S = 4.0
SHOWN_AS = {Fault.KILLED: State.FAILING, Fault.HUNG: State.RESTING, Fault.CORRUPTED: State.FAILING}
"""In its row. One that is slow answers, and is well."""


def row_sign(place: Place, crowd: Crowd, shown_as: State) -> Sign:
    def state() -> State:
        known = contacts.read(figures.folder(place.state_dir), {})
        return rules.order_system(known.get(crowd.shop.keys.shop), SystemClock().now(), is_connected=True)

    return Sign(lambda: state() is shown_as, lambda: state() is State.WELL)


async def rungs_on_record(db: Database) -> set[str]:
    async with db.system() as conn:
        rows = await (
            await conn.execute(
                "SELECT action FROM audit_record WHERE object_id = %(rung)s", {"rung": Rung.WORK_ORDERS.value}
            )
        ).fetchall()
    return {action for (action,) in rows}


@pytest.mark.control("M-32")
async def test_whatever_happens_to_it_nobody_is_lost_and_nothing_is_done_twice(
    place: Place, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    faults = (*SHOWN_AS, Fault.SLOWED)

    async def all_are_told() -> None:
        await rung_sign(place.state_dir, Rung.WORK_ORDERS).comes()
        told = await scrape(place.appliance)
        assert value(told, "appliance_rung", rung=Rung.WORK_ORDERS.value) == 1
        assert sum(value(told, "appliance_order_systems", state=each) for each in ("failing", "resting")) >= 1

    trials, crowds = [], []
    for fault in faults:
        proxy = await place.order_proxy()
        crowd = await Crowd.of(place.site, db, BUYERS, proxy.url)
        sign = row_sign(place, crowd, SHOWN_AS[fault]) if fault in SHOWN_AS else None
        meanwhile = all_are_told if fault is Fault.HUNG else None
        broken = partial(proxy.failing, fault)
        trials.append(crowd.tried(f"order system {fault}", broken, sign, hold_s=HOLD_S, meanwhile=meanwhile))
        crowds.append(crowd)
    done = await asyncio.gather(*trials)
    tell(capfd, [row for row, _ in done])
    await rung_sign(place.state_dir, Rung.WORK_ORDERS).goes()
    for crowd, (_, visits) in zip(crowds, done, strict=True):
        assert await crowd.wrong(visits) == []
    assert await rungs_on_record(db) >= {"rung.entered", "rung.left"}


@pytest.mark.soak
@pytest.mark.parametrize("fault", Fault)
async def test_with_a_crowd_each_fault_alone_enters_the_rung_and_leaves_it(
    fault: Fault, place: Place, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    sign = None if fault is Fault.SLOWED else rung_sign(place.state_dir, Rung.WORK_ORDERS)
    proxy = await place.order_proxy()
    crowd = await Crowd.of(place.site, db, MANY, proxy.url)
    row, visits = await crowd.tried(f"order system {fault}, {MANY}", partial(proxy.failing, fault), sign, hold_s=HOLD_S)
    tell(capfd, [row])
    assert await crowd.wrong(visits) == []
