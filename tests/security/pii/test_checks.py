"""Check digits, by the examples of their standards and by breaking one digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.pii import checks


def with_id_check(body: str) -> str:
    return next(body + check for check in "0123456789X" if checks.is_id_checksum(body + check))


@given(body=st.from_regex(r"[1-9][0-9]{16}", fullmatch=True), place=st.integers(0, 16), other=st.integers(1, 9))
def test_the_id_checksum_notices_any_one_changed_digit(body: str, place: int, other: int) -> None:
    whole = with_id_check(body)
    changed = str((int(whole[place]) + other) % 10)
    assert not checks.is_id_checksum(whole[:place] + changed + whole[place + 1 :])


def test_the_example_of_the_standard_passes() -> None:
    assert checks.is_id_checksum("11010519491231002X")


@pytest.mark.parametrize("number", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"])
def test_published_test_card_numbers_pass(number: str) -> None:
    assert checks.is_luhn(number)
    assert checks.is_card_issuer(number)


@given(number=st.from_regex(r"[0-9]{12,18}", fullmatch=True), place=st.integers(0, 11), other=st.integers(1, 9))
def test_luhn_notices_any_one_changed_digit(number: str, place: int, other: int) -> None:
    whole = next(number + check for check in "0123456789" if checks.is_luhn(number + check))
    changed = str((int(whole[place]) + other) % 10)
    assert not checks.is_luhn(whole[:place] + changed + whole[place + 1 :])


@pytest.mark.parametrize("digits", ["19900307", "20240229", "900307"])
def test_birth_dates_are_dates(digits: str) -> None:
    assert checks.is_birth_date(digits)


@pytest.mark.parametrize("digits", ["20230229", "19901301", "18991231", "991332"])
def test_other_digits_are_no_birth_dates(digits: str) -> None:
    assert not checks.is_birth_date(digits)


@pytest.mark.parametrize("number", ["20261110123456", "8986008844729710413", "1234567890123456", "6222"])
def test_numbers_of_no_card_issuer_are_told_apart(number: str) -> None:
    assert not checks.is_card_issuer(number)


def test_provinces_and_residence_permits_are_known() -> None:
    assert all(checks.is_province(code) for code in ("110101", "650000", "710000", "830000"))
    assert not any(checks.is_province(code) for code in ("160101", "100000", "840000"))
