"""The ciphers and MACs against files of vectors, good and forged, that an independent reference has made."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from security.crypto.suites import TAG_BYTES, Suite, aead
from security.errors import CiphertextRefused
from tests.security.crypto import reference

pytestmark = pytest.mark.control("M-28", "M-29")

SUITES = {"AES-GCM": Suite.AES_256_GCM, "SM4-GCM": Suite.SM4_GCM}
HASHES = {"HMAC-SHA256": hashes.SHA256(), "HMAC-SM3": hashes.SM3()}


def cases(algorithm: str) -> Iterator[dict[str, Any]]:
    hexadecimal = ("key", "iv", "aad", "msg", "ct", "tag")
    for case in json.loads(reference.path_of(algorithm).read_text(encoding="utf-8"))["tests"]:
        yield {name: bytes.fromhex(value) if name in hexadecimal else value for name, value in case.items()}


@pytest.mark.parametrize("algorithm", SUITES)
def test_what_is_valid_is_made_and_opened_and_what_is_forged_yields_nothing(algorithm: str) -> None:
    seen = {"valid": 0, "invalid": 0}
    for case in cases(algorithm):
        cipher, sealed = aead(SUITES[algorithm], case["key"]), case["ct"] + case["tag"]
        if case["result"] == "valid":
            assert cipher.seal(case["iv"], case["msg"], case["aad"]) == sealed, case["comment"]
            assert cipher.open(case["iv"], sealed, case["aad"]) == case["msg"], case["comment"]
        else:
            with pytest.raises(CiphertextRefused):
                cipher.open(case["iv"], sealed, case["aad"])
        seen[case["result"]] += 1
    assert seen == {"valid": 26, "invalid": 34}


@pytest.mark.parametrize("algorithm", HASHES)
def test_macs_are_as_rfc_2104_says(algorithm: str) -> None:
    for case in cases(algorithm):
        keyed = HMAC(case["key"], HASHES[algorithm])
        keyed.update(case["msg"])
        assert keyed.finalize() == case["tag"], case["comment"]


def test_the_files_are_what_the_reference_makes() -> None:
    for algorithm, tree in reference.files().items():
        assert json.loads(reference.path_of(algorithm).read_text(encoding="utf-8")) == tree


def test_the_reference_itself_gives_the_published_vectors() -> None:
    """RFC 8998, appendix A.1, and test case 16 of the GCM specification, shortened to their tags; RFC 4231, case 2."""
    text = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    block = reference.block_of("SM4-GCM", bytes.fromhex("0123456789abcdeffedcba9876543210"))
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    _, tag = reference.gcm(block, bytes.fromhex("00001234567800000000abcd"), text, associated)
    assert tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    text = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    block = reference.block_of("AES-GCM", bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2))
    _, tag = reference.gcm(block, bytes.fromhex("cafebabefacedbaddecaf888"), text, associated)
    assert tag.hex() == "76fc6ece0f4e1768cddf8853bb2d551b"
    mac = reference.hmac(reference.DIGESTS["HMAC-SHA256"], b"Jefe", b"what do ya want for nothing?")
    assert mac.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_a_forged_case_of_every_length_of_the_tag_is_among_them() -> None:
    lengths = {len(case["tag"]) for case in cases("AES-GCM") if case["result"] == "invalid"}
    assert lengths == {0, 4, 8, 12, 15, TAG_BYTES}
