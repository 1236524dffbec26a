"""The token and the code of a link: made of its id under the root key, so that neither stands in any table.

A row holds what it takes to recognise them. The code is short enough to be read out, so what stands for it is made with
the key too: who has the table alone cannot try all codes.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from appliance.aftersales.photo_links.rules import CODE_LENGTH

_TOKEN_BYTES: Final = 18


class Root(Protocol):
    """The part of ``security.crypto.root.RootKey`` that is needed here."""

    def mac(self, message: bytes) -> bytes: ...


class LinkSecrets:
    def __init__(self, root: Root) -> None:
        self._key = root.mac(b"appliance/photo-link/v1")

    def token(self, link_id: UUID) -> str:
        return urlsafe_b64encode(self._mac(b"token", link_id.bytes)[:_TOKEN_BYTES]).decode()

    def code(self, link_id: UUID) -> str:
        number = int.from_bytes(self._mac(b"code", link_id.bytes)[:16]) % 10**CODE_LENGTH
        return f"{number:0{CODE_LENGTH}}"

    def recognised(self, secret: str) -> bytes:
        """What stands for a token or a code in a row."""
        return self._mac(b"row", secret.encode())

    def _mac(self, use: bytes, message: bytes) -> bytes:
        return hmac.digest(self._key, use + b"\x00" + message, sha256)
