"""One-time codes are those of RFC 6238, within one step of the clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.access import totp

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
@pytest.mark.control("M-13")
def test_the_vectors_of_the_rfc(at: int, code: str) -> None:
    """Appendix B, SHA-1, the last six of its eight digits."""
    now = datetime.fromtimestamp(at, UTC)
    assert totp.code(SEED, totp.step_at(now)) == code
    assert totp.matching_step(SEED, code, now) == totp.step_at(now)


@pytest.mark.parametrize(("drift", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
@pytest.mark.control("M-13")
def test_a_clock_may_be_one_step_off(drift: int, fits: bool) -> None:
    now = datetime.fromtimestamp(1234567890, UTC)
    step = totp.step_at(now) + drift
    assert (totp.matching_step(SEED, totp.code(SEED, step), now) == step) is fits


@given(st.text(max_size=20))
def test_nonsense_is_no_code(given_code: str) -> None:
    now = datetime.fromtimestamp(1234567890, UTC)
    codes = {totp.code(SEED, totp.step_at(now) + drift) for drift in (-1, 0, 1)}
    assert (totp.matching_step(SEED, given_code, now) is not None) == (given_code in codes)


def test_the_picture_says_everything_that_an_app_asks() -> None:
    uri = totp.uri(SEED, issuer="Aftersales appliance", account="li.si")
    assert uri == (
        "otpauth://totp/Aftersales%20appliance:li.si?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Aftersales%20appliance&algorithm=SHA1&digits=6&period=30"
    )
