"""Rows of a conversation. Runs inside the caller's transaction; knows nothing of what the words mean."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import class_row, scalar_row

from appliance.conversation.event import EventData
from appliance.conversation.events import CustomerChose, CustomerSaid, CustomerShowed
from appliance.db import Connection, Queries
from appliance.errors import Conflict, NotFound
from appliance.ids import ConversationId, ShopId, SubjectId, uuid7
from security.crypto.subject import SubjectKeys
from security.pii.vault import Kept

SQL = Queries.beside(__file__)

_encode = msgspec.json.Encoder().encode

BODY = ("event_body", "sealed")
INBOUND = ("inbound", "sealed")
STATE = ("conversation", "state")
CUSTOMERS = [CustomerSaid.TYPE, CustomerShowed.TYPE, CustomerChose.TYPE]

SHOWN = "shown"


class LeaseLost(Conflict):
    """Another owner has taken the conversation over; nothing of this turn was kept."""

    code = "lease_lost"


class Retention:
    """Classes of how long words are kept; the register says for how long."""

    TALK = "talk"
    FACTS = "facts"


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation under this turn's lease."""

    lease_owner: UUID | None
    lease_token: int
    subject_id: SubjectId
    customer_id: str | None
    channel: str
    owner: str
    owner_token: int
    """Grows with each change of who has the floor; the turn's commit must carry it."""
    state: bytes
    next_seq: int
    clock_offset: timedelta
    pending: int
    told: str | None = None
    was_received: bool = False
    """This is the answer of ``receive``, which asks the vault too."""
    known_ids: list[UUID] | None = None
    """What the vault holds whole: where, of what type, under which placeholder, sealed."""
    known_types: list[str] | None = None
    known_placeholders: list[str] | None = None
    known_ciphertexts: list[bytes] | None = None
    spoken_at: datetime | None = None
    """When the turn before, under the same lease, let its words be seen. What was said earlier does not answer them."""

    @property
    def known(self) -> list[Kept] | None:
        """None: the vault was not asked."""
        if self.known_ids is None:
            return [] if self.was_received else None
        rows = zip(
            self.known_ids,
            self.known_types or (),
            self.known_placeholders or (),
            self.known_ciphertexts or (),
            strict=True,
        )
        return [
            Kept(
                id=id_,
                subject_id=self.subject_id,
                type=type_,
                placeholder=placeholder,
                identity="",
                is_last_four=False,
                ciphertext=ciphertext,
            )
            for id_, type_, placeholder, ciphertext in rows
        ]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    inbound_id: UUID
    kind: str
    sealed: bytes
    received_at: datetime


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a conversation is."""

    shop_id: ShopId
    subject_id: SubjectId
    customer_id: str | None
    """None: nobody was verified."""
    clock_offset: timedelta


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation under the transaction's lock."""

    channel: str
    owner: str
    state: bytes


class SaidBefore(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the customer; of kind `SHOWN` the last words that he saw."""

    id: UUID
    kind: str
    sealed: bytes
    client_message_id: str | None
    received_at: datetime


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    type: str
    v: int
    turn: UUID | None
    at: datetime
    business_at: datetime
    data: dict[str, Any]
    body_id: UUID | None
    sealed: bytes | None
    subject_id: UUID | None


class NewEvent(msgspec.Struct, kw_only=True):
    """An event on its way into the log. ``body`` is sealed when it is written."""

    data: EventData
    body: bytes | None = None
    retention: str = Retention.TALK


class Due(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    conversation_id: ConversationId


def event_columns(events: Sequence[NewEvent], first_seq: int, keys: SubjectKeys) -> dict[str, Any]:
    """Arrays for ``unnest``: the events and the bodies they refer to."""
    bodies = [(uuid7() if event.body is not None else None, event) for event in events]
    sealed = [(body_id, event) for body_id, event in bodies if body_id is not None]
    return {
        "seqs": list(range(first_seq, first_seq + len(events))),
        "types": [event.data.TYPE for event in events],
        "vs": [event.data.V for event in events],
        "datas": [_encode(event.data).decode() for event in events],
        "event_bodies": [body_id for body_id, _ in bodies],
        "body_ids": [body_id for body_id, _ in sealed],
        "retentions": [event.retention for _, event in sealed],
        "bodies": [keys.seal(*BODY, body_id, event.body or b"") for body_id, event in sealed],
    }


async def insert_conversation(conn: Connection, values: dict[str, Any]) -> None:
    await conn.execute(SQL["insert_conversation"], values)


async def find_subject(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId:
    """NotFound if the shop has no such conversation."""
    cursor = conn.cursor(row_factory=scalar_row)
    found = await (await cursor.execute(SQL["find"], _where(shop, conversation_id))).fetchone()
    if found is None:
        raise NotFound("no such conversation")
    return SubjectId(found)


async def find_floor(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> tuple[str, str]:
    """Its channel, and whether the bot has it or people. NotFound if the shop has no such conversation."""
    found = await (await conn.execute(SQL["find_floor"], _where(shop, conversation_id))).fetchone()
    if found is None:
        raise NotFound("no such conversation")
    return found[0], found[1]


async def find_talk(conn: Connection, conversation_id: ConversationId) -> Talk | None:
    """Whose it is, and which customer was verified in it; in the scope of the system."""
    cursor = conn.cursor(row_factory=class_row(Talk))
    await cursor.execute(SQL["find_talk"], {"conversation_id": conversation_id})
    return await cursor.fetchone()


async def last_words(
    conn: Connection, shop: ShopId, conversations: Sequence[ConversationId]
) -> dict[ConversationId, datetime]:
    """When their customers said, showed or chose something last, there or later elsewhere; nothing of who never did."""
    values = {"shop": shop, "conversations": list(conversations), "types": CUSTOMERS}
    found: list[tuple[ConversationId, datetime]] = await (await conn.execute(SQL["last_words"], values)).fetchall()
    return dict(found)


async def find_everywhere(conn: Connection, conversation_id: ConversationId) -> tuple[ShopId, SubjectId] | None:
    """Whose it is; in the scope of the system."""
    row = await (await conn.execute(SQL["find_everywhere"], {"conversation_id": conversation_id})).fetchone()
    return (ShopId(row[0]), SubjectId(row[1])) if row else None


async def lock(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Standing:
    """Until the transaction ends nobody else writes into the conversation. NotFound if there is none."""
    cursor = conn.cursor(row_factory=class_row(Standing))
    found = await (await cursor.execute(SQL["lock"], _where(shop, conversation_id))).fetchone()
    if found is None:
        raise NotFound("no such conversation")
    return found


async def state_of(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> bytes:
    """Sealed, as the last turn left it. NotFound if there is no such conversation."""
    cursor = conn.cursor(row_factory=scalar_row)
    found = await (await cursor.execute(SQL["state_of"], _where(shop, conversation_id))).fetchone()
    if found is None:
        raise NotFound("no such conversation")
    return bytes(found)


async def awaiting(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> str | None:
    """What it waits for since its last turn; None also where there was none."""
    values = {"shop": shop, "conversation_id": conversation_id}
    row = await (await conn.execute(SQL["awaiting"], values)).fetchone()
    return None if row is None else row[0]


async def said_before(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, since: datetime, most: int
) -> list[SaidBefore]:
    cursor = conn.cursor(row_factory=class_row(SaidBefore))
    values = {**_where(shop, conversation_id), "since": since, "most": most}
    return await (await cursor.execute(SQL["said_before"], values)).fetchall()


async def bodies_since(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, since: datetime
) -> list[StoredEvent]:
    """Events that have a body."""
    cursor = conn.cursor(row_factory=class_row(StoredEvent))
    values = {**_where(shop, conversation_id), "since": since}
    return await (await cursor.execute(SQL["bodies_since"], values)).fetchall()


async def rewrite(conn: Connection, shop: ShopId, table: str, sealed: Mapping[UUID, bytes]) -> None:
    """Other words in the place of those that are there, in rows of ``inbound`` or of bodies."""
    if sealed:
        values = {"shop": shop, "ids": list(sealed), "sealed": list(sealed.values())}
        await conn.execute(SQL[f"rewrite_{table}"], values)


async def rewrite_state(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, state: bytes, event: EventData, now: datetime
) -> int:
    """Says so in the log, of which it returns the next place. Fences off the turn that runs."""
    values = {"state": state, "type": event.TYPE, "v": event.V, "data": _encode(event).decode(), "now": now}
    row = await (await conn.execute(SQL["rewrite_state"], {**_where(shop, conversation_id), **values})).fetchone()
    assert row is not None  # noqa: S101 - the caller holds the conversation's lock
    return int(row[0])


async def begin_anew(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, claimed: Claimed, until: datetime
) -> Claimed | None:
    """The conversation as it stands, if it is still this owner's: words were replaced under its turn. Or None."""
    cursor = conn.cursor(row_factory=class_row(Claimed))
    values = {**_where(shop, conversation_id), "claim": claimed.lease_owner, "until": until}
    again = await (await cursor.execute(SQL["begin_anew"], values)).fetchone()
    return again and msgspec.structs.replace(again, spoken_at=claimed.spoken_at)


async def receive(conn: Connection, values: dict[str, Any]) -> Claimed | None:
    """None: the message was there already."""
    cursor = conn.cursor(row_factory=class_row(Claimed))
    return await (await cursor.execute(SQL["receive"], values)).fetchone()


async def claim(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, claim_id: UUID, now: datetime, until: datetime
) -> Claimed | None:
    """None: nothing is due, or somebody owns it."""
    cursor = conn.cursor(row_factory=class_row(Claimed))
    values = {**_where(shop, conversation_id), "claim": claim_id, "now": now, "until": until}
    return await (await cursor.execute(SQL["claim"], values)).fetchone()


async def waiting(conn: Connection, shop: ShopId, conversation_id: ConversationId) -> list[Waiting]:
    """What no turn has taken yet, in the order of arrival."""
    cursor = conn.cursor(row_factory=class_row(Waiting))
    return await (await cursor.execute(SQL["waiting"], _where(shop, conversation_id))).fetchall()


async def commit_turn(conn: Connection, values: dict[str, Any]) -> int:
    """How many messages wait still. LeaseLost if the turn does not own the conversation any more."""
    row = await (await conn.execute(SQL["commit_turn"], values)).fetchone()
    if row is None:
        raise LeaseLost("another owner has taken this conversation over")
    return int(row[0])


async def check_floor(conn: Connection, shop: ShopId, conversation_id: ConversationId, claimed: Claimed) -> None:
    """LeaseLost if somebody else has the floor by now. Holds as long as the caller has the lock of the desk."""
    cursor = conn.cursor(row_factory=scalar_row)
    token = await (await cursor.execute(SQL["owner_token"], _where(shop, conversation_id))).fetchone()
    if token != claimed.owner_token:
        raise LeaseLost("people have taken this conversation over")


async def prolong(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, claimed: Claimed, until: datetime
) -> bool:
    """False: the lease was lost."""
    lease = {"token": claimed.lease_token, "claim": claimed.lease_owner, "until": until}
    done = await conn.execute(SQL["prolong"], {**_where(shop, conversation_id), **lease})
    return done.rowcount == 1


async def let_lapse(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, claimed: Claimed, due_at: datetime
) -> None:
    lease = {"token": claimed.lease_token, "claim": claimed.lease_owner, "due_at": due_at}
    await conn.execute(SQL["let_lapse"], {**_where(shop, conversation_id), **lease})


async def events(
    conn: Connection,
    shop: ShopId,
    conversation_id: ConversationId,
    after: int,
    types: Sequence[str] | None = None,
) -> list[StoredEvent]:
    cursor = conn.cursor(row_factory=class_row(StoredEvent))
    values = {**_where(shop, conversation_id), "after": after, "types": list(types) if types else None}
    return await (await cursor.execute(SQL["events"], values)).fetchall()


async def last_events(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, types: Sequence[str], limit: int
) -> list[StoredEvent]:
    """The last of these types whose bodies are kept, oldest first."""
    cursor = conn.cursor(row_factory=class_row(StoredEvent))
    values = {**_where(shop, conversation_id), "types": list(types), "limit": limit}
    return (await (await cursor.execute(SQL["last_events"], values)).fetchall())[::-1]


async def due(conn: Connection, now: datetime, limit: int) -> list[Due]:
    cursor = conn.cursor(row_factory=class_row(Due))
    return await (await cursor.execute(SQL["due"], {"now": now, "limit": limit})).fetchall()


async def move_clock(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, by: timedelta, now: datetime
) -> bool:
    """True: a timer has become due. NotFound if there is no such conversation."""
    row = await (
        await conn.execute(SQL["move_clock"], {**_where(shop, conversation_id), "by": by, "now": now})
    ).fetchone()
    if row is None:
        raise NotFound("no such conversation")
    return bool(row[0])


def _where(shop: ShopId, conversation_id: ConversationId) -> dict[str, Any]:
    return {"shop": shop, "conversation_id": conversation_id}
