"""Shares of the root key: any two of three custodians bring it back, one alone learns nothing."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.crypto import shares
from security.crypto.file_root import FileRootKey
from security.crypto.shamir import Share, combine, inverse, multiply, split
from security.crypto.shares import join_into, open_shares, seal_shares
from security.errors import KeyFileRefused, SharesRefused

pytestmark = pytest.mark.control("M-29")

SECRET = bytes(range(32))
PASSPHRASES = ["correct horse battery", "staple 电池 订书钉 马马马", "third custodian's own"]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a guess is not what these tests are about."""
    monkeypatch.setattr(shares, "_COST", 2**4)


def test_the_field_is_that_of_aes() -> None:
    assert multiply(0x57, 0x83) == 0xC1  # FIPS 197, section 4.2
    assert multiply(0x57, 0x13) == 0xFE  # FIPS 197, section 4.2.1
    assert inverse(0x53) == 0xCA
    assert [multiply(value, inverse(value)) for value in range(256)] == [0, *[1] * 255]


def test_a_splitting_worked_out_by_hand() -> None:
    # f(x) = 53 + CA x over GF(2^8): f(1) = 53 ^ CA, f(2) = 53 ^ 8F, f(3) = 53 ^ 45
    made = split(b"\x53", 2, 3, random=lambda _: b"\xca")
    assert made == [Share(1, b"\x99"), Share(2, b"\xdc"), Share(3, b"\x16")]
    # f(x) = 2A + 01 x + 02 x^2: f(1) = 2A ^ 01 ^ 02, f(2) = 2A ^ 02 ^ 08, f(3) = 2A ^ 03 ^ 0A
    coefficients = iter([b"\x01", b"\x02"])
    made = split(b"\x2a", 3, 3, random=lambda _: next(coefficients))
    assert [share.data[0] for share in made] == [0x29, 0x20, 0x23]


@settings(max_examples=30, deadline=None)
@given(secret=st.binary(min_size=1, max_size=40), threshold=st.integers(2, 4), more=st.integers(0, 3))
def test_any_shares_that_are_enough_give_the_secret_back(secret: bytes, threshold: int, more: int) -> None:
    made = split(secret, threshold, threshold + more)
    for chosen in itertools.permutations(made, threshold):
        assert combine(chosen) == secret


def test_one_share_fits_every_secret() -> None:
    """For each secret there is a polynomial through the share: it says nothing at all."""
    seen = Share(1, b"\x99")
    for secret in range(256):
        other = Share(2, bytes([secret ^ multiply(0x99 ^ secret, 2)]))
        assert combine([seen, other]) == bytes([secret])


@pytest.mark.parametrize("places", [[1, 1], [0, 1], [1, 256]])
def test_shares_that_cannot_be_are_refused(places: list[int]) -> None:
    with pytest.raises(ValueError, match="share"):
        combine([Share(place, b"x") for place in places])


@pytest.mark.parametrize("chosen", [*itertools.permutations(range(3), 2), (0, 1, 2)])
def test_any_two_custodians_bring_the_secret_back(chosen: tuple[int, ...]) -> None:
    texts = seal_shares(SECRET, PASSPHRASES)
    assert open_shares([texts[at] for at in chosen], [PASSPHRASES[at] for at in chosen]) == SECRET


def test_one_is_not_enough_and_the_same_one_twice_is_one() -> None:
    texts = seal_shares(SECRET, PASSPHRASES)
    with pytest.raises(SharesRefused, match="needed"):
        open_shares(texts[:1], PASSPHRASES[:1])
    with pytest.raises(SharesRefused, match="once"):
        open_shares([texts[0]] * 2, [PASSPHRASES[0]] * 2)


def test_a_wrong_passphrase_names_the_share_that_does_not_open() -> None:
    texts = seal_shares(SECRET, PASSPHRASES)
    with pytest.raises(SharesRefused, match="share 2"):
        open_shares(texts[:2], [PASSPHRASES[0], "wrong passphrase"])


def test_shares_of_two_splittings_do_not_mix() -> None:
    one, two = seal_shares(SECRET, PASSPHRASES), seal_shares(SECRET, PASSPHRASES)
    with pytest.raises(SharesRefused, match="belong together"):
        open_shares([one[0], two[1]], PASSPHRASES[:2])


@pytest.mark.parametrize("name", ["set", "place", "check", "salt", "nonce", "sealed", "form"])
def test_a_share_changed_in_any_part_does_not_open(name: str) -> None:
    texts = seal_shares(SECRET, PASSPHRASES)
    tree = json.loads(texts[0])
    tree[name] = 3 if name == "place" else tree[name][::-1]
    with pytest.raises(SharesRefused):
        open_shares([json.dumps(tree), texts[1]], PASSPHRASES[:2])


@pytest.mark.parametrize("passphrases", [["short", *PASSPHRASES[1:]], PASSPHRASES[:2], [PASSPHRASES[0]] * 3])
def test_custodians_need_passphrases_of_their_own_and_long_ones(passphrases: list[str]) -> None:
    with pytest.raises(SharesRefused):
        seal_shares(SECRET, passphrases)


def test_the_joined_file_is_the_root_key_that_was_split(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    wrapped = FileRootKey(path).wrap(b"k" * 32, b"here")
    texts = seal_shares(path.read_bytes(), PASSPHRASES)
    with pytest.raises(KeyFileRefused, match="there already"):
        join_into(path, texts[:2], PASSPHRASES[:2])
    path.unlink()
    join_into(path, texts[1:], PASSPHRASES[1:])
    assert path.stat().st_mode & 0o777 == 0o400
    assert FileRootKey(path).unwrap(wrapped, b"here") == b"k" * 32
