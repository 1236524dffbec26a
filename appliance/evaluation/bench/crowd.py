"""Many customers at once over the real WebSocket: as fast as they are answered, or at a rate that waits for nobody."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

import msgspec

from appliance.client.chat import SETTLED, Conversation
from appliance.evaluation.bench.supply import Person, Supply
from appliance.evaluation.model import Say, Show
from appliance.evaluation.picture import png
from appliance.evaluation.script import CustomerScript, End, Seen

THINK_S = 0.5
"""At half load: between an answer and the next words of the same customer, on average."""
_MOST_TURNS = 12


class Turns(msgspec.Struct):
    """How long each turn took. ``failed``: conversations that broke off."""

    ms: list[float]
    conversations: int = 0
    failed: int = 0
    why: str = ""


def _no_turns() -> Turns:
    return Turns(ms=[])


class Crowd:
    """``start`` opens one person's conversation."""

    def __init__(self, supply: Supply, start: Callable[[Person], Awaitable[Conversation]]) -> None:
        self._supply = supply
        self._start = start

    async def press(self, people_at_once: int, duration_s: float) -> Turns:
        """Closed loop: everybody speaks again as soon as answered, and the next customer takes the place at once."""
        turns, until = _no_turns(), time.perf_counter() + duration_s

        async def place() -> None:
            while time.perf_counter() < until and (person := self._supply.next()) is not None:
                await self._talk(person, turns, lambda: 0.0, until)

        async with asyncio.TaskGroup() as group:
            for _ in range(people_at_once):
                group.create_task(place())
        return turns

    async def arrive(self, conversations_per_s: float, duration_s: float, chance: Random) -> Turns:
        """Open loop: customers arrive at this rate, however long the answers take."""
        turns, began = _no_turns(), time.perf_counter()
        at, until = began, began + duration_s
        async with asyncio.TaskGroup() as group:
            while at < until and (person := self._supply.next()) is not None:
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                group.create_task(self._talk(person, turns, lambda: chance.expovariate(1 / THINK_S), until))
                at += chance.expovariate(conversations_per_s)
        return turns

    async def _talk(self, person: Person, turns: Turns, think: Callable[[], float], until: float) -> None:
        turns.conversations += 1
        try:
            async with await self._start(person) as conversation:
                await self._play(person, conversation, turns, think, until)
        except Exception as error:
            turns.failed += 1
            turns.why = f"{type(error).__name__}: {error}"

    async def _play(
        self, person: Person, conversation: Conversation, turns: Turns, think: Callable[[], float], until: float
    ) -> None:
        script = CustomerScript(person.case)
        said = script.first()
        for _ in range(_MOST_TURNS):
            if not isinstance(said, Say | Show) or time.perf_counter() > until:
                return
            picture = await conversation.upload(png()) if isinstance(said, Show) else ""
            began = time.perf_counter()
            sent = await (conversation.say(said.text) if isinstance(said, Say) else conversation.show(picture))
            await conversation.flush()
            awaiting = await conversation.turn_end(sent)
            turns.ms.append((time.perf_counter() - began) * 1000)
            said = script.next(
                Seen(awaiting, has_outcome=awaiting in SETTLED, is_handed_off=conversation.is_handed_off)
            )
            if not isinstance(said, End) and (pause := think()):
                await asyncio.sleep(pause)


def turns_a_conversation(turns: Turns) -> float:
    return len(turns.ms) / max(1, turns.conversations)
