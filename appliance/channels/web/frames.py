"""The frames of the chat WebSocket (docs/asyncapi.yaml). Anything that is not exactly one of these is refused."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from appliance.conversation.model import Visible
from appliance.ids import ConversationId
from appliance.web.decoding import decoder_for
from appliance.web.problems import FieldProblem

# Python's $ also matches before a last line feed, hence the end of the pattern; other dialects do not mind it.
_ID: Final = r"^[A-Za-z0-9._:-]{1,64}$(?!\n)"
MessageId = Annotated[str, Meta(pattern=_ID, description="Unique within the conversation")]
Payload = Annotated[str, Meta(min_length=1, max_length=1000)]
Caption = Annotated[str, Meta(max_length=2000)]


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class Hello(_In, frozen=True, tag="hello"):
    """The first frame, unless the token came as a subprotocol."""

    access_token: str


class Message(_In, frozen=True, tag="message"):
    id: MessageId
    text: str


class Choice(_In, frozen=True, tag="choice"):
    id: MessageId
    payload: Payload


class Image(_In, frozen=True, tag="image"):
    id: MessageId
    evidence_id: UUID


class CaptionedImage(_In, frozen=True, tag="image"):
    """Evaluation profile only: a caption as a describing model would have written it."""

    id: MessageId
    evidence_id: UUID
    caption: Caption | None = None


class Flush(_In, frozen=True, tag="flush"):
    pass


class Typing(_In, frozen=True, tag="typing"):
    """The customer is writing; at most every few seconds."""


class LeaveQueue(_In, frozen=True, tag="leave_queue"):
    """Wait for a person no more: the bot goes on."""


class Rate(_In, frozen=True, tag="rate"):
    """Of the service of people that ended last."""

    score: Annotated[int, Meta(ge=1, le=5)]


class Ping(_In, frozen=True, tag="ping"):
    pass


class _Out(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    pass


class Welcome(_Out, frozen=True, tag="welcome"):
    """The token was good; events follow."""

    conversation_id: ConversationId
    expires_at: datetime


class Event(_Out, frozen=True, tag="event"):
    event: Visible


class Ack(_Out, frozen=True, tag="ack", omit_defaults=False):
    """The message is stored. It may be answered already, or later."""

    id: str
    duplicate: bool


class Error(_Out, frozen=True, tag="error"):
    """``id``: of the refused message, if it had one. Nothing of it was stored."""

    code: str
    detail: str
    status: int
    id: str | None = None
    retryable: bool = False
    errors: tuple[FieldProblem, ...] = ()


class Queue(_Out, frozen=True, tag="queue", omit_defaults=False):
    """Where the customer stands who waits for a person; sent whenever it changes."""

    position: int | None
    """1 is next; None: nobody is there before ``opens_at``."""
    estimate_s: int | None
    """In whole minutes; None: nobody knows, because nobody is there."""
    opens_at: datetime | None


class Types(_Out, frozen=True, tag="typing"):
    """An agent is writing."""


class Pong(_Out, frozen=True, tag="pong"):
    pass


class Beat(_Out, frozen=True, tag="ping"):
    """Sent when nothing else was for a while, so that a page notices a dead line."""


class _Named(msgspec.Struct, frozen=True):
    id: MessageId | None = None


ClientFrame = Hello | Message | Choice | Image | Flush | Typing | LeaveQueue | Rate | Ping
EvaluationFrame = Hello | Message | Choice | CaptionedImage | Flush | Typing | LeaveQueue | Rate | Ping
AnyClientFrame = ClientFrame | CaptionedImage
ServerFrame = Welcome | Event | Ack | Queue | Types | Error | Pong | Beat

FRAMES: Final["msgspec.json.Decoder[AnyClientFrame]"] = decoder_for(ClientFrame)
EVALUATION_FRAMES: Final["msgspec.json.Decoder[AnyClientFrame]"] = decoder_for(EvaluationFrame)

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
