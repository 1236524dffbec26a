"""A key that outlives the generations of a root: in a file, wrapped by the newest of them."""

from pathlib import Path

from security.crypto.root import RootKey
from security.durable import replace_file
from security.errors import CiphertextRefused, KeyFileRefused


def read(path: Path, root: RootKey, context: bytes) -> bytes:
    """KeyFileRefused where the file is there and this root does not open it."""
    try:
        return root.unwrap(path.read_bytes(), context)
    except CiphertextRefused:
        raise KeyFileRefused(f"{path} belongs to another root key; put it back from its backup") from None


def write(path: Path, key: bytes, root: RootKey, context: bytes) -> None:
    """In place of what is there, in one step."""
    put(path, root.wrap(key, context))


def put(path: Path, wrapped: bytes) -> None:
    """What is wrapped already, likewise."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, wrapped, 0o400)
