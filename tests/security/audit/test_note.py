"""Signed notes and the checkpoints in them."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from security.audit.checkpoint import Checkpoint, parse_checkpoint
from security.audit.file_signer import FileSigner
from security.audit.note import VerifierKey, opened, sign_note
from security.errors import AuditCorrupt


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner(tmp_path / "audit.key")


def test_a_verifier_key_is_written_as_the_specification_does() -> None:
    # the example key of golang.org/x/mod/sumdb/note
    encoded = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    public_key = base64.b64decode(encoded.split("+", 2)[2])[1:]
    assert str(VerifierKey("PeterNeumann", public_key)) == encoded


def test_the_example_note_of_the_specification_opens() -> None:
    encoded = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = VerifierKey("PeterNeumann", base64.b64decode(encoded.split("+", 2)[2])[1:])
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    note = f"{text}\n\u2014 PeterNeumann {signature}\n"
    assert opened(note, key) == text


def test_a_signed_text_opens_with_its_key_only(signer: FileSigner, tmp_path: Path) -> None:
    note = sign_note("text\n", "log", signer)
    assert opened(note, VerifierKey("log", signer.public_key)) == "text\n"
    for wrong in (VerifierKey("other", signer.public_key), VerifierKey("log", FileSigner(tmp_path / "b").public_key)):
        with pytest.raises(AuditCorrupt):
            opened(note, wrong)


def test_any_changed_character_is_noticed(signer: FileSigner) -> None:
    key = VerifierKey("log", signer.public_key)
    note = sign_note("line one\nline two\n", "log", signer)
    for at in range(note.index("\u2014")):
        with pytest.raises(AuditCorrupt):
            opened(note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :], key)


def test_signatures_of_others_beside_ours_are_ignored(signer: FileSigner) -> None:
    note = sign_note("text\n", "log", signer) + "\u2014 witness AAAAAAAA\n"
    assert opened(note, VerifierKey("log", signer.public_key)) == "text\n"


def test_a_checkpoint_reads_back() -> None:
    checkpoint = Checkpoint(origin="o", size=7, root=bytes(32), chain="c", ts="2026-11-21T00:00:00.000000Z", prev="p")
    assert parse_checkpoint(checkpoint.text()) == checkpoint


@pytest.mark.parametrize("text", ["", "o\n7\n", "o\nseven\nAA==\nchain c\nts t\nprev p\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(AuditCorrupt):
        parse_checkpoint(text)


def test_the_public_key_verifies(signer: FileSigner) -> None:
    Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signer.sign(b"m"), b"m")
