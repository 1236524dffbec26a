"""What every turn of a process shares: the parts, the settings that matter to a turn, and who waits for a flush."""

import asyncio
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.config import ConversationSettings
from appliance.conversation.admission import Admission
from appliance.conversation.earshot import Earshot
from appliance.conversation.hearing import Listening
from appliance.conversation.performer import Parts
from appliance.conversation.ports import Audit, Desk, Keys, ShopContexts, Watch
from appliance.conversation.watchers import Watchers
from appliance.dialogue.engine import MAX_SILENCES
from appliance.dialogue.schema import Flows
from appliance.dialogue.state import State
from appliance.ids import ConversationId


class Burst:
    """Messages of one customer that come close together, while a turn of this process waits for their end."""

    def __init__(self) -> None:
        self.is_over = False
        self.has_more = asyncio.Event()


class Workshop:
    def __init__(
        self,
        parts: Parts,
        *,
        flows: Flows,
        listening: Listening,
        shops: ShopContexts,
        keys: Keys,
        audit: Audit,
        watchers: Watchers,
        clock: Clock,
        settings: ConversationSettings,
        watch: Watch | None = None,
        desk: Desk | None = None,
    ) -> None:
        """Without a desk, whoever is handed off waits until somebody takes him over."""
        self.parts = parts
        self.flows = flows
        self.listening = listening
        self.shops = shops
        self.keys = keys
        self.audit = audit
        self.watchers = watchers
        self.clock = clock
        self.watch = watch
        self.desk = desk
        self.earshot = Earshot(parts.db, parts.cases)
        self.admission = Admission(parts.db, clock, settings.queue_after_s)
        self.quiet = timedelta(milliseconds=settings.quiet_ms)
        self.prolong_s = settings.lease_s / 3
        """A turn that runs longer prolongs its lease, again and again after so long."""
        self._lease = timedelta(seconds=settings.lease_s)
        self._receipt_wait = timedelta(seconds=settings.receipt_wait_s)
        self._silence = timedelta(seconds=settings.silence_prompt_s)
        self._bursts: dict[ConversationId, Burst] = {}

    def lease_until(self, now: datetime) -> datetime:
        return now + self._lease

    def due_at(self, state: State, now: datetime) -> datetime | None:
        """When the conversation is to be looked at although nothing came in: a late receipt, a silent customer."""
        if state.is_handed_off or state.awaiting is None:
            return None
        if state.awaiting == "receipt":
            return now + self._receipt_wait
        return now + self._silence if state.silences < MAX_SILENCES else None

    def expect(self, conversation_id: ConversationId) -> None:
        """A turn of this process is about to run: from now on a flush is for it, however early it comes."""
        self._bursts.setdefault(conversation_id, Burst())

    def forget(self, conversation_id: ConversationId) -> None:
        self._bursts.pop(conversation_id, None)

    async def more(self, conversation_id: ConversationId) -> bool:
        """Returns once there is more of the burst, True if that was its end."""
        burst = self._bursts.setdefault(conversation_id, Burst())
        await burst.has_more.wait()
        burst.has_more.clear()
        return burst.is_over

    def heard_out(self, conversation_id: ConversationId) -> None:
        """The burst was taken: the next one has an end of its own."""
        if conversation_id in self._bursts:
            self._bursts[conversation_id] = Burst()

    def arrived(self, conversation_id: ConversationId) -> None:
        """A turn that waits for more looks at once: a button or a whole request ends its waiting."""
        if burst := self._bursts.get(conversation_id):
            burst.has_more.set()

    def flush(self, conversation_id: ConversationId) -> None:
        if burst := self._bursts.get(conversation_id):
            burst.is_over = True
            burst.has_more.set()
