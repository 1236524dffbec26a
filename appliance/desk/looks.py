"""What agents see of conversations: who has them, what was said and decided, and all that an agent needs to go on.

Words as they are kept: personal values as placeholders. What stands behind one is asked for elsewhere, and recorded.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.conversation import events as log
from appliance.conversation import store as conversations
from appliance.conversation import visible
from appliance.conversation.call_events import BotHeard, CallEnded, ReceiptUnheard
from appliance.conversation.floor import Floor, Held
from appliance.conversation.model import Channel, Side, TraceEvent
from appliance.conversation.ports import Keys
from appliance.db import Connection, Database
from appliance.desk import store
from appliance.desk.model import Board, Group, Priority, Seat, Talk, Waiting
from appliance.desk.queue import Queue
from appliance.dialogue.draft import Draft
from appliance.dialogue.handoff import summarize
from appliance.dialogue.handoff_words import mood_facts, summary_facts
from appliance.dialogue.render import Persona, Renderer
from appliance.dialogue.schema import Flows
from appliance.ids import ConversationId, ShopId

SEEN: Final = tuple(
    kind.TYPE
    for kind in (
        log.ConversationStarted,
        log.CustomerSaid,
        log.CustomerShowed,
        log.CustomerChose,
        log.BotSaid,
        log.AgentSaid,
        log.NoteMade,
        log.AnswerMarked,
        BotHeard,
        CallEnded,
        ReceiptUnheard,
        log.HandoffMade,
        log.TicketDrawn,
        log.DeskAway,
        log.OwnerChanged,
        log.ServiceEnded,
        log.RatingGiven,
        log.MoodChanged,
        log.AgentsAlerted,
        log.QuoteOffered,
        log.OperationAccepted,
        log.OperationFailed,
        log.CaseProgressed,
        log.WorkOrderCreated,
        log.WorkOrderProgressed,
        log.MessageLeft,
        log.ConversationConcluded,
    )
)
"""What an agent's screen shows of the log; what the machine only reckoned with is for engineers."""
LIVELY: Final = timedelta(hours=1)
RECENT: Final = timedelta(days=2)
MOST_TALKS: Final = 200
LAST_SAID: Final = 3
"""Of a caller's sentences: how he sounded before these is over."""


class CaseMade(msgspec.Struct, frozen=True, kw_only=True):
    case_id: UUID
    kind: str
    state: str
    order_id: str
    refund_fen: int


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that goes over to an agent, so that the customer repeats nothing."""

    conversation_id: ConversationId
    channel: Channel
    holder: Side
    agent_id: UUID | None
    token: int
    started_at: datetime
    is_verified: bool
    reason: str | None
    skill: str | None
    priority: Priority | None
    asked_at: datetime | None
    summary: dict[str, Any]
    """Codes, and slots with placeholders."""
    words: str
    """The summary in words."""
    evidence: tuple[UUID, ...]
    cases: tuple[CaseMade, ...]


class DeskLooks:
    def __init__(
        self, *, db: Database, floor: Floor, queue: Queue, keys: Keys, flows: Flows, renderer: Renderer, clock: Clock
    ) -> None:
        self._db = db
        self._floor = floor
        self._queue = queue
        self._keys = keys
        self._flows = flows
        self._renderer = renderer
        self._clock = clock

    async def carried(self, shop: ShopId, conversation_id: ConversationId) -> Carried:
        async with self._db.transaction(shop) as conn:
            held = await self._floor.look(conn, shop, conversation_id)
            ticket = await store.ticket(conn, shop, conversation_id)
            summary = await self._summary(conn, shop, conversation_id, held)
            summary |= await sounding(conn, shop, conversation_id, held.channel)
            where = {"shop": shop, "conversation_id": conversation_id}
            evidence = await store.rows(conn, "evidence", where)
            cases = await store.rows(conn, "cases", where)
        if "pictures" in summary:
            # What was shown before the request knew that it wants pictures is shown too.
            summary["pictures"] = len(evidence)
        return Carried(
            conversation_id=conversation_id,
            channel=Channel(held.channel),
            holder=held.side,
            agent_id=held.agent_id,
            token=held.owner_token,
            started_at=held.started_at,
            is_verified=held.customer_id is not None,
            reason=ticket.reason if ticket else None,
            skill=ticket.skill if ticket else None,
            priority=ticket.priority if ticket else None,
            asked_at=ticket.asked_at if ticket else None,
            summary=summary,
            words=self._words(summary),
            evidence=tuple(each["evidence_id"] for each in evidence),
            cases=tuple(msgspec.convert(each, CaseMade) for each in cases),
        )

    async def events(self, shop: ShopId, conversation_id: ConversationId, after: int = 0) -> tuple[TraceEvent, ...]:
        """What an agent sees of the log after that place, a thousand at most."""
        async with self._db.transaction(shop) as conn:
            held = await self._floor.look(conn, shop, conversation_id)
            found = await conversations.events(conn, shop, conversation_id, after, SEEN)
            keys = await self._keys.keys(conn, shop, held.subject_id)
        return tuple(visible.traced(event, visible.opened(keys, event)) for event in found)

    async def talks(self, shop: ShopId, holder: Side | None = None, limit: int = MOST_TALKS) -> tuple[Talk, ...]:
        """What has moved within the hour, the last to move first."""
        now = self._clock.now()
        values = {
            "shop": shop,
            "holder": holder,
            "since": now - RECENT,
            "lively_since": now - LIVELY,
            "limit": limit,
        }
        async with self._db.transaction(shop) as conn:
            return tuple(msgspec.convert(each, Talk) for each in await store.rows(conn, "talks", values))

    async def board(self, shop: ShopId) -> Board:
        async with self._db.transaction(shop) as conn:
            seats = await self._queue.seats(conn, shop)
            waiting = await self._queue.waiting(conn, shop)
        groups = tuple(_group(name, seats, waiting) for name in sorted(self._queue.terms.groups))
        return Board(groups=groups, seats=seats, waiting=waiting)

    async def _summary(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, held: Held
    ) -> dict[str, Any]:
        state = await self._floor.state(conn, shop, conversation_id, held)
        at = self._clock.now() + held.clock_offset
        summary: dict[str, Any] = msgspec.to_builtins(summarize(Draft(self._flows, state, at)))
        return summary

    def _words(self, summary: dict[str, Any]) -> str:
        renderer, persona = self._renderer, Persona()
        key = "handoff_summary" if summary.get("flow") else "handoff_summary_none"
        words = renderer.text(key, summary_facts(summary), persona)
        if (mood := mood_facts(summary, renderer.word)) is not None:
            words += renderer.text("handoff_summary_mood", mood, persona)
        if "sounds" in summary:
            words += renderer.text("handoff_summary_sounds", {"sounds": summary["sounds"]}, persona)
        return words


async def sounding(conn: Connection, shop: ShopId, conversation_id: ConversationId, channel: str) -> dict[str, str]:
    """How a caller's voice sounded last, where the recogniser made anything of it. Nothing is decided by it."""
    if channel != Channel.VOICE:
        return {}
    found = await conversations.last_events(conn, shop, conversation_id, (log.CustomerSaid.TYPE,), LAST_SAID)
    heard = [event.data["sounds"] for event in found if event.data.get("sounds")]
    return {"sounds": heard[-1]} if heard else {}


def _group(name: str, seats: tuple[Seat, ...], waiting: tuple[Waiting, ...]) -> Group:
    here = [seat for seat in seats if name in seat.groups and seat.presence == "online"]
    queued = [each for each in waiting if each.skill == name]
    return Group(
        group=name,
        waiting=len(queued),
        longest_since=min((each.asked_at for each in queued), default=None),
        online=len(here),
        free=sum(max(seat.capacity - seat.held, 0) for seat in here),
    )
