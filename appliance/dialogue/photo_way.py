"""How a caller gets a picture to us: what the engine asks for, and what it is told. An effect and its result."""

import msgspec


class OfferPhotoLink(msgspec.Struct, frozen=True, kw_only=True):
    """A caller is to send a picture from his phone's browser. → PhotoWay, or None where no such thing is set up."""


class PhotoWay(msgspec.Struct, frozen=True, kw_only=True):
    """How he gets there, in words for the ear."""

    by_text: bool
    """An SMS is on its way to the account's number."""
    address: str
    code: str
    valid_min: int
