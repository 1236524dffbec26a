"""A customer token counts only as the shop signed it, for this audience, and not for long."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Unauthenticated
from appliance.identity import customer_token
from appliance.identity.errors import TokenExpired, TokenNotValid
from appliance.identity.model import VerifiedCustomer
from appliance.ids import CustomerId, ShopId

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SHOP = ShopId("demo")
SECRET = "s" * 43
CLAIMS = {
    "iss": "demo",
    "sub": "U1001",
    "aud": "appliance-chat",
    "iat": NOW.timestamp(),
    "exp": (NOW + timedelta(minutes=30)).timestamp(),
    "jti": "j1",
}


def signed(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {key: value for key, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, secret, algorithm=algorithm)


def verify(token: str, now: datetime = NOW, secrets: tuple[str, ...] = (SECRET,)) -> VerifiedCustomer:
    return customer_token.verify(token, shop=SHOP, secrets=secrets, now=now)


def test_the_shop_vouches_for_its_customer() -> None:
    token = customer_token.sign(
        CustomerId("U1001"), shop=SHOP, secret=SECRET, token_id="j1", now=NOW, life=timedelta(minutes=30)
    )

    assert verify(token) == VerifiedCustomer(
        shop_id=SHOP, customer_id=CustomerId("U1001"), token_id="j1", expires_at=NOW + timedelta(minutes=30)
    )


def test_an_older_secret_counts_while_it_is_valid() -> None:
    assert verify(signed("o" * 43), secrets=(SECRET, "o" * 43)).customer_id == "U1001"


@pytest.mark.parametrize("late_s", [0, 29])
def test_half_a_minute_of_skew_is_forgiven(late_s: int) -> None:
    assert verify(signed(), now=NOW + timedelta(minutes=30, seconds=late_s))
    assert verify(signed(), now=NOW - timedelta(seconds=late_s))


def test_after_that_it_has_expired() -> None:
    with pytest.raises(TokenExpired):
        verify(signed(), now=NOW + timedelta(minutes=30, seconds=30))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "console"},
        {"aud": None},
        {"sub": None},
        {"sub": 1001},
        {"sub": ""},
        {"sub": "x" * 129},
        {"sub": "U1\n001"},
        {"jti": None},
        {"jti": ""},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": (NOW + timedelta(minutes=1)).timestamp()},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e30},
        {"exp": (NOW + timedelta(hours=24, seconds=1)).timestamp()},
        {"exp": NOW.timestamp(), "iat": NOW.timestamp()},
    ],
)
def test_claims_that_do_not_fit_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenNotValid):
        verify(signed(**changes))


def test_a_forged_signature_is_refused() -> None:
    with pytest.raises(TokenNotValid):
        verify(signed("f" * 43))


def test_the_token_does_not_choose_its_algorithm() -> None:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(CLAIMS)}."

    for token in (unsigned, signed("s" * 64, algorithm="HS512")):
        with pytest.raises(TokenNotValid):
            verify(token, secrets=("s" * 64,))


def test_without_a_secret_nothing_counts() -> None:
    with pytest.raises(TokenNotValid):
        verify(signed(), secrets=())


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode() + ".e30.x"))
def test_nonsense_is_refused_and_breaks_nothing(token: str) -> None:
    with pytest.raises(Unauthenticated):
        verify(token)
