"""A picture and where it belongs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.errors import InvalidInput
from appliance.ids import ConversationId, ShopId, SubjectId


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that were found to be a picture."""

    media_type: MediaType
    width: int
    height: int
    content: bytes

    def __repr__(self) -> str:
        return f"Picture({self.media_type}, {self.width}x{self.height}, {len(self.content)} bytes)"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a kept picture without opening it."""

    shop_id: ShopId
    evidence_id: UUID
    conversation_id: ConversationId
    subject_id: SubjectId
    media_type: MediaType
    size_bytes: int
    width: int
    height: int
    sha256: bytes
    received_at: datetime


class NotAnImage(InvalidInput):
    code = "not_an_image"


class ImageNotSupported(InvalidInput):
    """A picture, but of a kind that cannot be checked and shown everywhere."""

    code = "image_not_supported"
