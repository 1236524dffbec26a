"""What waits in a conversation: a customer's message or a notice, sealed until a turn takes it up."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import Notice
from appliance.conversation import store
from appliance.conversation.model import CustomerMessage
from appliance.conversation.store import Waiting
from security.crypto.subject import SubjectKeys

Inbound = CustomerMessage | Notice

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
    decoder = _notice_decoder if row.kind == NOTICE else _message_decoder
    return Arrived(inbound_id=row.inbound_id, what=decoder.decode(plain), received_at=row.received_at)


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
