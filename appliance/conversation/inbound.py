"""What waits in a conversation: a customer's message or a notice, sealed until a turn takes it up."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import Notice
from appliance.aftersales.work.model import WorkNews
from appliance.conversation import store
from appliance.conversation.model import Choice, CustomerMessage, Image, Text
from appliance.conversation.store import Waiting
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId, uuid7
from security.crypto.subject import SubjectKeys


class ToPeople(msgspec.Struct, frozen=True):
    """The line of a call went to people, and the dialogue had not handed over: it does so now."""


News = Notice | WorkNews | ToPeople
"""What starts a turn of the system's own."""
Inbound = CustomerMessage | News

M = TypeVar("M", Text, Image, Choice, CustomerMessage)

NOTICE = "notice"
WORK_NEWS = "work_news"
TO_PEOPLE = "to_people"

_message_decoder: msgspec.json.Decoder[CustomerMessage] = msgspec.json.Decoder(CustomerMessage)
_notice_decoder = msgspec.json.Decoder(Notice)
_news_decoder = msgspec.json.Decoder(WorkNews)


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came in, opened."""

    inbound_id: UUID
    what: Inbound
    received_at: datetime


def seal(keys: SubjectKeys, inbound_id: UUID, what: Inbound) -> tuple[str, bytes]:
    """Its kind, and its sealed body."""
    return kind_of(what), keys.seal(*store.INBOUND, inbound_id, msgspec.json.encode(what))


async def leave(
    conn: Connection,
    shop: ShopId,
    conversation_id: ConversationId,
    keys: SubjectKeys,
    news: News,
    now: datetime,
    *,
    claim: UUID | None = None,
    until: datetime | None = None,
) -> store.Claimed | None:
    """News in a conversation, for the next turn. With ``claim``: for one of the caller's own, if none is under way."""
    inbound_id = uuid7()
    kind, sealed = seal(keys, inbound_id, news)
    values = {
        "shop": shop,
        "conversation_id": conversation_id,
        "inbound_id": inbound_id,
        "client_message_id": None,
        "kind": kind,
        "sealed": sealed,
        "now": now,
        "claim": claim,
        "until": until,
    }
    return await store.receive(conn, values)


def unseal(keys: SubjectKeys, row: Waiting) -> Arrived:
    plain = keys.open(*store.INBOUND, row.inbound_id, row.sealed)
    return Arrived(inbound_id=row.inbound_id, what=_what(row.kind, plain), received_at=row.received_at)


def kind_of(what: Inbound) -> str:
    match what:
        case Notice():
            return NOTICE
        case WorkNews():
            return WORK_NEWS
        case ToPeople():
            return TO_PEOPLE
        case _:
            return type(what).__name__.lower()


def _what(kind: str, plain: bytes) -> Inbound:
    match kind:
        case "notice":
            return _notice_decoder.decode(plain)
        case "work_news":
            return _news_decoder.decode(plain)
        case "to_people":
            return ToPeople()
        case _:
            return message_of(plain)


def message_of(plain: bytes) -> CustomerMessage:
    return _message_decoder.decode(plain)


def words_in(message: CustomerMessage) -> str:
    """What the customer said himself: text, or a picture's caption."""
    match message:
        case Text(text=text):
            return text
        case Image(caption=str(caption)):
            return caption
    return ""


def others_in(message: CustomerMessage) -> tuple[str, ...]:
    """What else a caller may have said."""
    return message.alternatives if isinstance(message, Text) else ()


def with_words(message: M, words: str, others: tuple[str, ...] = ()) -> M:
    """``others`` are left out where the words are masked later: nobody needs them any more."""
    match message:
        case Text():
            return msgspec.structs.replace(message, text=words, alternatives=others)
        case Image():
            return msgspec.structs.replace(message, caption=words)
    return message


def each_changed(message: M, change: Callable[[str], str]) -> M:
    """Its words, and what else may have been said, as ``change`` makes them."""
    words = words_in(message)
    return with_words(message, change(words), tuple(map(change, others_in(message)))) if words else message


def leading_messages(arrived: Sequence[Arrived]) -> tuple[list[Arrived], list[CustomerMessage]]:
    """The customer's messages before the next notice: they make one turn."""
    leading: list[Arrived] = []
    messages: list[CustomerMessage] = []
    for one in arrived:
        if isinstance(one.what, News):
            break
        leading.append(one)
        messages.append(one.what)
    return leading, messages
