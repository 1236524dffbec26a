"""What a password must be, and how it is kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.access import passwords
from security.access.errors import PasswordUnfit
from security.access.passwords import Argon2id, Passwords
from tests.security.access.world import CountingHasher


@pytest.mark.parametrize(
    "password",
    [
        "Short-1",  # fewer than twelve
        "x" * 126 + "A1-",  # more than 128
        "onlysmallletters",
        "small and spaces",  # two kinds
        "Aa1Aa1Aa1Aa1",  # three different characters
        "li.si-Is-Here-7",  # the login name
        "LI.SI-is-here-7",
        "Password1234!",
        "P@ssw0rd1234!",
        "Admin@Admin@123",
        "Qwerty123456!",
        "Qwerty-Asdfgh-12",
        "1qaz2wsx3edc-QAZ",
        "Woaini-5201314",
        "Welcome2Shanghai!",
        "!!2026Summer!!",
        "Correct\x00horse-7",
    ],
)
@pytest.mark.control("M-10")
def test_a_bad_one_is_refused(password: str) -> None:
    with pytest.raises(PasswordUnfit):
        passwords.check(password, login="li.si", length=12)


@pytest.mark.parametrize(
    "password", ["Correct-horse-7", "我的Passphrase很长很长9", "tr0ubador & Three", "Admin gave Bob 3 pears"]
)
@pytest.mark.control("M-10")
def test_a_good_one_is_taken(password: str) -> None:
    passwords.check(password, login="li.si", length=12)


@pytest.mark.control("M-12")
def test_the_refusal_does_not_repeat_it() -> None:
    with pytest.raises(PasswordUnfit) as refused:
        passwords.check("li.si-Is-Here-7", login="li.si", length=12)
    assert "li.si" not in str(refused.value)


@given(st.text(max_size=140))
def test_whatever_is_typed_is_taken_or_refused(password: str) -> None:
    try:
        passwords.check(password, login="li.si", length=12)
    except PasswordUnfit:
        return
    composed = unicodedata.normalize("NFC", password)
    assert len(composed) >= 12
    assert "li.si" not in composed.casefold()


@pytest.mark.control("M-29")
async def test_argon2id_keeps_no_password_and_tells_right_from_wrong() -> None:
    hasher = Argon2id()
    kept = hasher.hash("Correct-horse-7")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert kept != hasher.hash("Correct-horse-7")
    assert hasher.verify(kept, "Correct-horse-7")
    assert not hasher.verify(kept, "Correct-horse-8")
    assert not hasher.verify("not a hash", "Correct-horse-7")


@pytest.mark.control("M-11")
async def test_nothing_to_compare_with_costs_the_same_and_never_fits() -> None:
    hasher = CountingHasher()
    kept = Passwords(hasher)
    assert not await kept.verify(None, "no password at all")
    assert hasher.verified == 1


async def test_the_same_letters_are_the_same_password_however_they_are_composed() -> None:
    kept = Passwords(CountingHasher())
    assert await kept.verify(await kept.hash("Caf\u00e9-du-Nord-7"), "Cafe\u0301-du-Nord-7")
