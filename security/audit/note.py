"""Signed notes (C2SP signed-note): a text, an empty line, signature lines. Ed25519."""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from security.errors import AuditCorrupt

_ED25519 = b"\x01"


class Signer(Protocol):
    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 raw bytes."""
        ...

    def sign(self, message: bytes) -> bytes: ...


class VerifierKey(NamedTuple):
    """Written as ``name+<key id>+<base64>``: what an auditor keeps on a machine of their own."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public_key).decode()}"


def sign_note(text: str, name: str, signer: Signer) -> str:
    key_id = VerifierKey(name, signer.public_key).key_id
    signature = base64.b64encode(key_id + signer.sign(text.encode())).decode()
    return f"{text}\n\u2014 {name} {signature}\n"


def opened(note: str, key: VerifierKey) -> str:
    """The text of a note that this key has signed. Signatures of others beside it are ignored."""
    text, separator, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines() if separator else ():
        if _is_signed(line, f"{text}\n".encode(), key):
            return f"{text}\n"
    raise AuditCorrupt("a checkpoint does not carry the signature of the log's key")


def opened_by_any(note: str, keys: Sequence[VerifierKey]) -> str:
    """The text of a note that one of these keys has signed."""
    for key in keys[:-1]:
        try:
            return opened(note, key)
        except AuditCorrupt:
            continue
    return opened(note, keys[-1])


def _is_signed(line: str, text: bytes, key: VerifierKey) -> bool:
    try:
        dash, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        if (dash, name, signature[:4]) != ("\u2014", key.name, key.key_id):
            return False
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature[4:], text)
    except (ValueError, InvalidSignature):
        return False
    return True
