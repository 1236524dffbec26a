"""The token by which a shop vouches for its customer (docs/api/chat.md): JWT, HS256, the shop's own secret."""

from datetime import datetime, timedelta

import jwt

AUDIENCE = "appliance-chat"


def customer_token(
    shop: str, secret: str, customer: str, now: datetime, valid: timedelta = timedelta(minutes=30)
) -> str:
    """``now`` is system time: tokens never follow a conversation's business clock."""
    claims = {"iss": shop, "sub": customer, "aud": AUDIENCE, "iat": now, "exp": now + valid}
    return jwt.encode(claims, secret, algorithm="HS256")
