"""A database that takes every word and answers none keeps nobody longer than he is willing to wait."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from appliance.db import Database
from appliance.db.line import watched
from appliance.db.patience import within
from appliance.errors import Unavailable
from tests.e2e.chaos.proxy import Fault, Proxy, server_of

NEVER = 3600.0


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    async with Proxy.before(server_of(database_url)) as proxy:
        yield proxy


async def test_a_transaction_is_not_begun_for_ever(proxy: Proxy, database_url: str) -> None:
    url = make_conninfo(database_url, host="127.0.0.1", port=proxy.port, sslmode="disable")
    db = await Database.open(url, size=2, wait_s=2.0)
    async with proxy.failing(Fault.HUNG):
        with pytest.raises(Unavailable, match="no answer within 2 s"):
            async with db.system():
                pass
    async with db.system() as conn:
        assert await (await conn.execute("SELECT 1")).fetchone() == (1,)
    await db.close()


async def test_what_is_late_is_broken_off_and_what_is_not_is_handed_over() -> None:
    broken_off = asyncio.Event()

    async def late() -> None:
        try:
            await asyncio.sleep(NEVER)
        finally:
            broken_off.set()

    async def prompt() -> int:
        return 7

    with pytest.raises(TimeoutError):
        await within(0.0, late())
    await broken_off.wait()
    assert await within(NEVER, prompt()) == 7


async def test_whoever_is_broken_off_himself_does_not_wait_for_the_end_of_it() -> None:
    begun, is_let, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.sleep(NEVER)
        except asyncio.CancelledError:
            await is_let.wait()
            ended.set()
            raise

    waiting = asyncio.create_task(within(NEVER, stubborn()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not ended.is_set()
    is_let.set()
    await ended.wait()


async def test_what_came_of_it_when_nobody_waited_any_more_is_put_away() -> None:
    """It was done in the same moment in which whoever waited was broken off."""
    may_end, put_away = asyncio.Event(), asyncio.Queue[int]()

    async def done() -> int:
        await may_end.wait()
        return 7

    waiting = asyncio.create_task(within(NEVER, done(), put_away.put))
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await put_away.get() == 7


async def test_whoever_is_broken_off_while_he_begins_takes_no_connection_with_him(db: Database) -> None:
    async def begins() -> None:
        async with db.system():
            pass

    for steps in range(40):
        beginning = asyncio.create_task(begins())
        for _ in range(steps):
            await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
    async with asyncio.timeout(60):
        while db.use.busy:  # noqa: ASYNC110 - the pool tells nobody what comes back to it
            await asyncio.sleep(0.05)


async def test_a_failure_is_the_callers() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await within(NEVER, fails())


def test_what_the_url_says_of_its_line_counts() -> None:
    found = conninfo_to_dict(watched("postgresql://who@host/db?keepalives_idle=600"))
    assert (found["keepalives_idle"], found["tcp_user_timeout"], found["dbname"]) == ("600", "30000", "db")
