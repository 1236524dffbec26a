"""A link for photos: where it stands, what a caller is told of it, what its page may know."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from appliance.aftersales.orders.model import Record
from appliance.errors import NotFound
from appliance.ids import ConversationId, ShopId


class LinkGone(NotFound):
    """Never was, was used, has run out, was taken back: whoever asks with it hears the same."""

    code = "photo_link_gone"


class LinkState(StrEnum):
    AWAITING = "awaiting_evidence"
    """The request waits for the pictures."""
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    """What it was for has come to an end without it."""


class TextState(StrEnum):
    """Of the SMS with the link."""

    NONE = "none"
    """The code is read out instead."""
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Link(Record, frozen=True):
    shop_id: ShopId
    link_id: UUID
    conversation_id: ConversationId
    state: LinkState
    text_state: TextState
    evidence: tuple[UUID, ...]
    """Pictures that have come by it."""
    made_at: datetime
    expires_at: datetime


class Way(Record, frozen=True):
    """How a caller gets to the page, in words for the ear."""

    link_id: UUID
    is_new: bool
    by_text: bool
    """An SMS brings the link; the code counts all the same."""
    address: str
    code: str
    valid_min: int


class Page(Record, frozen=True):
    """All that the page is told; of the shop, its name."""

    shop_id: ShopId
    token: str
    """For the calls that follow, where the first was by a code."""
    most: int
    most_bytes: int
    taken: int
    expires_at: datetime


class Terms(Record, frozen=True):
    """By the settings."""

    address: str
    said_as: str
    valid_min: int
    most: int
    calls_back: bool = True
