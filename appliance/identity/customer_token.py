"""The token with which a shop vouches for its customer: a JWT (HS256) signed with the shop's own secret.

Nothing in the token chooses how it is checked: algorithm, issuer, audience and lifetime are pinned here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from appliance.identity.errors import TokenExpired, TokenNotValid
from appliance.identity.model import VerifiedCustomer
from appliance.ids import CustomerId, ShopId

AUDIENCE: Final = "appliance-chat"
LONGEST_LIFE: Final = timedelta(hours=24)
LEEWAY: Final = timedelta(seconds=30)

_ALGORITHM: Final = "HS256"
_LONGEST_TOKEN: Final = 4096
_LONGEST_CLAIM: Final = 128
# Times are compared here and not by the library: it asks the system for the time, we are handed a clock.
_OPTIONS: Final[Any] = {
    "require": ["iss", "sub", "aud", "iat", "exp", "jti"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


def verify(token: str, *, shop: ShopId, secrets: Sequence[str], now: datetime) -> VerifiedCustomer:
    """The customer that the shop vouches for, or TokenExpired or TokenNotValid. ``secrets``: any of them counts."""
    claims = _claims(token, shop, secrets)
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if expires + LEEWAY <= now:
        raise TokenExpired("the customer token has expired; fetch a new one from the shop")
    if issued - LEEWAY > now or not timedelta(0) < expires - issued <= LONGEST_LIFE:
        raise TokenNotValid("iat must not lie in the future, and exp at most 24 hours after iat")
    return VerifiedCustomer(
        shop_id=shop,
        customer_id=CustomerId(_text(claims, "sub")),
        token_id=_text(claims, "jti"),
        expires_at=expires,
    )


def sign(customer: CustomerId, *, shop: ShopId, secret: str, token_id: str, now: datetime, life: timedelta) -> str:
    """What a shop does on its own side; here for the demo shop, the evaluation and as a reference."""
    claims = {"iss": shop, "sub": customer, "aud": AUDIENCE, "iat": now, "exp": now + life, "jti": token_id}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def _claims(token: str, shop: ShopId, secrets: Sequence[str]) -> dict[str, Any]:
    if len(token) > _LONGEST_TOKEN:
        raise TokenNotValid("the customer token is too long to be one")
    for secret in secrets:
        try:
            return jwt.decode(token, secret, algorithms=[_ALGORITHM], audience=AUDIENCE, issuer=shop, options=_OPTIONS)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, RecursionError) as refused:
            raise TokenNotValid("the customer token is malformed or meant for somebody else") from refused
    raise TokenNotValid("the customer token is not signed with this shop's secret")


def _time(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims[name]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TokenNotValid(f"{name} must be a number of seconds")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as refused:
        raise TokenNotValid(f"{name} is not a possible time") from refused


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_CLAIM or not value.isprintable():
        raise TokenNotValid(f"{name} must be a text of 1 to {_LONGEST_CLAIM} printable characters")
    return value
