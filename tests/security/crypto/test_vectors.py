"""Digests and MACs against published vectors, and what a forger would try on the ciphers: nothing of it opens."""

import os
from collections.abc import Callable
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from security.crypto import field
from security.crypto.blind_index import BlindIndex, IndexAlgorithm
from security.crypto.subject import DataKey, SubjectKeys
from security.crypto.suites import Suite, aead
from security.crypto.wrapping import unwrap_key, wrap_key
from security.errors import CiphertextRefused

pytestmark = pytest.mark.control("M-28", "M-29")

SUITES = pytest.mark.parametrize("suite", list(Suite))
NONCE, CLEAR, ASSOCIATED = bytes(range(12)), "退款到账 ¥389.00".encode(), b"shop/table/column/row"


def sm3(data: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


def test_sm3_matches_the_examples_of_gb_t_32905() -> None:
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_hmac_sm3_is_hmac_over_sm3() -> None:
    """RFC 2104 written out, over the digest that the vectors above have checked."""
    key, message = bytes(range(32)), b"csa/bidx/v1" + b"13800138000"
    block = key + bytes(32)
    inner = bytes.fromhex(sm3(bytes(byte ^ 0x36 for byte in block) + message))
    outer = sm3(bytes(byte ^ 0x5C for byte in block) + inner)
    keyed = HMAC(key, hashes.SM3())
    keyed.update(message)
    assert keyed.finalize().hex() == outer


def test_the_two_index_algorithms_never_meet_and_each_keeps_to_its_key() -> None:
    digests = {
        BlindIndex(1, secret, algorithm).digest("t", "c", "13800138000")
        for secret in (b"a" * 32, b"b" * 32)
        for algorithm in IndexAlgorithm
    }
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {16}
    assert IndexAlgorithm.of(Suite.SM4_GCM) is IndexAlgorithm.HMAC_SM3
    assert IndexAlgorithm.of(Suite.AES_256_GCM) is IndexAlgorithm.HMAC_SHA256


TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "first bit of the tag": lambda sealed: sealed[:-16] + bytes([sealed[-16] ^ 0x80]) + sealed[-15:],
    "last bit of the tag": lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "tag of zeros": lambda sealed: sealed[:-16] + bytes(16),
    "tag of ones": lambda sealed: sealed[:-16] + b"\xff" * 16,
    "tag inverted": lambda sealed: sealed[:-16] + bytes(byte ^ 0xFF for byte in sealed[-16:]),
    "tag cut to twelve bytes": lambda sealed: sealed[:-4],
    "tag doubled": lambda sealed: sealed + sealed[-16:],
    "tag in front": lambda sealed: sealed[-16:] + sealed[:-16],
    "tag alone": lambda sealed: sealed[-16:],
    "a bit of the text": lambda sealed: bytes([sealed[0] ^ 1]) + sealed[1:],
    "blocks swapped": lambda sealed: sealed[8:16] + sealed[:8] + sealed[16:],
    "a byte more": lambda sealed: sealed[:-16] + b"\0" + sealed[-16:],
    "a byte less": lambda sealed: sealed[1:],
    "empty": lambda _: b"",
}


@SUITES
@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_forged_ciphertext_yields_nothing(suite: Suite, name: str) -> None:
    cipher = aead(suite, bytes(range(suite.key_bytes)))
    sealed = cipher.seal(NONCE, CLEAR, ASSOCIATED)
    with pytest.raises(CiphertextRefused):
        cipher.open(NONCE, TAMPERINGS[name](sealed), ASSOCIATED)


@SUITES
def test_another_nonce_key_or_context_yields_nothing(suite: Suite) -> None:
    cipher = aead(suite, bytes(range(suite.key_bytes)))
    sealed = cipher.seal(NONCE, CLEAR, ASSOCIATED)
    for nonce, associated in ((NONCE[::-1], ASSOCIATED), (NONCE, b""), (NONCE, ASSOCIATED + b"\0"), (NONCE, b"x")):
        with pytest.raises(CiphertextRefused):
            cipher.open(nonce, sealed, associated)
    with pytest.raises(CiphertextRefused):
        aead(suite, bytes(suite.key_bytes)).open(NONCE, sealed, ASSOCIATED)


@SUITES
def test_an_empty_text_is_authenticated_too(suite: Suite) -> None:
    cipher = aead(suite, bytes(suite.key_bytes))
    sealed = cipher.seal(NONCE, b"", ASSOCIATED)
    assert cipher.open(NONCE, sealed, ASSOCIATED) == b""
    with pytest.raises(CiphertextRefused):
        cipher.open(NONCE, sealed, b"")


@SUITES
def test_a_key_of_another_length_is_no_key(suite: Suite) -> None:
    for length in (0, 1, suite.key_bytes - 1, suite.key_bytes + 1):
        with pytest.raises(ValueError, match="key"):
            aead(suite, bytes(length))


def test_no_cipher_opens_what_the_other_sealed_under_keys_of_one_parent() -> None:
    """SM4's derived key is a prefix of AES's: the suite byte must not choose the cipher for a key of the other."""
    subject, row = UUID(int=1), UUID(int=2)
    for sealing, opening in ((Suite.AES_256_GCM, Suite.SM4_GCM), (Suite.SM4_GCM, Suite.AES_256_GCM)):
        key = DataKey(UUID(int=3), 1, sealing, b"k" * 32)
        sealed = bytearray(SubjectKeys("s", subject, [key]).seal("t", "c", row, CLEAR))
        sealed[2] = opening
        for kept in (key, key._replace(suite=opening)):
            with pytest.raises(CiphertextRefused):
                SubjectKeys("s", subject, [kept]).open("t", "c", row, bytes(sealed))


@SUITES
def test_a_wrapped_key_is_no_field_and_a_field_no_wrapped_key(suite: Suite) -> None:
    key = DataKey(UUID(int=3), 1, suite, b"k" * 32)
    keys = SubjectKeys("s", UUID(int=1), [key])
    with pytest.raises(CiphertextRefused):
        keys.open("t", "c", UUID(int=2), wrap_key(suite, b"k" * 32, b"x" * 32, b""))
    with pytest.raises(CiphertextRefused):
        unwrap_key(b"k" * 32, keys.seal("t", "c", UUID(int=2), b"x" * 32), b"")


@SUITES
@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_forged_wrapped_key_yields_nothing(suite: Suite, name: str) -> None:
    wrapped = wrap_key(suite, b"p" * 32, b"k" * 32, b"context")
    head, body = wrapped[:15], wrapped[15:]
    with pytest.raises(CiphertextRefused):
        unwrap_key(b"p" * 32, head + TAMPERINGS[name](body), b"context")


@SUITES
def test_a_wrapped_key_of_another_suite_byte_yields_nothing(suite: Suite) -> None:
    wrapped = bytearray(wrap_key(suite, b"p" * 32, b"k" * 32, b"context"))
    for other in set(range(256)) - {suite}:
        wrapped[2] = other
        with pytest.raises(CiphertextRefused):
            unwrap_key(b"p" * 32, bytes(wrapped), b"context")


def test_nonces_come_from_the_system_and_are_not_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = os.urandom

    def watched(size: int) -> bytes:
        asked.append(size)
        return real(size)

    monkeypatch.setattr(os, "urandom", watched)
    keys = SubjectKeys("s", UUID(int=1), [DataKey(UUID(int=3), 1, Suite.SM4_GCM, b"k" * 32)])
    nonces = {field.parse(keys.seal("t", "c", UUID(int=2), b"")).nonce for _ in range(5000)}
    assert len(nonces) == 5000
    assert asked == [12] * 5000
