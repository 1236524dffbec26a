"""The publisher's key: made once, kept by who publishes, used to sign manifests. Its public half goes to the sites."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.bundle.errors import BundleRefused

SUFFIX = ".pub"


def make_key(path: Path, passphrase: bytes | None) -> bytes:
    """Two new files, ``path`` (mode 0600) and ``path``.pub; returns the public key. What is there is never replaced."""
    public_path = path.with_name(path.name + SUFFIX)
    for each in (path, public_path):
        if each.exists():
            raise BundleRefused(f"{each} is there already: a key is never overwritten; name another file")
    key = Ed25519PrivateKey.generate()
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    path.parent.mkdir(parents=True, exist_ok=True)
    public, descriptor = public_of(key), os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
        public_path.write_bytes(public)
    except OSError:  # half a key would be taken for one, and never overwritten
        path.unlink()
        public_path.unlink(missing_ok=True)
        raise
    return public


def read_key(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    """BundleRefused for what is no private key, is readable by others, or does not open."""
    if not path.is_file():
        raise BundleRefused(f"{path} is not there: make a key once with 'appliance bundle key {path}'")
    if path.stat().st_mode & 0o077:
        raise BundleRefused(f"others may read {path}: chmod 600 {path}, and think about who has seen it")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except (ValueError, TypeError) as wrong:
        raise BundleRefused(f"{path} does not open: {wrong}") from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleRefused(f"{path} is not a key of Ed25519")
    return key


def public_of(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
