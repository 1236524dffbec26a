"""A sealed field opens where it was sealed, with the subject's key, unchanged; nowhere else and not otherwise."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.crypto import field
from security.crypto.encoding import length_prefixed
from security.crypto.subject import DataKey, SubjectKeys
from security.crypto.suites import Suite
from security.errors import CiphertextRefused

pytestmark = pytest.mark.control("P-03", "M-28", "M-29")

SUBJECT = UUID(int=1)
ROW = UUID(int=2)
DEK = DataKey(UUID(int=3), 1, Suite.AES_256_GCM, b"k" * 32)
SM4_DEK = DataKey(UUID(int=4), 1, Suite.SM4_GCM, b"k" * 32)
BOTH_SUITES = pytest.mark.parametrize("key", [DEK, SM4_DEK], ids=["aes", "sm4"])


def subject(*keys: DataKey, shop_id: str = "s1", subject_id: UUID = SUBJECT) -> SubjectKeys:
    return SubjectKeys(shop_id, subject_id, keys or (DEK,))


@BOTH_SUITES
@given(plaintext=st.binary(max_size=300), table=st.text(max_size=9), column=st.text(max_size=9), row=st.uuids())
def test_what_was_sealed_opens(key: DataKey, plaintext: bytes, table: str, column: str, row: UUID) -> None:
    keys = subject(key)
    sealed = keys.seal(table, column, row, plaintext)
    assert keys.open(table, column, row, sealed) == plaintext
    assert len(sealed) == len(plaintext) + field.OVERHEAD_BYTES


def test_the_layout_is_magic_suite_key_nonce_body_tag() -> None:
    sealed = subject().seal("t", "c", ROW, b"value")
    assert sealed[:3] == bytes([0xC5, 0x01, 0x01])
    assert sealed[3:19] == DEK.dek_id.bytes
    assert len(sealed) == 3 + 16 + 12 + 5 + 16


@BOTH_SUITES
def test_a_moved_ciphertext_does_not_open(key: DataKey) -> None:
    sealed = subject(key).seal("t", "c", ROW, b"value")
    elsewhere = [
        (subject(key), "t2", "c", ROW),
        (subject(key), "t", "c2", ROW),
        (subject(key), "t", "c", uuid4()),
        (subject(key, shop_id="s2"), "t", "c", ROW),
        (subject(key, subject_id=uuid4()), "t", "c", ROW),
    ]
    for keys, table, column, row in elsewhere:
        with pytest.raises(CiphertextRefused):
            keys.open(table, column, row, sealed)


def test_names_that_run_together_are_not_confused() -> None:
    sealed = subject().seal("ab", "c", ROW, b"value")
    with pytest.raises(CiphertextRefused):
        subject().open("a", "bc", ROW, sealed)


@BOTH_SUITES
def test_a_ciphertext_cut_at_any_length_is_refused(key: DataKey) -> None:
    keys = subject(key)
    sealed = keys.seal("t", "c", ROW, b"value")
    for length in range(len(sealed)):
        with pytest.raises(CiphertextRefused):
            keys.open("t", "c", ROW, sealed[:length])


@BOTH_SUITES
def test_a_flipped_bit_in_any_byte_is_refused(key: DataKey) -> None:
    keys = subject(key)
    sealed = keys.seal("t", "c", ROW, b"value")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 0x01
        with pytest.raises(CiphertextRefused):
            keys.open("t", "c", ROW, bytes(changed))


@given(alg=st.integers(0, 255).filter(lambda alg: alg != Suite.AES_256_GCM))
def test_another_algorithm_byte_is_refused(alg: int) -> None:
    keys = subject(DEK, SM4_DEK._replace(version=2))
    sealed = bytearray(SubjectKeys("s1", SUBJECT, [DEK]).seal("t", "c", ROW, b"value"))
    sealed[2] = alg
    with pytest.raises(CiphertextRefused):
        keys.open("t", "c", ROW, bytes(sealed))


def test_an_older_version_still_opens_and_the_newest_seals() -> None:
    newer = DataKey(UUID(int=9), 2, Suite.SM4_GCM, b"n" * 32)
    old = subject(DEK).seal("t", "c", ROW, b"value")
    keys = subject(newer, DEK)
    assert keys.open("t", "c", ROW, old) == b"value"
    assert field.parse(keys.seal("t", "c", ROW, b"value")).dek_id == newer.dek_id


@BOTH_SUITES
def test_a_ciphertext_that_names_another_version_does_not_open(key: DataKey) -> None:
    """Its own key's number exchanged for another living key's, or for none's."""
    other = key._replace(dek_id=UUID(int=9), version=2, secret=b"n" * 32)
    keys = subject(key, other)
    sealed = SubjectKeys("s1", SUBJECT, [key]).seal("t", "c", ROW, b"value")
    for named in (other.dek_id, UUID(int=77)):
        with pytest.raises(CiphertextRefused):
            keys.open("t", "c", ROW, sealed[:3] + named.bytes + sealed[19:])


def test_a_thousand_nonces_are_unique() -> None:
    keys = subject()
    assert len({field.parse(keys.seal("t", "c", ROW, b"")).nonce for _ in range(1000)}) == 1000


@given(left=st.lists(st.text(max_size=4), max_size=4), right=st.lists(st.text(max_size=4), max_size=4))
def test_different_lists_of_parts_never_encode_alike(left: list[str], right: list[str]) -> None:
    assert (length_prefixed(*left) == length_prefixed(*right)) == (left == right)


def test_a_commitment_links_equal_values_of_one_field_and_subject_only() -> None:
    commitment = subject().commit("phone", "13800138000")
    assert commitment == subject().commit("phone", "13800138000")
    assert subject(DEK, SM4_DEK._replace(version=2)).is_commitment(commitment, "phone", "13800138000")
    assert commitment != subject().commit("phone2", "13800138000")
    assert commitment != subject(DEK._replace(secret=b"o" * 32)).commit("phone", "13800138000")
