"""The root key in the hands of custodians: each keeps a file that only their own passphrase opens; two of three do.

For a root key that is on no disk of the machine (join the shares into a memory file system at start), and for its
backup.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from security.crypto import key_file
from security.crypto.encoding import length_prefixed
from security.crypto.shamir import Share, combine, split
from security.crypto.suites import NONCE_BYTES, Suite, aead
from security.errors import CiphertextRefused, SharesRefused

THRESHOLD, CUSTODIANS = 2, 3
SHORTEST_PASSPHRASE = 12
_FORM = "root-share/v1"
_SALT_BYTES, _SET_BYTES, _CHECK_BYTES = 16, 8, 8
_COST, _BLOCK, _PARALLEL = 2**16, 8, 1
_MEMORY = 128 * _BLOCK * (_COST + _PARALLEL + 2) + 1024 * 1024
"""scrypt needs 64 MiB and a quarter of a second for each guess."""


class _Header(NamedTuple):
    set_id: str
    """Shares of one splitting belong together."""
    place: int
    check: str
    """Shows whether the right secret came out; too short to help guessing 256 bits."""


def seal_shares(secret: bytes, passphrases: Sequence[str]) -> list[str]:
    """One file's text for each passphrase."""
    if len(passphrases) != CUSTODIANS or len(set(passphrases)) != CUSTODIANS:
        raise SharesRefused(f"{CUSTODIANS} custodians, each with a passphrase of their own")
    if min(map(len, passphrases)) < SHORTEST_PASSPHRASE:
        raise SharesRefused(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")
    set_id = secrets.token_hex(_SET_BYTES)
    shares = split(secret, THRESHOLD, CUSTODIANS)
    headers = [_Header(set_id, share.place, _check(secret)) for share in shares]
    return [_sealed(*each) for each in zip(headers, shares, passphrases, strict=True)]


def open_shares(texts: Sequence[str], passphrases: Sequence[str]) -> bytes:
    """The secret. SharesRefused says which share does not open, and not why more than its custodian needs."""
    if len(texts) < THRESHOLD:
        raise SharesRefused(f"{THRESHOLD} shares are needed")
    opened = [_opened(*each) for each in zip(texts, passphrases, strict=True)]
    headers = [header for header, _ in opened]
    if len({(header.set_id, header.check) for header in headers}) != 1:
        raise SharesRefused("these shares do not belong together")
    try:
        secret = combine([share for _, share in opened])
    except ValueError as twice:
        raise SharesRefused(f"the shares cannot be joined: {twice}") from twice
    if _check(secret) != headers[0].check:
        raise SharesRefused("the shares do not give back the secret that was split")
    return secret


def join_into(path: Path, texts: Sequence[str], passphrases: Sequence[str]) -> None:
    """The root key file again. Never over one that is there."""
    key_file.write(path, open_shares(texts, passphrases))


def _sealed(header: _Header, share: Share, passphrase: str) -> str:
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    cipher = aead(Suite.AES_256_GCM, _stretched(passphrase, salt))
    sealed = cipher.seal(nonce, share.data, _associated(header))
    tree = {
        "form": _FORM,
        "set": header.set_id,
        "place": header.place,
        "of": CUSTODIANS,
        "needed": THRESHOLD,
        "check": header.check,
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "sealed": base64.b64encode(sealed).decode(),
    }
    return json.dumps(tree, indent=1) + "\n"


def _opened(text: str, passphrase: str) -> tuple[_Header, Share]:
    try:
        tree = json.loads(text)
        if tree["form"] != _FORM:
            raise ValueError
        header = _Header(str(tree["set"]), int(tree["place"]), str(tree["check"]))
        salt, nonce, sealed = (base64.b64decode(tree[name], validate=True) for name in ("salt", "nonce", "sealed"))
    except (ValueError, KeyError, TypeError):
        raise SharesRefused("this is no share of a root key") from None
    cipher = aead(Suite.AES_256_GCM, _stretched(passphrase, salt))
    try:
        return header, Share(header.place, cipher.open(nonce, sealed, _associated(header)))
    except (CiphertextRefused, ValueError):
        raise SharesRefused(f"share {header.place} does not open: wrong passphrase, or it was changed") from None


def _associated(header: _Header) -> bytes:
    return b"csa-share/v1" + length_prefixed(header.set_id, str(header.place), header.check)


def _stretched(passphrase: str, salt: bytes) -> bytes:
    given = passphrase.encode()
    return hashlib.scrypt(given, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY, dklen=32)


def _check(secret: bytes) -> str:
    return hashlib.sha256(b"csa/root-check/v1" + secret).digest()[:_CHECK_BYTES].hex()
