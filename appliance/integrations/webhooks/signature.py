"""Signatures of what is told, by the scheme of Standard Webhooks: receivers check them with a library of theirs.

``webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">``, one for each secret that counts now.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

PREFIX: Final = "whsec_"


def headers(delivery_id: UUID, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """``secrets``: the newest first; while an old one still counts, there are two signatures."""
    name, seconds = str(delivery_id), str(int(at.timestamp()))
    signed = b".".join((name.encode(), seconds.encode(), body))
    signatures = " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)
    return {"webhook-id": name, "webhook-timestamp": seconds, "webhook-signature": signatures}


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
