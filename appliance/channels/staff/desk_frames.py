"""The frames of the desk's WebSocket (docs/asyncapi-desk.yaml). What is not exactly one of these is refused."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from appliance.conversation.model import TraceEvent
from appliance.desk.model import Group, Mine, Presence, Seat, Talk, Waiting
from appliance.ids import ConversationId
from appliance.web.decoding import decoder_for

_ID: Final = r"^[A-Za-z0-9._:-]{1,64}$(?!\n)"
MessageId = Annotated[str, Meta(pattern=_ID, description="Unique among your own")]


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class BeThere(_In, frozen=True, tag="presence"):
    presence: Presence


class Say(_In, frozen=True, tag="message"):
    id: MessageId
    conversation_id: UUID
    token: Annotated[int, Meta(ge=0)]
    text: Annotated[str, Meta(min_length=1, max_length=4000)]

    def __repr__(self) -> str:
        return "Say()"


class Typing(_In, frozen=True, tag="typing"):
    conversation_id: UUID


class Watch(_In, frozen=True, tag="watch"):
    """Look into a conversation of somebody else, or of the bot, after that place in its log."""

    conversation_id: UUID
    after: Annotated[int, Meta(ge=0)] = 0


class Unwatch(_In, frozen=True, tag="unwatch"):
    conversation_id: UUID


class ShowLive(_In, frozen=True, tag="live"):
    """Whether you want to be told which conversations of the shop live."""

    is_wanted: bool


class Ping(_In, frozen=True, tag="ping"):
    """The sign of life: send one every 10 seconds."""


class _Out(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Welcome(_Out, frozen=True, tag="welcome"):
    staff_id: UUID
    seat: Seat | None
    """None: a supervisor has given none; you can only look."""


class Assigned(_Out, frozen=True, tag="assigned"):
    """It is yours: its events follow, and everything that you do in it needs the token."""

    conversation: Mine


class Released(_Out, frozen=True, tag="released"):
    """Not yours any more."""

    conversation_id: ConversationId


class Event(_Out, frozen=True, tag="event"):
    conversation_id: ConversationId
    event: TraceEvent


class Queue(_Out, frozen=True, tag="queue"):
    """How the shop's queues stand, who is there, who waits."""

    groups: tuple[Group, ...]
    seats: tuple[Seat, ...]
    waiting: tuple[Waiting, ...]


class Live(_Out, frozen=True, tag="live"):
    """Which conversations live: those that moved since it was told last, and those that live no more."""

    moved: tuple[Talk, ...]
    gone: tuple[ConversationId, ...]


class CustomerTypes(_Out, frozen=True, tag="typing"):
    conversation_id: ConversationId


class WorkMoved(_Out, frozen=True, tag="work"):
    """Something else than your own hand has changed a work order of yours: it came, goes on, is late: read it."""

    work_order_id: UUID


class Ack(_Out, frozen=True, tag="ack"):
    id: str
    seq: int
    duplicate: bool


class Error(_Out, frozen=True, tag="error"):
    code: str
    detail: str
    status: int
    retryable: bool
    id: str | None


class Pong(_Out, frozen=True, tag="pong"):
    at: datetime
    is_there: bool
    """False: you count as offline, and are given nothing."""


class _Named(msgspec.Struct, frozen=True):
    id: MessageId | None = None


ClientFrame = BeThere | Say | Typing | Watch | Unwatch | ShowLive | Ping
ServerFrame = Welcome | Assigned | Released | Event | Queue | Live | CustomerTypes | WorkMoved | Ack | Error | Pong

FRAMES: Final["msgspec.json.Decoder[ClientFrame]"] = decoder_for(ClientFrame)

_encoder = msgspec.json.Encoder()
_named = msgspec.json.Decoder(_Named)


def encode(frame: ServerFrame) -> str:
    return _encoder.encode(frame).decode()


def id_in(raw: str) -> str | None:
    """The id of a frame that was refused, if one can be read."""
    try:
        return _named.decode(raw).id
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
