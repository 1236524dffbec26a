"""Conversations with people at the desk: real database, real turns, several processes if need be."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.config_desk import DeskSettings
from appliance.conversation.floor import Floor
from appliance.conversation.model import Side, Visible
from appliance.db import Database
from appliance.desk.model import Presence, Ticket
from appliance.desk.seats import SeatGiven
from appliance.desk.store import ticket
from appliance.desk.talk import Sent, Words
from appliance.desk.terms import Terms, shipped_terms
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ConversationId, uuid7
from appliance.joints.desk import DeskParts, desk_parts, desk_queue
from appliance.joints.masking import PersonalData
from security.access.errors import NotThere
from security.access.model import Account, Factor, Origin, Principal, Rights, State
from security.access.permissions import CLEARANCE, Role
from security.pii.vault import Vault
from tests.appliance.conversation.stories import record
from tests.appliance.conversation.world import ANALYZER, NOW, SHOP, Process, Talk, World
from tests.appliance.dialogue.world import FLOWS, RENDERER

HERE = Origin(ip="127.0.0.1")
GENERAL, COMPLAINTS = "general", "complaints"


def person(role: Role = Role.AGENT, staff_id: UUID | None = None, *shops: str) -> Principal:
    rights = Rights(roles=frozenset({role}), shops=frozenset(shops or {SHOP}), label=CLEARANCE[role])
    return Principal(staff_id=staff_id or uuid7(), session_id=uuid7(), rights=rights, factor=Factor.TOTP)


class Known:
    """``desk.ports.Accounts``, in memory."""

    def __init__(self) -> None:
        self._accounts: dict[UUID, Account] = {}

    def add(self, who: Principal, state: State = State.ACTIVE, name: str = "何") -> None:
        account = Account(
            staff_id=who.staff_id,
            login=str(who.staff_id),
            name=name,
            rights=who.rights,
            state=state,
            created_at=NOW,
            last_used_at=NOW,
        )
        self._accounts[who.staff_id] = account

    async def accounts(self) -> Sequence[Account]:
        return list(self._accounts.values())

    async def account(self, staff_id: UUID) -> Account:
        if staff_id not in self._accounts:
            raise NotThere("no such account")
        return self._accounts[staff_id]


class DeskProcess(Process):
    def __init__(self, world: "DeskWorld") -> None:
        super().__init__(world)
        personal = PersonalData(ANALYZER, Vault(world.clock, uuid7), self.ring)
        self.floor = Floor(self.ring, personal, world.clock)
        settings = DeskSettings()
        self.queue = desk_queue(settings, self.floor, RENDERER, world.clock)
        self.queue.terms = world.terms
        self.workshop.desk = self.queue
        self.desk: DeskParts = desk_parts(
            db=world.db,
            deeds=Deeds(world.db),
            accounts=world.known,
            queue=self.queue,
            floor=self.floor,
            keys=self.ring,
            subjects=self.conversations,
            personal=personal,
            flows=FLOWS,
            renderer=RENDERER,
            watchers=self.watchers,
            clock=world.clock,
            settings=settings,
        )


class DeskWorld(World):
    def __init__(
        self, db: Database, tmp_path: Path, clock: Clock | None = None, terms: Terms | None = None, **settings: Any
    ) -> None:
        self.terms = terms or shipped_terms()
        self.known = Known()
        super().__init__(db, tmp_path, clock, **settings)
        self.people = DeskProcess(self)
        self.process = self.people

    async def agent(self, badge: str, *groups: str, capacity: int = 5, role: Role = Role.AGENT) -> "Agent":
        """With a seat, and not there yet."""
        who, boss = person(role), person(Role.SUPERVISOR)
        given = SeatGiven(staff_id=who.staff_id, badge=badge, groups=groups or (GENERAL, COMPLAINTS), capacity=capacity)
        self.known.add(who)
        await self.people.desk.seats.give(boss, SHOP, given, HERE)
        return Agent(self, who, badge)

    async def ticket(self, conversation_id: ConversationId) -> Ticket | None:
        async with self.db.transaction(SHOP) as conn:
            return await ticket(conn, SHOP, conversation_id)

    async def holder(self, conversation_id: ConversationId) -> tuple[Side, UUID | None]:
        async with self.db.transaction(SHOP) as conn:
            held = await self.people.floor.look(conn, SHOP, conversation_id)
        return held.side, held.agent_id

    async def seen(self, conversation_id: ConversationId, after: int = 0) -> tuple[Visible, ...]:
        """By the customer."""
        return await self.people.conversations.transcript(SHOP, conversation_id, after)

    async def summary(self, talk: Talk) -> dict[str, Any]:
        """What the hand-off left for the desk."""
        events = await record(talk)
        made: dict[str, Any] = next(event.body for event in events if event.type == "handoff.made")
        return made

    def later(self, **by: float) -> None:
        self.fixed.move(timedelta(**by))


class Agent:
    """One of the staff, in one process."""

    def __init__(self, world: DeskWorld, who: Principal, badge: str, process: DeskProcess | None = None) -> None:
        self.world = world
        self.who = who
        self.badge = badge
        self.process = process or world.people

    @property
    def deeds(self) -> Any:
        return self.process.desk.deeds

    async def be(self, presence: Presence) -> None:
        await self.deeds.presence(self.who, SHOP, presence)

    async def mine(self) -> dict[ConversationId, int]:
        """Tokens by conversation."""
        return {each.conversation_id: each.token for each in await self.deeds.mine(self.who, SHOP)}

    async def say(self, conversation_id: ConversationId, text: str, token: int, number: str | None = None) -> Sent:
        words = Words(client_message_id=number or str(uuid7()), token=token, text=text)
        return await self.process.desk.talk.say(SHOP, conversation_id, self.who.staff_id, words)


def changed(terms: Terms, **by: Any) -> Terms:
    return msgspec.structs.replace(terms, **by)


PEOPLE = "people,general"


def moving(terms: Terms) -> Terms:
    """Calls for the general group go to a place in the dialplan."""
    general = msgspec.structs.replace(terms.groups[GENERAL], transfer_to=PEOPLE)
    return changed(terms, groups={**terms.groups, GENERAL: general})
