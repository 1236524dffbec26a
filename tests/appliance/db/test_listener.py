"""Notifications arrive, in order, also after the connection was lost."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from appliance.db import Listener

Notify = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture
async def sender(database_url: str) -> AsyncIterator[Notify]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        yield conn


async def _say(conn: Notify, channel: str, payload: str) -> None:
    await conn.execute("SELECT pg_notify(%s, %s)", [channel, payload])


async def test_what_is_notified_after_subscribe_arrives_in_order(database_url: str, sender: Notify) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with Listener(database_url) as listener:
        await listener.subscribe("turn", heard.put)
        await _say(sender, "turn", "a")
        await _say(sender, "turn", "b")
        async with asyncio.timeout(10):
            assert [await heard.get(), await heard.get()] == ["a", "b"]


async def test_a_channel_can_be_added_while_listening(database_url: str, sender: Notify) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with Listener(database_url) as listener:
        await listener.subscribe("turn", heard.put)
        await listener.subscribe("case", heard.put)
        await _say(sender, "case", "a")
        await _say(sender, "turn", "b")
        async with asyncio.timeout(10):
            assert {await heard.get(), await heard.get()} == {"a", "b"}


async def test_a_callback_that_fails_does_not_stop_the_next(database_url: str, sender: Notify) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def fail(_: str) -> None:
        raise ZeroDivisionError

    async with Listener(database_url) as listener:
        await listener.subscribe("turn", fail)
        await listener.subscribe("turn", heard.put)
        await _say(sender, "turn", "a")
        async with asyncio.timeout(10):
            assert await heard.get() == "a"


async def test_after_a_lost_connection_readers_are_told_and_hear_again(database_url: str, sender: Notify) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    again = asyncio.Event()

    async def reread() -> None:
        again.set()

    async with Listener(database_url, on_reconnect=reread, name="ear") as listener:
        await listener.subscribe("turn", heard.put)
        await sender.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ear'")
        async with asyncio.timeout(10):
            await again.wait()
            await _say(sender, "turn", "a")
            assert await heard.get() == "a"
