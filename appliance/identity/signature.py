"""The signature on what an order system sends: HMAC-SHA256 over timestamp, a dot and the body, valid for minutes."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from appliance.identity.errors import SignatureNotValid

WINDOW: Final = timedelta(minutes=5)
_LONGEST_TIMESTAMP: Final = 12


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def verify(signature: str, timestamp: str, body: bytes, *, secrets: Sequence[str], now: datetime) -> None:
    """SignatureNotValid unless one of the secrets made it, within the window around now."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP):
        raise SignatureNotValid("X-Timestamp must be whole seconds since 1970")
    if abs(int(timestamp) - now.timestamp()) > WINDOW.total_seconds():
        raise SignatureNotValid("X-Timestamp is more than five minutes away from our clock; compare both clocks")
    given = signature.encode("ascii", "replace")
    if not any(hmac.compare_digest(given, sign(secret, timestamp, body).encode()) for secret in secrets):
        raise SignatureNotValid("X-Signature does not fit timestamp and body under this shop's secret")
