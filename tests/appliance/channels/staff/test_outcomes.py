"""What was said before it is done is told of afterwards too, however it ended."""

import asyncio
from typing import NoReturn
from uuid import uuid4

import pytest

from appliance.db import Connection
from appliance.errors import Unavailable
from appliance.identity.staff_deeds import Deeds
from security.access import records
from security.access.records import MACHINE, Deed
from tests.appliance.channels.staff.world import StaffWorld
from tests.security.access.world import HERE

pytestmark = pytest.mark.control("M-18", "M-21")

THING = records.account(uuid4())


async def broken(conn: Connection) -> NoReturn:
    await conn.execute("SELECT 1")
    raise RuntimeError("a fault of ours")


async def cut_off(conn: Connection) -> None:
    """The server goes away before it answers."""
    await conn.execute("RESET ROLE")
    await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def cancelled(_: Connection) -> NoReturn:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("work", "error", "outcome", "reason"),
    [
        (broken, RuntimeError, "failure", "internal"),
        (cut_off, Unavailable, "unknown", "unavailable"),
        (cancelled, asyncio.CancelledError, "failure", "internal"),
    ],
)
async def test_a_deed_that_breaks_off_has_its_outcome(
    staff: StaffWorld, work: object, error: type[BaseException], outcome: str, reason: str
) -> None:
    before = len(await staff.world.records())
    with pytest.raises(error):
        await Deeds(staff.db).do(Deed.SESSION_REVOKE, MACHINE, THING, HERE, work)  # type: ignore[arg-type]
    intent, told = (await staff.world.records())[before:]
    assert (intent["kind"], intent["outcome"]) == ("intent", "pending")
    assert (told["kind"], told["outcome"], told["reason"]) == ("outcome", outcome, reason)
    assert intent["req"] == told["req"]
