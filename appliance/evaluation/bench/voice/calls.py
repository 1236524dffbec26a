"""Calls that are held on a running appliance, and what they told of themselves when they were over."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import psycopg
from psycopg.rows import scalar_row

from appliance.conversation.call_events import CallMeasured
from appliance.db import Queries
from appliance.evaluation.bench.model import NotMeasured
from appliance.evaluation.bench.voice.caller import Caller, Gone, Ports
from appliance.evaluation.bench.voice.speech import Spoken

SQL: Final = Queries.beside(__file__)
_KEPT_WITHIN_S: Final = 30.0
_TURNS_A_CALL: Final = 4
"""Who is not understood three times in a row goes to people: a caller of few words does not come so far."""


class Calls:
    def __init__(self, ports: Ports, connection: psycopg.AsyncConnection[Any]) -> None:
        self._ports = ports
        self._connection = connection
        self._begun = 0
        self._told = 0

    @classmethod
    @asynccontextmanager
    async def on(cls, ports: Ports, url: str) -> AsyncIterator["Calls"]:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(SQL["as_the_appliance"])
            yield cls(ports, connection)

    async def questions(self, said: Sequence[Spoken], turns: int, at_once: int = 1) -> list[float]:
        """So many callers at once, each with so many questions: milliseconds to the first sound of each answer."""
        took = await asyncio.gather(*(self._asks(_from(said, number), turns) for number in range(at_once)))
        return [each for call in took for each in call]

    async def _asks(self, said: "itertools.cycle[Spoken]", turns: int) -> list[float]:
        took: list[float] = []
        while len(took) < turns:
            took += await self._one_call(said, min(_TURNS_A_CALL, turns - len(took)))
        return took

    async def _one_call(self, said: "itertools.cycle[Spoken]", turns: int) -> list[float]:
        took: list[float] = []
        self._begun += 1
        async with Caller.dial(self._ports) as caller:
            try:
                await caller.bot_speaks()
                for spoken in itertools.islice(said, turns):
                    await caller.bot_is_done()
                    took.append(await caller.ask(spoken))
            except Gone:
                if not took:
                    raise NotMeasured("a call was given back before its first answer") from None
        return took

    async def interruptions(self, questions: Sequence[Spoken], said: Sequence[Spoken]) -> None:
        """Each is said a moment after the bot has begun to answer."""
        asked = itertools.cycle(questions)
        for begin in range(0, len(said), _TURNS_A_CALL):
            self._begun += 1
            async with Caller.dial(self._ports) as caller:
                try:
                    await caller.bot_speaks()
                    for spoken in said[begin : begin + _TURNS_A_CALL]:
                        await caller.bot_is_done()
                        await caller.ask(next(asked))
                        await caller.say(spoken)
                except Gone:
                    continue

    async def told(self) -> list[CallMeasured]:
        """By the calls since it was asked last, once all of them are over."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _KEPT_WITHIN_S
        while len(rows := await self._rows()) < self._begun:
            if loop.time() > give_up:
                raise NotMeasured(f"{self._begun - len(rows)} calls told nothing of themselves")
            await asyncio.sleep(0.2)
        new, self._told = rows[self._told :], len(rows)
        return [msgspec.convert(row, CallMeasured) for row in new]

    async def _rows(self) -> list[Any]:
        cursor = self._connection.cursor(row_factory=scalar_row)
        return await (await cursor.execute(SQL["measured"])).fetchall()


def _from(said: Sequence[Spoken], number: int) -> "itertools.cycle[Spoken]":
    """Each caller begins elsewhere, so that they do not all say the same at once."""
    begin = number * 3 % len(said)
    return itertools.cycle((*said[begin:], *said[:begin]))
