"""Faults strike as they were set: so often, so likely, in the same order for the same seed."""

import asyncio
from typing import Any

import httpx
import pytest

from appliance.demo.order_system.faults import Fault, FaultBoard, FaultName, Faults

Shop = Any
URGE = {"memberNo": "U1"}


@pytest.fixture
async def paid(shop: Shop, fixture: dict[str, Any]) -> Shop:
    fixture["orders"][0] |= {"status": "paid", "shipped_at": None, "delivered_at": None}
    await shop.load(fixture)
    return shop


async def test_a_lost_answer_is_a_write_that_nobody_was_told_of(paid: Shop) -> None:
    await paid.admin.put("/faults", json={"lose_answer": {"count": 1}})
    with pytest.raises(httpx.RemoteProtocolError):
        await paid.write("/trades/O1/urges", URGE)
    assert await paid.count_writes() == 1
    assert (await paid.write("/trades/O1/urges", URGE)).status_code == 201
    assert await paid.count_writes() == 1


async def test_an_error_comes_before_anything_is_written(paid: Shop) -> None:
    await paid.admin.put("/faults", json={"error_5xx": {"count": 1}})
    assert (await paid.write("/trades/O1/urges", URGE)).status_code == 503
    assert await paid.count_writes() == 0
    assert (await paid.write("/trades/O1/urges", URGE)).status_code == 201


async def test_reads_can_fail_too(paid: Shop) -> None:
    await paid.admin.put("/faults", json={"error_5xx": {"on": "reads"}})
    assert (await paid.api.get("/members/U1")).status_code == 503
    assert (await paid.write("/trades/O1/urges", URGE)).status_code == 201
    await paid.admin.delete("/faults")
    assert (await paid.api.get("/members/U1")).status_code == 200


async def test_a_delayed_write_is_done_after_its_caller_has_gone(paid: Shop) -> None:
    await paid.admin.put("/faults", json={"delay_ms": {"ms": 400, "count": 1}})
    with pytest.raises(httpx.ReadTimeout):
        await paid.api.post("/trades/O1/urges", json=URGE, headers={"Idempotency-Key": "k"}, timeout=0.1)
    assert await paid.count_writes() == 0
    async with asyncio.timeout(10):
        while await paid.count_writes() == 0:  # noqa: ASYNC110 (nothing here could set an event)
            await asyncio.sleep(0.05)


async def test_a_fault_that_is_not_one_is_refused(paid: Shop) -> None:
    wrong: list[dict[str, Any]] = [
        {"explode": {}},
        {"lose_answer": {"probability": 2}},
        {"delay_ms": {"ms": "long"}},
    ]
    for body in wrong:
        assert (await paid.admin.put("/faults", json=body)).status_code == 422


def test_the_same_seed_gives_the_same_faults() -> None:
    def struck(seed: int) -> list[bool]:
        board = FaultBoard()
        board.hang(None, Faults(seed=seed, lose_answer=Fault(probability=0.3)))
        return [bool(board.strike(FaultName.LOSE_ANSWER, "s", is_write=True)) for _ in range(50)]

    assert struck(7) == struck(7)
    assert struck(7) != struck(8)
    assert 0 < sum(struck(7)) < 50


def test_a_shops_own_faults_stand_instead_of_those_for_all() -> None:
    board = FaultBoard()
    board.hang(None, Faults(error_5xx=Fault()))
    board.hang("calm", Faults())
    assert board.strike(FaultName.ERROR_5XX, "any", is_write=True) is not None
    assert board.strike(FaultName.ERROR_5XX, "calm", is_write=True) is None
