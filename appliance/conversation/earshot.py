"""What a caller has heard of what was said on the phone, and what becomes of a receipt that he has not.

The channel tells it by whole sentences. A receipt that nobody heard before the line ended, or went to people whom the
dialogue had told nothing, is told otherwise: by the guide that he gets anyhow, or by a person, who gets a work order to
call him back. Never commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.messages.store import is_on_its_way
from appliance.aftersales.work.model import WorkOrderKind
from appliance.conversation import store
from appliance.conversation.call_events import BotHeard, CallEnded, ReceiptUnheard
from appliance.conversation.event import EventData
from appliance.conversation.events import BotSaid
from appliance.conversation.model import Form, HeardOf
from appliance.conversation.store import SQL, NewEvent
from appliance.conversation.telephone import HeardSoFar
from appliance.conversation.visible import form_of
from appliance.db import Connection, Database
from appliance.dialogue.state import State
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys

REASON: Final = "receipt_unheard"
"""Why somebody is to be called back."""
HUNG_UP: Final = "hang_up"
BROKEN: Final = "broken"
"""The process that held the call is gone."""
WRITING: Final = "writing"
"""A call of a page, that goes on there."""
_TRANSFER: Final = "transfer"
_NOBODY_LISTENS: Final = (HUNG_UP, BROKEN)
_OF_MESSAGE: Final = "receipt.leave_message"
"""Whoever leaves a message is called back anyhow."""

_BACK_TO_A_QUOTE: Final = 12
"""A quote that waits for its yes is among so many of the last things that were said."""

_state_decoder = msgspec.json.Decoder(State)


class SaidAloud(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the bot said, with the account of it, if there is one yet."""

    seq: int
    key: str
    receipt: str | None
    sentences: int | None
    of: int | None
    is_told: bool
    """That it was not heard, a person knows already."""

    @property
    def was_cut(self) -> bool:
        return self.sentences is not None and self.of is not None and self.sentences < self.of

    @property
    def is_quote(self) -> bool:
        return form_of(BotSaid(key=self.key)) is Form.QUOTE

    @property
    def is_lost(self) -> bool:
        """A receipt that was not heard to its end."""
        was_heard = self.sentences is not None and not self.was_cut
        return is_receipt(BotSaid(key=self.key, receipt=self.receipt)) and not was_heard and not self.is_told


def is_receipt(said: BotSaid) -> bool:
    return form_of(said) is Form.RECEIPT and said.key != _OF_MESSAGE


class Turned(Protocol):
    """The part of ``performer.Performer`` that is needed here."""

    conversation_id: ConversationId
    events: list[NewEvent]

    @property
    def shop(self) -> ShopId: ...

    def note(self, data: EventData) -> None: ...


class Earshot:
    def __init__(self, db: Database, cases: CaseService) -> None:
        self._db = db
        self._cases = cases

    async def of_last_turn(self, shop: ShopId, conversation_id: ConversationId, state: State) -> HeardSoFar:
        """Nothing where the log has other words than the state: people have had the floor since."""
        if not state.is_call or not state.said:
            return HeardSoFar()
        async with self._db.transaction(shop) as conn:
            said = await _said_aloud(conn, shop, conversation_id, last=max(len(state.said), _BACK_TO_A_QUOTE))
        last = said[-len(state.said) :]
        if [each.key for each in last] != [each.key for each in state.said]:
            return HeardSoFar()
        quote = next((each for each in reversed(said) if each.is_quote), None)
        return HeardSoFar(
            cut=tuple(place for place, each in enumerate(last) if each.was_cut),
            is_quote_cut=any(each.was_cut and each.is_quote for each in last),
            is_quote_untold=quote is not None and (quote.sentences is None or quote.was_cut),
        )

    async def note(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        accounts: Sequence[HeardOf],
        now: datetime,
        ended: str | None = None,
    ) -> bool:
        """There is something to note. ``ended``: how the call was left. True: people have the line, and are still to
        be handed the conversation.

        Of what is no reply of the bot's (the notice, an agent's words) nothing is noted.
        """
        standing = await store.lock(conn, shop, conversation_id)
        is_unasked = ended == _TRANSFER and standing.owner == "bot"
        since = 0 if ended else min(each.said_seq for each in accounts)
        said = {each.seq: each for each in await _said_aloud(conn, shop, conversation_id, since=since)}
        events: list[EventData] = [_account(said[each.said_seq], each) for each in accounts if each.said_seq in said]
        if ended is not None:
            events.append(CallEnded(how=ended, is_unasked=is_unasked))
        if ended in _NOBODY_LISTENS or is_unasked:
            heard = {each.said_seq for each in accounts if each.sentences == each.of}
            lost = [each for each in said.values() if each.is_lost and each.seq not in heard]
            caller = _caller(keys, conversation_id, standing.state) if lost else None
            for each in lost:
                told = await self._tell(conn, shop, conversation_id, each.seq, each.receipt or "", caller)
                events.append(told)
        if events:
            values = {
                "shop": shop,
                "conversation_id": conversation_id,
                "count": len(events),
                "now": now,
                "owner": None,
                "agent_id": None,
                "token": None,
                **store.event_columns([NewEvent(data=each) for each in events], 0, keys),
            }
            await conn.execute(SQL["append_events"], values)
        return is_unasked

    async def told_to_nobody(self, conn: Connection, turn: Turned, state: State, first_seq: int) -> None:
        """A receipt that comes when the caller has hung up. Nobody else writes into the conversation after this."""
        said = ((seq, event.data) for seq, event in enumerate(turn.events, first_seq))
        lost = [(seq, each) for seq, each in said if isinstance(each, BotSaid) and is_receipt(each)]
        if not state.is_call or not lost:
            return
        shop, conversation_id = turn.shop, turn.conversation_id
        await store.lock(conn, shop, conversation_id)
        where = {"shop": shop, "conversation_id": conversation_id, "how": list(_NOBODY_LISTENS)}
        if await (await conn.execute(SQL["has_hung_up"], where)).fetchone() is None:
            return
        for seq, each in lost:
            caller = state.identity.caller
            turn.note(await self._tell(conn, shop, conversation_id, seq, each.receipt or "", caller))

    async def _tell(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        said_seq: int,
        receipt: str,
        caller: str | None,
    ) -> ReceiptUnheard:
        """To a person, unless a message to the customer says the same. ``caller``: a placeholder of his number."""
        if await is_on_its_way(conn, shop, receipt):
            return ReceiptUnheard(said_seq=said_seq, receipt=receipt)
        summary: dict[str, Any] = {"reason": REASON, "case": receipt}
        if caller is not None:
            summary["phone"] = caller
        made: UUID = await self._cases.open_work_order(
            conn, shop=shop, kind=WorkOrderKind.CALL_BACK, conversation_id=conversation_id, summary=summary
        )
        return ReceiptUnheard(said_seq=said_seq, receipt=receipt, work_order_id=made)


async def _said_aloud(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, *, since: int = 0, last: int | None = None
) -> list[SaidAloud]:
    """What the bot said from that place on, oldest first; ``last``: so much of it."""
    cursor = conn.cursor(row_factory=class_row(SaidAloud))
    values = {"shop": shop, "conversation_id": conversation_id, "since": since, "limit": last}
    return (await (await cursor.execute(SQL["said_aloud"], values)).fetchall())[::-1]


def _account(said: SaidAloud, heard: HeardOf) -> BotHeard:
    return BotHeard(
        said_seq=said.seq,
        key=said.key,
        sentences=heard.sentences,
        of=heard.of,
        from_ms=heard.from_ms,
        until_ms=heard.until_ms,
    )


def _caller(keys: SubjectKeys, conversation_id: ConversationId, state: bytes) -> str | None:
    return _state_decoder.decode(keys.open(*store.STATE, conversation_id, state)).identity.caller
