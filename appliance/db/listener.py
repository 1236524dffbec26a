"""LISTEN on one connection a process, with reconnect. Payloads are ids only; a reader fetches the rest itself.

What was notified while the connection was down is lost by design: ``on_reconnect`` tells readers to read again.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Self

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from appliance.db.line import watched

_log = logging.getLogger(__name__)

Callback = Callable[[str], Awaitable[None]]
Reconnected = Callable[[], Awaitable[None]]

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
"""While it does not listen, customers wait for what they should see."""


class Listener:
    """Calls back for each notification, one after another. Callbacks that fail are logged and do not stop it."""

    def __init__(self, url: str, *, on_reconnect: Reconnected | None = None, name: str = "appliance-listen") -> None:
        self._conninfo = watched(url)
        self._name = name
        self._on_reconnect = on_reconnect
        self._callbacks: defaultdict[str, list[Callback]] = defaultdict(list)
        self._heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._listening: set[str] = set()
        self._subscribed = asyncio.Event()
        self._caught_up = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._keep_listening()), asyncio.create_task(self._keep_calling())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def subscribe(self, channel: str, callback: Callback) -> None:
        """Returns once PostgreSQL listens, so that nothing sent from now on is missed."""
        self._callbacks[channel].append(callback)
        self._subscribed.set()
        async with self._caught_up:
            await self._caught_up.wait_for(lambda: channel in self._listening)

    def unsubscribe(self, channel: str, callback: Callback) -> None:
        """The channel itself stays listened to: channels are few and fixed."""
        self._callbacks[channel].remove(callback)

    async def _keep_listening(self) -> None:
        pause_s = _FIRST_PAUSE_S
        was_connected = False
        while True:
            try:
                async with await self._connect() as conn:
                    await self._listen(conn)
                    pause_s = _FIRST_PAUSE_S
                    if was_connected:
                        _log.info("listener.reconnected")
                        await self._reconnected()
                    was_connected = True
                    await self._hear(conn)
            except psycopg.Error as lost:
                _log.warning("listener.lost", extra={"reason": type(lost).__name__, "pause_s": pause_s})
            self._listening.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _connect(self) -> psycopg.AsyncConnection[TupleRow]:
        return await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True, application_name=self._name)

    async def _listen(self, conn: psycopg.AsyncConnection[TupleRow]) -> None:
        self._subscribed.clear()
        for channel in self._callbacks.keys() - self._listening:
            await conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            self._listening.add(channel)
        async with self._caught_up:
            self._caught_up.notify_all()

    async def _hear(self, conn: psycopg.AsyncConnection[TupleRow]) -> None:
        """Until the connection is lost. The wait is broken off whenever a new channel is subscribed."""
        while True:
            hearing = asyncio.create_task(self._queue_what_comes(conn))
            subscribed = asyncio.create_task(self._subscribed.wait())
            try:
                await asyncio.wait({hearing, subscribed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                subscribed.cancel()
                hearing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await hearing
            await self._listen(conn)

    async def _queue_what_comes(self, conn: psycopg.AsyncConnection[TupleRow]) -> None:
        async for notice in conn.notifies():
            self._heard.put_nowait((notice.channel, notice.payload))

    async def _reconnected(self) -> None:
        if self._on_reconnect is None:
            return
        try:
            await self._on_reconnect()
        except Exception:
            _log.exception("listener.on_reconnect_failed")

    async def _keep_calling(self) -> None:
        while True:
            channel, payload = await self._heard.get()
            for callback in tuple(self._callbacks[channel]):
                try:
                    await callback(payload)
                except Exception:
                    _log.exception("listener.callback_failed", extra={"channel": channel})
