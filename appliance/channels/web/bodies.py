"""Bodies of the chat API, with examples that the documentation shows."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from appliance.channels.web.frames import Caption, MessageId, Payload
from appliance.conversation.model import Channel, Visible
from appliance.identity.model import SHOP_ID
from appliance.web.request import Body

ShopName = Annotated[str, Meta(pattern=SHOP_ID, max_length=40, description="The shop's id", examples=["demo"])]
CustomerToken = Annotated[
    str, Meta(max_length=4096, description="Signed by the shop; without it the customer is unknown until verified")
]


class Start(Body, frozen=True):
    shop: ShopName
    channel: Channel = Channel.WEB
    token: CustomerToken | None = None


class EvaluationStart(Body, frozen=True):
    """Evaluation profile only: ``business_now`` is what the conversation's business clock shows."""

    shop: ShopName
    channel: Channel = Channel.WEB
    token: CustomerToken | None = None
    business_now: Annotated[datetime, Meta(tz=True)] | None = None


class TextMessage(Body, frozen=True, tag="text"):
    client_message_id: MessageId
    text: Annotated[str, Meta(description="At most 10,000 characters", examples=["鞋子开胶了，我要退货"])]


class ChoiceMessage(Body, frozen=True, tag="choice"):
    client_message_id: MessageId
    payload: Payload


class ImageMessage(Body, frozen=True, tag="image"):
    client_message_id: MessageId
    evidence_id: UUID


class CaptionedImageMessage(Body, frozen=True, tag="image"):
    """Evaluation profile only: with a caption as a describing model would have written it."""

    client_message_id: MessageId
    evidence_id: UUID
    caption: Caption | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The message is stored; what the bot says to it comes as events."""

    duplicate: bool


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    evidence_id: UUID
    media_type: str
    size_bytes: int
    width: int
    height: int


class Events(msgspec.Struct, frozen=True, kw_only=True):
    events: tuple[Visible, ...]
    next: Annotated[int, Meta(description="To be given as after next time")]


class MoveClock(Body, frozen=True):
    by_s: Annotated[int, Meta(ge=1, le=400 * 86_400)]
