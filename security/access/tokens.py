"""Secrets that are shown once: 256 random bits for whoever holds them, their SHA-256 for us."""

import hmac
import secrets
from hashlib import sha256
from typing import Final

_BYTES: Final = 32
LONGEST: Final = 64


def new() -> str:
    return secrets.token_urlsafe(_BYTES)


def digest(token: str) -> bytes:
    """What is kept and looked up. Of what cannot be one of ours too: it is found nowhere."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf(session_token: str) -> str:
    """Only a page that was given it can send it along; a foreign page cannot read the cookie that it is made of."""
    return sha256(b"csa/csrf/v1\0" + session_token.encode("utf-8", "surrogatepass")).hexdigest()


def is_csrf(given: str, session_token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), csrf(session_token).encode())
