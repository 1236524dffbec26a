"""Bot, three agents, a supervisor and customers at random on the same conversations, with processes killed.

Never two owners, no word of the bot after a take-over, none under an old token, nothing lost or doubled.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import SystemClock
from appliance.db import Database
from appliance.ids import ConversationId
from security.access.permissions import Role
from tests.appliance.conversation.world import SHOP, Talk
from tests.appliance.desk.world import DeskWorld

PROCESSES = 2
CONVERSATIONS = 3
KILLS = int(os.environ.get("RACE_KILLS", "4"))
EVENTS_A_KILL = 150
"""The log grows by so many between two kills."""


class Race:
    def __init__(self, world: DeskWorld, url: str, home: Path) -> None:
        self.world = world
        self.url = url
        self.home = home
        self.chance = random.Random(20261126)  # noqa: S311 - which of many, not a secret
        self.running: list[asyncio.subprocess.Process] = []
        self.started = 0
        self.spec = ""

    async def set_up(self) -> None:
        agents = [await self.world.agent(badge) for badge in ("1024", "1025", "1026")]
        agents.append(await self.world.agent("9001", role=Role.SUPERVISOR))
        self.talks = [await self.world.talk() for _ in range(CONVERSATIONS)]
        people = [(str(each.who.staff_id), each.badge, next(iter(each.who.rights.roles)).value) for each in agents]
        numbers = [str(talk.conversation_id) for talk in self.talks]
        self.spec = json.dumps({"agents": people, "conversations": numbers})

    async def start(self) -> None:
        self.started += 1
        args = ("-m", "tests.appliance.desk.race_actor", self.url, str(self.home), f"p{self.started}", self.spec)
        self.running.append(await asyncio.create_subprocess_exec(sys.executable, *args))

    async def kill_one(self) -> None:
        killed = self.running.pop(self.chance.randrange(len(self.running)))
        killed.kill()
        await killed.wait()

    async def end(self) -> None:
        for each in self.running:
            each.terminate()
        codes = {await each.wait() for each in self.running}
        assert codes <= {0, -signal.SIGTERM}, "it ends well, or was still starting"

    async def grown(self, by: int) -> None:
        """Returns once the logs are that much longer."""
        until = await self.events() + by
        while await self.events() < until:
            assert all(each.returncode is None for each in self.running), "a process has ended by itself"
            await asyncio.sleep(0.1)

    async def events(self) -> int:
        ((count,),) = await self.world.rows("SELECT count(*) FROM conversation_event")
        return int(count)

    async def settle(self) -> None:
        """What the killed have left is taken up once their leases are over."""
        while await self.world.rows("SELECT FROM conversation WHERE pending > 0 OR lease_until > now()"):
            await self.world.sweep()
            await self.world.process.conversations.finish()
            await asyncio.sleep(0.1)

    def said(self, kind: str, conversation_id: ConversationId) -> list[str]:
        """What the database had acknowledged, by process, in order."""
        lines = [
            json.loads(line)
            for path in sorted(self.home.glob("*.said"))
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.endswith("]")
        ]
        return [number for each, where, number in lines if (each, where) == (kind, str(conversation_id))]


def one_owner(log: list[Any]) -> tuple[str, str | None, int]:
    """Walks a log and holds every word against who had the floor; how it stands in the end."""
    owner, agent, token = "bot", None, 0
    for event in log:
        data = event.data
        match event.type:
            case "ticket.drawn":
                assert owner == "bot"
                owner, token = "nobody", token + 1
            case "owner.changed":
                assert data["token"] == token + 1, "each change raises the token by one"
                owner, agent, token = data["owner"], data.get("agent_id"), data["token"]
            case "bot.said":
                assert owner == "bot" or data.get("is_notice"), f"the bot speaks at {event.seq} while {owner} has it"
            case "agent.said":
                assert (owner, agent, token) == ("agent", data["agent_id"], data["token"])
            case _:
                pass
    return owner, agent, token


def in_order(found: list[str], acknowledged: list[str]) -> bool:
    """Those of each process in the order in which they were sent."""
    places = {number: place for place, number in enumerate(found)}
    by_process: dict[str, list[int]] = {}
    for number in acknowledged:
        by_process.setdefault(number.partition("-")[0], []).append(places[number])
    return all(each == sorted(each) for each in by_process.values())


@pytest.mark.control("M-18")
async def test_there_is_one_owner_whatever_happens(db: Database, database_url: str, tmp_path: Path) -> None:
    race = Race(DeskWorld(db, tmp_path, SystemClock()), database_url, tmp_path)
    await race.set_up()
    for _ in range(PROCESSES):
        await race.start()
    for _ in range(KILLS):
        await race.grown(EVENTS_A_KILL)
        await race.kill_one()
        await race.start()
    await race.grown(EVENTS_A_KILL)
    await race.end()
    await race.settle()
    changes = [await check(race, talk) for talk in race.talks]
    assert sum(changes) > 5 * KILLS, "the race went through something"


async def check(race: Race, talk: Talk) -> int:
    """How often the floor changed hands."""
    log: list[Any] = []
    while page := await talk.trace(log[-1].seq if log else 0):
        log += page
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    owner, agent, token = one_owner(log)
    async with race.world.db.transaction(SHOP) as conn:
        held = await race.world.people.floor.look(conn, SHOP, talk.conversation_id)
    assert (held.side, held.agent_id and str(held.agent_id), held.owner_token) == (owner, agent, token)
    ticket = await race.world.ticket(talk.conversation_id)
    stands = {"bot": None, "nobody": "waiting", "agent": "served"}[owner]
    assert (ticket and ticket.state.value, ticket and ticket.agent_id and str(ticket.agent_id)) == (stands, agent)
    for kind in ("customer", "agent"):
        found = [event.data["client_message_id"] for event in log if event.type == f"{kind}.said"]
        acknowledged = race.said(kind, talk.conversation_id)
        assert [number for number, count in Counter(found).items() if count > 1] == [], "nothing is said twice"
        assert set(acknowledged) <= set(found), "nothing is lost"
        assert in_order(found, acknowledged)
    return sum(event.type == "owner.changed" for event in log)
