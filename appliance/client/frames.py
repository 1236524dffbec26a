"""The frames of the chat WebSocket, as this client reads and writes them."""

from datetime import datetime
from typing import Any

import msgspec

from appliance.conversation.model import Visible


class _Out(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    pass


class Hello(_Out, frozen=True, tag="hello"):
    access_token: str


class Message(_Out, frozen=True, tag="message"):
    id: str
    text: str


class Image(_Out, frozen=True, tag="image"):
    id: str
    evidence_id: str
    caption: str | None = None


class Choice(_Out, frozen=True, tag="choice"):
    id: str
    payload: str


class Typing(_Out, frozen=True, tag="typing"):
    pass


class LeaveQueue(_Out, frozen=True, tag="leave_queue"):
    """Wait for a person no more."""


class Rate(_Out, frozen=True, tag="rate"):
    score: int


class Flush(_Out, frozen=True, tag="flush"):
    """Asks that what was sent is answered now, without waiting for more of a burst."""


ClientFrame = Hello | Message | Image | Choice | Flush | Typing | LeaveQueue | Rate


class ServerFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Any frame of the server. Kinds and fields that this client does not know are passed over."""

    type: str
    id: str | None = None
    event: Visible | None = None
    code: str = ""
    detail: str = ""
    position: int | None = None
    estimate_s: int | None = None
    opens_at: datetime | None = None
    extra: dict[str, Any] = {}
