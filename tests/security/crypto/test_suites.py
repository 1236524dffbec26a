"""The ciphers, against published vectors."""

import pytest

from security.crypto.suites import Suite, aead
from security.errors import CiphertextRefused

pytestmark = pytest.mark.control("M-28", "M-29")


def test_sm4_gcm_matches_rfc_8998_appendix_a1() -> None:
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plaintext = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    cipher = aead(Suite.SM4_GCM, key)
    assert cipher.seal(nonce, plaintext, associated) == sealed
    assert cipher.open(nonce, sealed, associated) == plaintext


def test_aes_256_gcm_matches_test_case_16_of_the_gcm_specification() -> None:
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plaintext = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    cipher = aead(Suite.AES_256_GCM, key)
    assert cipher.seal(nonce, plaintext, associated) == sealed
    assert cipher.open(nonce, sealed, associated) == plaintext


@pytest.mark.parametrize("suite", list(Suite))
def test_a_changed_tag_yields_no_plaintext(suite: Suite) -> None:
    cipher = aead(suite, bytes(suite.key_bytes))
    sealed = bytearray(cipher.seal(bytes(12), b"value", b""))
    sealed[-1] ^= 1
    with pytest.raises(CiphertextRefused):
        cipher.open(bytes(12), bytes(sealed), b"")


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("length", range(16))
def test_fewer_bytes_than_a_tag_are_refused(suite: Suite, length: int) -> None:
    with pytest.raises(CiphertextRefused):
        aead(suite, bytes(suite.key_bytes)).open(bytes(12), bytes(length), b"")
