"""One process of the race: bot, customers, agents, supervisor and worker at random, until it is killed or told to end.

What the database has acknowledged is written to a file, line by line, before anything else is done.
"""

import asyncio
import json
import random
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from appliance.clock import SystemClock
from appliance.conversation.model import Text
from appliance.db import Database
from appliance.desk.model import CloseReason, Presence
from appliance.errors import ApplianceError
from appliance.ids import ConversationId
from security.access.errors import AccessError
from security.access.permissions import Role
from tests.appliance.conversation.world import SHOP
from tests.appliance.desk.world import HERE, Agent, DeskWorld, person

WORDS = ("你好", "我的券", "转人工", "好的", "我要退鞋子，尺码不合适")
LEASE_S = 0.5


class Actor:
    def __init__(self, world: DeskWorld, name: str, conversations: list[ConversationId], said: Path) -> None:
        self.world = world
        self.name = name
        self.conversations = conversations
        self.is_over = asyncio.Event()
        self.chance = random.Random(name)  # noqa: S311 - which of many, not a secret
        self._said = said.open("a", encoding="utf-8")
        self._number = 0

    def number(self) -> str:
        self._number += 1
        return f"{self.name}-{self._number}"

    def acknowledged(self, kind: str, conversation_id: ConversationId, number: str) -> None:
        self._said.write(json.dumps([kind, str(conversation_id), number]) + "\n")
        self._said.flush()

    async def customer(self, conversation_id: ConversationId) -> None:
        while not self.is_over.is_set():
            number = self.number()
            message = Text(client_message_id=number, text=self.chance.choice(WORDS))
            await self.world.process.conversations.receive(SHOP, conversation_id, message)
            self.acknowledged("customer", conversation_id, number)
            await self._breathe()

    async def agent(self, agent: Agent) -> None:
        """Also with tokens of earlier: they are kept, and tried again."""
        tokens: list[tuple[ConversationId, int]] = []
        while not self.is_over.is_set():
            try:
                tokens = [*tokens, *(await agent.mine()).items()][-8:]
                await self._deed(agent, tokens)
            except (ApplianceError, AccessError):
                pass  # somebody was quicker; that nothing was kept is what the log is asked about
            await self._breathe()

    async def _deed(self, agent: Agent, tokens: list[tuple[ConversationId, int]]) -> None:
        deeds = agent.deeds
        choice = self.chance.random()
        if choice < 0.15 or not tokens:
            await agent.be(Presence.ONLINE if self.chance.random() < 0.8 else Presence.OFFLINE)
        elif choice < 0.25:
            await deeds.take(agent.who, self.chance.choice(self.conversations), HERE)
        else:
            conversation_id, token = self.chance.choice(tokens)
            if choice < 0.75:
                number = self.number()
                await agent.say(conversation_id, "您好", token, number)
                self.acknowledged("agent", conversation_id, number)
            elif choice < 0.85:
                await deeds.transfer(agent.who, conversation_id, token, HERE, group="complaints")
            elif choice < 0.95:
                await deeds.hand_back(agent.who, conversation_id, token, HERE)
            else:
                await deeds.close(agent.who, conversation_id, token, CloseReason.SOLVED, HERE, asks_rating=True)

    async def worker(self) -> None:
        while not self.is_over.is_set():
            await self.world.sweep()
            await self.world.people.desk.round.once()
            await self._breathe()

    async def _breathe(self) -> None:
        """Others go on; nobody is waited for."""
        await asyncio.sleep(self.chance.random() / 50)


async def main(url: str, home: str, name: str, spec: str) -> None:
    given: dict[str, Any] = json.loads(spec)
    db = await Database.open(url, size=8, name=name)
    world = DeskWorld(db, Path(home), SystemClock(), lease_s=LEASE_S)
    conversations = [ConversationId(UUID(each)) for each in given["conversations"]]
    actor = Actor(world, name, conversations, Path(home) / f"{name}.said")
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, actor.is_over.set)
    agents = [Agent(world, person(Role(role), UUID(staff_id)), badge) for staff_id, badge, role in given["agents"]]
    await asyncio.gather(
        *(actor.customer(each) for each in conversations),
        *(actor.agent(each) for each in agents),
        actor.worker(),
    )
    await world.process.conversations.finish()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
