"""What waits in a conversation: a customer's message or a notice, sealed until a turn takes it up."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import Notice
from appliance.conversation import store
from appliance.conversation.model import Choice, CustomerMessage, Image, Text
from appliance.conversation.store import Waiting
from security.crypto.subject import SubjectKeys

Inbound = CustomerMessage | Notice

M = TypeVar("M", Text, Image, Choice, CustomerMessage)

NOTICE = "notice"

_message_decoder: msgspec.json.Decoder[CustomerMessage] = msgspec.json.Decoder(CustomerMessage)
_notice_decoder = msgspec.json.Decoder(Notice)


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came in, opened."""

    inbound_id: UUID
    what: Inbound
    received_at: datetime


def seal(keys: SubjectKeys, inbound_id: UUID, what: Inbound) -> tuple[str, bytes]:
    """Its kind, and its sealed body."""
    kind = NOTICE if isinstance(what, Notice) else type(what).__name__.lower()
    return kind, keys.seal(*store.INBOUND, inbound_id, msgspec.json.encode(what))


def unseal(keys: SubjectKeys, row: Waiting) -> Arrived:
    plain = keys.open(*store.INBOUND, row.inbound_id, row.sealed)
    what = _notice_decoder.decode(plain) if row.kind == NOTICE else message_of(plain)
    return Arrived(inbound_id=row.inbound_id, what=what, received_at=row.received_at)


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


def with_words(message: M, words: str) -> M:
    match message:
        case Text():
            return msgspec.structs.replace(message, text=words)
        case Image():
            return msgspec.structs.replace(message, caption=words)
    return message


def leading_messages(arrived: Sequence[Arrived]) -> tuple[list[Arrived], list[CustomerMessage]]:
    """The customer's messages before the next notice: they make one turn."""
    leading: list[Arrived] = []
    messages: list[CustomerMessage] = []
    for one in arrived:
        if isinstance(one.what, Notice):
            break
        leading.append(one)
        messages.append(one.what)
    return leading, messages
