"""A customer's last messages, wherever their words lie: what waits, bodies of the log, the state, quotes, operations.

``security.pii.retrospect.KeptWords``. Works under the conversation's lock, so no turn commits in between; a turn that
runs meanwhile read the old words, and is fenced off.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from appliance.aftersales.cases.retouch import replace_words
from appliance.conversation import audit_words, inbound, store, visible
from appliance.conversation.bodies import Plain, pack, text_of
from appliance.conversation.events import (
    BotSaid,
    CommandsUnderstood,
    CustomerSaid,
    CustomerShowed,
    DecisionMade,
    HandoffMade,
    KnowledgeSearched,
    QuoteFell,
    WordsMasked,
)
from appliance.conversation.model import CustomerMessage
from appliance.conversation.ports import Audit
from appliance.conversation.store import SHOWN, SaidBefore, Standing, StoredEvent
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys
from security.pii.parts import Parts
from security.pii.retrospect import MOST_MESSAGES, WITHIN_S, Kept, Replaced

_SAID: Final = frozenset({CustomerSaid.TYPE, CustomerShowed.TYPE})
_HEARD: Final = frozenset({CommandsUnderstood.TYPE, KnowledgeSearched.TYPE})
"""Made of the customer's words."""
_OURS: Final = frozenset({BotSaid.TYPE, HandoffMade.TYPE, DecisionMade.TYPE, QuoteFell.TYPE})
"""May repeat a value that he gave."""
_THEIRS: Final = "orders"
"""Of the state, what the order system said."""


class SpokenWords:
    def __init__(
        self,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        standing: Standing,
        audit: Audit,
        now: datetime,
        client_message_id: str,
    ) -> None:
        """``client_message_id``: of the message that has just come in; a repeat of it completes nothing."""
        self._shop = shop
        self._conversation_id = conversation_id
        self._keys = keys
        self._standing = standing
        self._audit = audit
        self._now = now
        self._client_message_id = client_message_id
        self._before: list[SaidBefore] = []
        self.next_seq: int | None = None
        """Of the log, once something was replaced."""

    async def read(self, conn: Connection) -> str:
        """Once, before the rest. Returns the last words that the customer was shown."""
        since = self._now - timedelta(seconds=WITHIN_S)
        rows = await store.said_before(conn, self._shop, self._conversation_id, since, MOST_MESSAGES)
        self._before = sorted((row for row in rows if row.kind != SHOWN), key=lambda row: row.id)
        shown = next((row for row in rows if row.kind == SHOWN), None)
        return text_of(self._keys.open(*store.BODY, shown.id, shown.sealed)) if shown else ""

    async def recent(self, conn: Connection) -> Sequence[Kept]:  # noqa: ARG002 - was read with the question
        if any(row.client_message_id == self._client_message_id for row in self._before):
            return []
        words = [(row.id, inbound.words_in(self._message(row))) for row in self._before]
        return [Kept(id_, text) for id_, text in words if text]

    async def replace(self, conn: Connection, replaced: Sequence[Replaced]) -> None:
        rows = {row.id: row for row in self._before}
        await self._replace_messages(conn, rows, replaced)
        parts = Parts(part for each in replaced for part in each.parts)
        changed = {rows[each.id].client_message_id: each.text for each in replaced}
        await self._replace_bodies(conn, parts, changed, min(rows[each.id].received_at for each in replaced))
        types = sorted(frozenset[str]().union(*(each.types for each in replaced)))
        self.next_seq = await store.rewrite_state(
            conn,
            self._shop,
            self._conversation_id,
            self._state_with(parts),
            WordsMasked(types=tuple(types), messages=len(replaced)),
            self._now,
        )
        await replace_words(conn, self._shop, self._conversation_id, parts.replaced_in, self._now)
        note = audit_words.words_masked(self._shop, self._conversation_id, types, len(replaced))
        await self._audit.append(conn, [note])

    async def _replace_messages(
        self, conn: Connection, rows: Mapping[UUID, SaidBefore], replaced: Sequence[Replaced]
    ) -> None:
        sealed = {}
        for each in replaced:
            message = inbound.with_words(self._message(rows[each.id]), each.text)
            _, sealed[each.id] = inbound.seal(self._keys, each.id, message)
        await store.rewrite(conn, self._shop, "inbound", sealed)

    async def _replace_bodies(
        self, conn: Connection, parts: Parts, changed: Mapping[str | None, str], since: datetime
    ) -> None:
        sealed = {}
        for event in await store.bodies_since(conn, self._shop, self._conversation_id, since):
            before = visible.opened(self._keys, event)
            if event.body_id is None or before is None:
                continue
            after = _body_with(parts, changed, event, before)
            if after != before:
                sealed[event.body_id] = self._keys.seal(*store.BODY, event.body_id, after)
        await store.rewrite(conn, self._shop, "bodies", sealed)

    def _state_with(self, parts: Parts) -> bytes:
        state = msgspec.json.decode(self._keys.open(*store.STATE, self._conversation_id, self._standing.state))
        replaced = {name: value if name == _THEIRS else parts.replaced_in(value) for name, value in state.items()}
        return self._keys.seal(*store.STATE, self._conversation_id, msgspec.json.encode(replaced))

    def _message(self, row: SaidBefore) -> CustomerMessage:
        return inbound.message_of(self._keys.open(*store.INBOUND, row.id, row.sealed))


def _body_with(parts: Parts, changed: Mapping[str | None, str], event: StoredEvent, body: bytes) -> bytes:
    if event.type in _SAID:
        text = changed.get(event.data["client_message_id"])
        return body if text is None else pack(Plain(text=text))
    if event.type not in _HEARD | _OURS:
        return body
    tree: Any = msgspec.json.decode(body)
    replaced = parts.replaced_in(tree, is_own=event.type in _HEARD)
    return body if replaced == tree else pack(replaced)
