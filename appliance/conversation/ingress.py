"""A customer's message on its way in: fenced, then masked by all that is known, before any of it is kept.

What was asked, what was said just before, which of the customer's own values are known: most messages need none of it
and cost nothing here. What only the kept row can tell is looked at behind it, in the same transaction.
"""

import time
from datetime import datetime
from typing import NamedTuple

import msgspec

from appliance.conversation import inbound, prior, store
from appliance.conversation.inbound import Arrived, words_in
from appliance.conversation.kept_words import SpokenWords
from appliance.conversation.model import MOST_ALTERNATIVES, Choice, CustomerMessage, Text
from appliance.conversation.ports import Audit, Masking
from appliance.conversation.store import Claimed
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys
from security.pii.alone import may_be_secret
from security.pii.asked import ONLY_OTHERS
from security.pii.misheard import explains
from security.pii.retrospect import may_go_on
from security.untrusted import fenced


class Taken(NamedTuple):
    message: CustomerMessage
    was_examined: bool
    next_seq: int | None = None
    """Of the log, where earlier messages were changed by this one."""


class Ingress:
    def __init__(self, masking: Masking, audit: Audit) -> None:
        self._masking = masking
        self._audit = audit

    async def take(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        message: CustomerMessage,
        now: datetime,
    ) -> Taken:
        """As it may be kept, by what its own words tell."""
        began = time.perf_counter_ns()
        taken = await self._take(conn, shop, conversation_id, keys, _fenced(message), now)
        if not isinstance(taken.message, Text):
            return taken
        took_us = (time.perf_counter_ns() - began) // 1000
        return taken._replace(message=msgspec.structs.replace(taken.message, masked_us=took_us))

    async def _take(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        message: CustomerMessage,
        now: datetime,
    ) -> Taken:
        words, others = words_in(message), inbound.others_in(message)
        if not any(map(self._needs_more, (words, *others))):
            return Taken(message, was_examined=not words)
        standing = await store.lock(conn, shop, conversation_id)
        kept = SpokenWords(shop, conversation_id, keys, standing, self._audit, now, message.client_message_id)
        shown = await kept.read(conn)
        expected, own = prior.of(keys.open(*store.STATE, conversation_id, standing.state), shown)

        async def masked(text: str, kept: SpokenWords | None = None) -> str:
            return await self._masking.take_in(
                conn,
                shop,
                conversation_id,
                keys,
                text,
                expected=expected,
                channel=standing.channel,
                own=own,
                kept=kept,
            )

        text = await masked(words, kept)
        message = inbound.with_words(message, text, tuple([await masked(other) for other in others]))
        return Taken(message, was_examined=True, next_seq=kept.next_seq)

    async def look_again(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        taken: Taken,
        arrived: Arrived,
        claimed: Claimed,
    ) -> Arrived:
        """What the conversation's row told when the message was kept: what was asked for, whom the vault knows."""
        message = taken.message
        if not taken.was_examined:
            expected, own = prior.of(keys.open(*store.STATE, conversation_id, claimed.state))
            if not expected <= ONLY_OTHERS:
                masked_words = [
                    await self._masking.take_in(
                        conn, shop, conversation_id, keys, each, expected=expected, channel=claimed.channel, own=own
                    )
                    for each in (words_in(message), *inbound.others_in(message))
                ]
                message = inbound.with_words(message, masked_words[0], tuple(masked_words[1:]))
        if known := claimed.known:
            message = inbound.each_changed(
                message, lambda words: self._masking.with_known(keys, known, words, channel=claimed.channel)
            )
        if message == taken.message:
            return arrived
        masked = msgspec.structs.replace(arrived, what=message)
        _, sealed = inbound.seal(keys, arrived.inbound_id, masked.what)
        await store.rewrite(conn, shop, "inbound", {arrived.inbound_id: sealed})
        return masked

    def _needs_more(self, words: str) -> bool:
        if not words:
            return False
        return self._masking.may_hold(words) or may_go_on(words) or explains(words) or may_be_secret(words)


def _fenced(message: CustomerMessage) -> CustomerMessage:
    if isinstance(message, Choice):
        return msgspec.structs.replace(message, payload=fenced(message.payload))
    if isinstance(message, Text):
        message = msgspec.structs.replace(message, alternatives=message.alternatives[:MOST_ALTERNATIVES])
    return inbound.each_changed(message, fenced)
