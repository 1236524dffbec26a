"""One-time codes from a shared seed and the time (RFC 6238): SHA-1, six digits, thirty seconds. Pure.

SHA-1 because that is all that authenticator apps agree on; HMAC does not rest on its resistance to collisions.
"""

import hmac
from base64 import b32encode
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

SEED_BYTES: Final = 20
STEP_S: Final = 30
_DIGITS: Final = 6
_DRIFT: Final = (0, -1, 1)
"""A clock may be one step off."""


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def code(seed: bytes, step: int) -> str:
    """RFC 4226, section 5.3."""
    digest = hmac.digest(seed, step.to_bytes(8), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def matching_step(seed: bytes, given: str, now: datetime) -> int | None:
    """The step that the code belongs to. Whether it is spent already is for the caller, who keeps the last one."""
    steps = [step_at(now) + drift for drift in _DRIFT]
    matches = [step for step in steps if hmac.compare_digest(code(seed, step).encode(), given.encode())]
    return matches[0] if matches else None


def in_words(seed: bytes) -> str:
    """To be typed in where a picture cannot be taken."""
    return b32encode(seed).decode()


def uri(seed: bytes, *, issuer: str, account: str) -> str:
    """What the picture holds."""
    values = {"secret": in_words(seed), "issuer": issuer, "algorithm": "SHA1", "digits": _DIGITS, "period": STEP_S}
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{urlencode(values, quote_via=quote)}"
