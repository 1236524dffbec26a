"""Whose signature counts, and whether it is right: Ed25519 by ``cryptography``, or ``openssl`` where that is missing.

A key that lies in the bundle is believed only if its fingerprint is known, or if somebody says aloud that it counts.
"""

import base64
import binascii
import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.bundle.errors import BundleRefused

_ED25519: Final = bytes.fromhex("302a300506032b6570032100")
"""What a public key of Ed25519 begins with, as DER."""


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whose signature counts: a public key, the fingerprint of one, or (said aloud) whichever lies inside."""

    key: bytes = b""
    fingerprint: str = ""
    inside: bool = False

    def chosen(self, inside: bytes) -> bytes:
        """The key that must have signed, in PEM."""
        if self.key:
            return self.key
        if self.fingerprint:
            if fingerprint(inside) != self.fingerprint.lower().replace(":", ""):
                raise BundleRefused(
                    f"it was signed by {fingerprint(inside)}, not by {self.fingerprint}: ask the publisher who is right"
                )
            return inside
        if self.inside:
            return inside
        raise BundleRefused(
            "whose signature counts? Name the publisher's key (--key FILE) or its fingerprint (--fingerprint HEX), got "
            "by another way than the bundle; or say --trust-key-inside, which proves only that nothing was damaged"
        )


def fingerprint(pem: bytes) -> str:
    """SHA-256 of the key as DER, in hexadecimal: what ``openssl pkey -pubin -outform DER | sha256sum`` prints."""
    return hashlib.sha256(_der(pem)).hexdigest()


def _der(pem: bytes) -> bytes:
    lines = pem.decode("ascii", "replace").strip().splitlines()
    if len(lines) < 3 or lines[0] != "-----BEGIN PUBLIC KEY-----" or lines[-1] != "-----END PUBLIC KEY-----":
        raise BundleRefused("the public key is no PEM file that begins with -----BEGIN PUBLIC KEY-----")
    try:
        der = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BundleRefused("the public key is damaged") from wrong
    if not der.startswith(_ED25519) or len(der) != len(_ED25519) + 32:
        raise BundleRefused("the public key is not one of Ed25519")
    return der


def check_signature(manifest: bytes, signature: bytes, pem: bytes) -> None:
    """BundleRefused unless this key signed exactly these bytes."""
    raw = _der(pem)[len(_ED25519) :]
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        is_right = _openssl_agrees(manifest, signature, pem)
    else:
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, manifest)
            is_right = True
        except InvalidSignature:
            is_right = False
    if not is_right:
        raise BundleRefused(f"the signature is not of {fingerprint(pem)}, or the manifest was changed: do not use it")


def _openssl_agrees(manifest: bytes, signature: bytes, pem: bytes) -> bool:
    program = shutil.which("openssl")
    if program is None:
        raise BundleRefused(
            "nothing here can check a signature: install Python's cryptography or openssl from your distribution"
        )
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in (("m", manifest), ("s", signature), ("k", pem)):
            Path(scratch, name).write_bytes(content)
        words = ["pkeyutl", "-verify", "-pubin", "-inkey", "k", "-rawin", "-in", "m", "-sigfile", "s"]
        done = subprocess.run([program, *words], cwd=scratch, capture_output=True, text=True, check=False)  # noqa: S603
    if "erified" not in done.stdout + done.stderr and "ailure" not in done.stdout + done.stderr:
        raise BundleRefused(f"openssl could not check the signature: {(done.stderr or done.stdout).strip()[:200]}")
    return done.returncode == 0
