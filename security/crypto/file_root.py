"""The root key as a file on this machine. Software only: no certified module, not for a cryptographic assessment.

A rotation adds a generation beside it: ``root.key``, ``root.key.2``, … The newest wraps, each opens what it wrapped,
until an older one is retired. The secrets of epochs lie in a folder beside it (``root-epochs``). Other processes take
up a new generation by themselves. What `mac` and `sign` are made with stays as it was when the process started.
"""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from security.crypto import key_file
from security.crypto.epochs import EpochFiles
from security.crypto.secret_root import SecretRoot
from security.crypto.suites import Suite
from security.errors import CiphertextRefused

_FIRST = 1


class FileRootKey:
    def __init__(self, path: Path, suite: Suite = Suite.AES_256_GCM) -> None:
        self._path = path
        self._suite = suite
        self.epochs = EpochFiles.beside(path, suite)
        if not self.generations():
            key_file.read_or_create(path)
        self._roots: dict[int, SecretRoot] = {}
        self._load()
        self._oldest = self._roots[min(self._roots)]

    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 raw bytes: what `sign` is checked with."""
        return self._oldest.public_key

    def wrap(self, key: bytes, context: bytes) -> bytes:
        self._load()
        return self._roots[max(self._roots)].wrap(key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        for root in self._newest_first():
            with suppress(CiphertextRefused):
                return root.unwrap(wrapped, context)
        raise CiphertextRefused("the key was wrapped by another root, or was changed")

    def sign(self, message: bytes) -> bytes:
        return self._oldest.sign(message)

    def mac(self, message: bytes) -> bytes:
        return self._oldest.mac(message)

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def destroy(self) -> None:
        for generation in self.generations():
            key_file.destroy(self._file(generation))
        for root in self._roots.values():
            root.destroy()

    # Rotation.

    def generations(self) -> list[int]:
        """Those that there are, oldest first."""
        names = (
            path.name.removeprefix(f"{self._path.name}.") for path in self._path.parent.glob(f"{self._path.name}.*")
        )
        later = [int(name) for name in names if name.isdecimal()]
        return sorted([*([_FIRST] if self._path.exists() else []), *later])

    def begin(self, generation: int) -> None:
        """Make this generation; beginning twice is beginning once. From now on it wraps."""
        key_file.read_or_create(self._file(generation))
        self._load()

    def is_newest(self, wrapped: bytes, context: bytes) -> bool:
        """Whether the newest generation alone opens it."""
        self._load()
        try:
            self._roots[max(self._roots)].unwrap(wrapped, context)
        except CiphertextRefused:
            return False
        return True

    def newest_since(self) -> datetime:
        """When the newest generation was made."""
        return datetime.fromtimestamp(self._file(self.generations()[-1]).stat().st_mtime, UTC)

    def retire_older(self) -> int:
        """Destroy every generation but the newest; how many. What they alone wrapped never opens again."""
        older = self.generations()[:-1]
        for generation in older:
            key_file.destroy(self._file(generation))
        self._load()
        return len(older)

    def _newest_first(self) -> Iterator[SecretRoot]:
        """Those in memory, then whatever has come since."""
        known = set(self._roots)
        for generation in sorted(known, reverse=True):
            yield self._roots[generation]
        self._load()
        for generation in sorted(self._roots.keys() - known, reverse=True):
            yield self._roots[generation]

    def _load(self) -> None:
        for generation in self.generations():
            if generation not in self._roots:
                self._roots[generation] = SecretRoot(key_file.read_or_create(self._file(generation)), self._suite)

    def _file(self, generation: int) -> Path:
        return self._path if generation == _FIRST else self._path.with_name(f"{self._path.name}.{generation}")
