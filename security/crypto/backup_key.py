"""The key that wraps the keys of backups. It is kept wrapped by the root: in a file here, and in every archive.

So an archive opens with the root key alone, which custodians can bring back; and after a change of the root key with
the new one, by the file here or by any newer archive.
"""

import os
from pathlib import Path
from typing import NamedTuple

from security.crypto.root import RootKey
from security.durable import flush_directory
from security.errors import CiphertextRefused, KeyFileRefused

KEY_BYTES = 32
_CONTEXT = b"csa/backup-key/v1"


class BackupKey(NamedTuple):
    secret: bytes
    wrapped: bytes


def read_or_create(path: Path, root: RootKey) -> BackupKey:
    """KeyFileRefused where the file is there and this root does not open it."""
    if not path.exists():
        _write(path, root.wrap(root.random(KEY_BYTES), _CONTEXT))
    wrapped = path.read_bytes()
    try:
        return BackupKey(root.unwrap(wrapped, _CONTEXT), wrapped)
    except CiphertextRefused:
        raise KeyFileRefused(f"{path} belongs to another root key; put it back from its backup") from None


def unwrap(root: RootKey, wrapped: bytes) -> bytes:
    """What stands wrapped in an archive's header, or CiphertextRefused."""
    return root.unwrap(wrapped, _CONTEXT)


def put_back(path: Path, wrapped: bytes) -> None:
    """From an archive, where this machine has none yet."""
    if not path.exists():
        _write(path, wrapped)


def rewrap(path: Path, root: RootKey) -> None:
    """Under the root's newest generation; nothing where there is no backup key yet."""
    if path.exists():
        _write(path, root.wrap(read_or_create(path, root).secret, _CONTEXT))


def _write(path: Path, wrapped: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        file.write(wrapped)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    flush_directory(path.parent)
