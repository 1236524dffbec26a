"""The root key as a file on this machine. Software only: no certified module, not for a cryptographic assessment.

A rotation adds a generation beside it: ``root.key``, ``root.key.2``, … The newest wraps, each opens what it wrapped,
until an older one is retired. The secrets of epochs lie in a folder beside it (``root-epochs``). Other processes take
up a new generation by themselves.

What `mac` and `sign` are made with is the first generation's, for good: what it made is kept by others, who wants no
calls for one. Before that generation goes it lies in ``root.mac``, wrapped by the newest.
"""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from security.crypto import key_file, wrapped_file
from security.crypto.epochs import EpochFiles
from security.crypto.secret_root import SecretRoot, Standing
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, KeyFileRefused

_FIRST = 1
_STANDING = b"csa/root-standing/v1"


class FileRootKey:
    def __init__(self, path: Path, suite: Suite = Suite.AES_256_GCM) -> None:
        self._path = path
        self._suite = suite
        self.epochs = EpochFiles.beside(path, suite)
        self._standing_file = path.with_name(f"{path.stem}.mac")
        key_file.end_destroying(path.parent, path.name)
        if not self.generations():
            self._refuse_a_second_first()
            key_file.read_or_create(path)
        self._roots: dict[int, SecretRoot] = {}
        self._load()

    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 raw bytes: what `sign` is checked with."""
        return self._standing.public_key

    def wrap(self, key: bytes, context: bytes) -> bytes:
        self._load()
        return self._roots[max(self._roots)].wrap(key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        for root in self._newest_first():
            with suppress(CiphertextRefused):
                return root.unwrap(wrapped, context)
        raise CiphertextRefused("the key was wrapped by another root, or was changed")

    def sign(self, message: bytes) -> bytes:
        return self._standing.sign(message)

    def mac(self, message: bytes) -> bytes:
        return self._standing.mac(message)

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def destroy(self) -> None:
        for generation in self.generations():
            key_file.destroy(self._file(generation))
        self._standing_file.unlink(missing_ok=True)
        for root in self._roots.values():
            root.destroy()
        self.__dict__.pop("_standing", None)

    # Rotation.

    def generations(self) -> list[int]:
        """Those that there are, oldest first. KeyFileRefused for a file that is called like one: it would wrap."""
        beside = self._path.parent.glob(f"{self._path.name}.*")
        later = [path for path in beside if path.name.removeprefix(f"{self._path.name}.").isdecimal()]
        found = sorted([*([_FIRST] if self._path.exists() else []), *(int(path.suffix[1:]) for path in later)])
        expected = list(range(found[0], found[0] + len(found))) if found else []
        strays = {*later} - {self._file(generation) for generation in expected}
        if strays:
            raise KeyFileRefused(
                f"{min(strays)} is called like a generation of the root key and follows none: move it to another folder"
            )
        return found

    def begin(self, generation: int) -> None:
        """Make this generation; beginning twice is beginning once. From now on it wraps."""
        key_file.read_or_create(self._file(generation))
        self._load()
        self._keep_standing()

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

    def retire_before(self, generation: int) -> int:
        """Destroy every generation before this one; how many. What they alone wrapped never opens again."""
        older = [each for each in self.generations() if each < generation]
        if older:
            self._keep_standing()
        for each in older:
            key_file.destroy(self._file(each))
        self._load()
        return len(older)

    @cached_property
    def _standing(self) -> Standing:
        self._load()
        if self._standing_file.exists():
            return Standing(wrapped_file.read(self._standing_file, self, _STANDING))
        return self._roots[min(self._roots)].standing

    def _keep_standing(self) -> None:
        """Wrapped by the newest generation that there is; the same under any."""
        wrapped_file.write(self._standing_file, self._standing.secret, self, _STANDING)

    def _refuse_a_second_first(self) -> None:
        """A root that is lost is not replaced by one that opens nothing of what is here."""
        left = [each for each in (self._standing_file, self.epochs.folder) if _holds_something(each)]
        if left and not self.generations():  # another process may just have made the first, and then an epoch
            raise KeyFileRefused(
                f"key file {self._path} is gone, and {left[0]} belongs to it: put it back from its backup, or join it "
                "from its shares. A new one would open nothing that is kept here"
            )

    def _newest_first(self) -> Iterator[SecretRoot]:
        """Those in memory, then whatever has come since."""
        known = set(self._roots)
        for generation in sorted(known, reverse=True):
            yield self._roots[generation]
        self._load()
        for generation in sorted(self._roots.keys() - known, reverse=True):
            yield self._roots[generation]

    def _load(self) -> None:
        """Never makes one: a generation that another process has just retired would come back as another key."""
        for generation in self.generations():
            if generation not in self._roots and (secret := self._secret_of(generation)):
                self._roots[generation] = SecretRoot(secret, self._suite)

    def _secret_of(self, generation: int) -> bytes | None:
        try:
            return key_file.read(self._file(generation))
        except KeyFileRefused:
            if generation in self.generations():
                raise
            return None

    def _file(self, generation: int) -> Path:
        return self._path if generation == _FIRST else self._path.with_name(f"{self._path.name}.{generation}")


def _holds_something(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))
