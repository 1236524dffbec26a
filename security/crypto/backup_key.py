"""The key that wraps the keys of backups. It is kept wrapped by the root: in a file here, and in every archive.

So an archive opens with the root key alone, which custodians can bring back; and after a change of the root key with
the new one, by the file here or by any newer archive.
"""

from pathlib import Path
from typing import NamedTuple

from security.crypto import wrapped_file
from security.crypto.root import RootKey

KEY_BYTES = 32
_CONTEXT = b"csa/backup-key/v1"


class BackupKey(NamedTuple):
    secret: bytes
    wrapped: bytes


def read_or_create(path: Path, root: RootKey) -> BackupKey:
    """KeyFileRefused where the file is there and this root does not open it."""
    if not path.exists():
        wrapped_file.write(path, root.random(KEY_BYTES), root, _CONTEXT)
    return BackupKey(wrapped_file.read(path, root, _CONTEXT), path.read_bytes())


def unwrap(root: RootKey, wrapped: bytes) -> bytes:
    """What stands wrapped in an archive's header, or CiphertextRefused."""
    return root.unwrap(wrapped, _CONTEXT)


def put_back(path: Path, wrapped: bytes) -> None:
    """From an archive, where this machine has none yet."""
    if not path.exists():
        wrapped_file.put(path, wrapped)


def rewrap(path: Path, root: RootKey) -> None:
    """Under the root's newest generation; nothing where there is no backup key yet."""
    if path.exists():
        wrapped_file.write(path, wrapped_file.read(path, root, _CONTEXT), root, _CONTEXT)
