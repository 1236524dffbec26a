"""What stands in bodies: words as shown, and facts as read. JSON, sealed by the store."""

from typing import Any

import msgspec

from appliance.conversation.model import Card, QuickReply

_encode = msgspec.json.Encoder().encode


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Words of the bot as the customer saw them."""

    text: str
    quick_replies: tuple[QuickReply, ...] = ()
    cards: tuple[Card, ...] = ()
    own: dict[str, str] = {}
    """Parts of the text that stand for a value of the customer's own, with its placeholder: he alone sees it whole."""


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    text: str


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a conversation began."""

    text: str
    caller: str | None = None
    """A placeholder of the number that the call came from."""


def pack(body: Any) -> bytes:
    return _encode(body)


def text_of(body: bytes) -> str:
    """The words in a body, whatever else stands in it; facts come as their JSON."""
    found = msgspec.json.decode(body)
    if isinstance(found, dict) and isinstance(found.get("text"), str):
        return str(found["text"])
    return body.decode()
