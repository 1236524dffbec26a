"""The token that a conversation's own customer holds: made when it starts, needed for everything after.

It names shop, conversation and expiry, and carries a MAC under a key that only this appliance's root can derive.
Its alphabet fits a header, a JSON string and a WebSocket subprotocol.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from appliance.clock import Clock
from appliance.identity.errors import TokenExpired, TokenNotValid
from appliance.identity.model import ConversationAccess
from appliance.ids import ConversationId, ShopId

LIFE: Final = timedelta(hours=24)
OFFERED_AS: Final = "access."
"""A page cannot set headers on a WebSocket: it offers a subprotocol that begins so, and goes on with the token."""

_VERSION: Final = b"\x01"
_MAC_BYTES: Final = 32
_FIXED_BYTES: Final = 1 + 16 + 8
_LONGEST: Final = 256


def offered_in(subprotocols: Iterable[str]) -> str:
    """The token that a page offers; empty if it offers none."""
    found = (each.removeprefix(OFFERED_AS) for each in subprotocols if each.startswith(OFFERED_AS))
    return next(found, "")


class Root(Protocol):
    """The part of ``security.crypto.root.RootKey`` that is needed here."""

    def mac(self, message: bytes) -> bytes: ...


class AccessTokens:
    def __init__(self, root: Root, clock: Clock, life: timedelta = LIFE) -> None:
        self._key = root.mac(b"appliance/conversation-access/v1")
        self._clock = clock
        self._life = life

    def issue(self, shop: ShopId, conversation: ConversationId) -> tuple[str, datetime]:
        """The token and when it expires."""
        expires_s = int((self._clock.now() + self._life).timestamp())
        body = _VERSION + conversation.bytes + expires_s.to_bytes(8) + shop.encode()
        return _encode(body + self._mac(body)), datetime.fromtimestamp(expires_s, UTC)

    def open(self, token: str) -> ConversationAccess:
        """What the token says, or TokenNotValid or TokenExpired."""
        raw = _decode(token)
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(body) <= _FIXED_BYTES or not hmac.compare_digest(mac, self._mac(body)):
            raise TokenNotValid("the access token is not one of ours")
        access = ConversationAccess(
            shop_id=ShopId(body[_FIXED_BYTES:].decode()),
            conversation_id=ConversationId(UUID(bytes=body[1:17])),
            expires_at=datetime.fromtimestamp(int.from_bytes(body[17:_FIXED_BYTES]), UTC),
        )
        if access.expires_at <= self._clock.now():
            raise TokenExpired("the access token has expired; start a conversation again")
        return access

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, sha256)


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    if len(token) > _LONGEST:
        raise TokenNotValid("the access token is too long to be one of ours")
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (NotBase64, ValueError) as refused:
        raise TokenNotValid("the access token is not one of ours") from refused
    if _encode(raw) != token:
        raise TokenNotValid("the access token is not one of ours")
    return raw
