"""Turn after turn: one at a time in a conversation, each under a lease, until nothing waits."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from appliance.conversation import inbound, store
from appliance.conversation.inbound import Arrived
from appliance.conversation.ports import BrokenOff
from appliance.conversation.store import Claimed, LeaseLost
from appliance.conversation.turn import Turn
from appliance.conversation.workshop import Workshop
from appliance.errors import Unavailable
from appliance.ids import ConversationId, ShopId, uuid7
from security.crypto.subject import SubjectKeys

_log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(seconds=2)
LONGEST_TURN = timedelta(minutes=2)
"""A turn that takes longer hangs; its lease is prolonged no more."""


class Fresh(NamedTuple):
    """A message that was kept just now, and the keys that it was sealed with."""

    arrived: Arrived
    keys: SubjectKeys


class Turns:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def look(self, shop: ShopId, conversation_id: ConversationId) -> None:
        """Take up whatever is due in a conversation, unless somebody has it."""
        now = self._workshop.clock.now()
        until = self._workshop.lease_until(now)
        async with self._workshop.parts.db.transaction(shop) as conn:
            claimed = await store.claim(conn, shop, conversation_id, uuid7(), now, until)
        if claimed is not None:
            await self.run(shop, conversation_id, claimed)

    async def run(
        self, shop: ShopId, conversation_id: ConversationId, claimed: Claimed, fresh: Fresh | None = None
    ) -> None:
        """``fresh`` is the message that was just kept; nothing is read back where it is the one that waits."""
        current = claimed
        self._workshop.expect(conversation_id)
        try:
            while True:
                keys, arrived = await self._open(shop, conversation_id, current, fresh)
                try:
                    async with self._held(shop, conversation_id, current):
                        after = await Turn(self._workshop, shop, conversation_id, current, keys, arrived).run()
                except LeaseLost:
                    after = await self._anew(shop, conversation_id, current)
                if after is None:
                    return
                current, fresh = after, None
        except LeaseLost:
            self._broken_off(BrokenOff.LEASE_LOST)
            _log.info("turn.lease_lost", extra={"conversation_id": str(conversation_id)})
        except Unavailable:
            self._broken_off(BrokenOff.PUT_OFF)
            _log.warning("turn.put_off", extra={"conversation_id": str(conversation_id)})
            await self._let_lapse(shop, conversation_id, current)
        except Exception:
            self._broken_off(BrokenOff.FAILED)
            _log.exception("turn.failed", extra={"conversation_id": str(conversation_id)})
            await self._let_lapse(shop, conversation_id, current)
        finally:
            self._workshop.forget(conversation_id)

    def _broken_off(self, why: BrokenOff) -> None:
        if self._workshop.watch is not None:
            self._workshop.watch.broken_off(why)

    async def _anew(self, shop: ShopId, conversation_id: ConversationId, claimed: Claimed) -> Claimed:
        """Words were replaced under a turn: it is begun anew with those that stand there now. LeaseLost otherwise."""
        until = self._workshop.lease_until(self._workshop.clock.now())
        async with self._workshop.parts.db.transaction(shop) as conn:
            again = await store.begin_anew(conn, shop, conversation_id, claimed, until)
        if again is None:
            raise LeaseLost("another owner has taken this conversation over")
        return again

    async def _open(
        self, shop: ShopId, conversation_id: ConversationId, claimed: Claimed, fresh: Fresh | None
    ) -> tuple[SubjectKeys, Sequence[Arrived]]:
        if fresh is not None and claimed.pending == 1:
            return fresh.keys, [fresh.arrived]
        async with self._workshop.parts.db.transaction(shop) as conn:
            keys = await self._workshop.keys.keys(conn, shop, claimed.subject_id)
            rows = await store.waiting(conn, shop, conversation_id)
        return keys, [inbound.unseal(keys, row) for row in rows]

    @asynccontextmanager
    async def _held(self, shop: ShopId, conversation_id: ConversationId, claimed: Claimed) -> AsyncIterator[None]:
        """A long turn keeps its lease; the lease of a process that died or hangs ends soon."""
        prolonging: list[asyncio.Task[None]] = []

        def begin() -> None:
            prolonging.append(asyncio.create_task(self._prolong(shop, conversation_id, claimed)))

        timer = asyncio.get_running_loop().call_later(self._workshop.prolong_s, begin)
        try:
            yield
        finally:
            timer.cancel()
            for task in prolonging:
                task.cancel()
            await asyncio.gather(*prolonging, return_exceptions=True)

    async def _prolong(self, shop: ShopId, conversation_id: ConversationId, claimed: Claimed) -> None:
        now = self._workshop.clock.now
        is_ours, began = True, now()
        while is_ours and now() - began < LONGEST_TURN:
            until = self._workshop.lease_until(now())
            try:
                async with self._workshop.parts.db.transaction(shop) as conn:
                    is_ours = await store.prolong(conn, shop, conversation_id, claimed, until)
            except Unavailable:
                _log.warning("turn.lease_not_prolonged", extra={"conversation_id": str(conversation_id)})
            await asyncio.sleep(self._workshop.prolong_s)

    async def _let_lapse(self, shop: ShopId, conversation_id: ConversationId, claimed: Claimed) -> None:
        """A turn that failed leaves the conversation to be tried again a little later."""
        try:
            async with self._workshop.parts.db.transaction(shop) as conn:
                due_at = self._workshop.clock.now() + RETRY_AFTER
                await store.let_lapse(conn, shop, conversation_id, claimed, due_at)
        except Unavailable:
            _log.warning("turn.lease_left_to_expire")
