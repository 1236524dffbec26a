"""A conversation's access token opens that conversation, until it expires, and cannot be made elsewhere."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import FixedClock
from appliance.errors import Unauthenticated
from appliance.identity.access_token import AccessTokens
from appliance.identity.errors import TokenExpired, TokenNotValid
from appliance.identity.model import ConversationAccess
from appliance.ids import ConversationId, ShopId, uuid7

NOW = datetime(2026, 11, 21, 2, 0, 0, 123456, tzinfo=UTC)
ID = ConversationId(uuid7())


class Root:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def mac(self, message: bytes) -> bytes:
        return sha256(self._key + message).digest()


def tokens(clock: FixedClock | None = None, key: bytes = b"root") -> AccessTokens:
    return AccessTokens(Root(key), clock or FixedClock(NOW))


def test_it_opens_what_it_was_issued_for() -> None:
    token, expires_at = tokens().issue(ShopId("demo"), ID)

    assert expires_at == NOW.replace(microsecond=0) + timedelta(hours=24)
    assert tokens().open(token) == ConversationAccess(shop_id=ShopId("demo"), conversation_id=ID, expires_at=expires_at)


def test_it_fits_a_header_and_a_subprotocol() -> None:
    token, _ = tokens().issue(ShopId("demo"), ID)

    assert token.replace("-", "").replace("_", "").isalnum()


def test_it_expires() -> None:
    clock = FixedClock(NOW)
    token, expires_at = tokens(clock).issue(ShopId("demo"), ID)
    clock.at = expires_at

    with pytest.raises(TokenExpired):
        tokens(clock).open(token)


def test_another_appliance_issues_others() -> None:
    token, _ = tokens(key=b"another").issue(ShopId("demo"), ID)

    with pytest.raises(TokenNotValid):
        tokens().open(token)


def test_not_one_character_may_differ() -> None:
    token, _ = tokens().issue(ShopId("demo"), ID)

    for at, letter in enumerate(token):
        with pytest.raises(TokenNotValid):
            tokens().open(token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :])
    for end in range(len(token)):
        with pytest.raises(TokenNotValid):
            tokens().open(token[:end])


@given(st.text())
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens().open(token)
