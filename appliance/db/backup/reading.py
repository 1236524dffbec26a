"""Reads an archive: all of it, before anything is done with it. What does not fit is ArchiveRefused."""

import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from appliance.db.backup.model import FORM, MANIFEST, Manifest, Member
from security.crypto.archive import ArchiveReader, Header, OpenBackupKey, read_header
from security.errors import ArchiveRefused

_BLOCK = 1024 * 1024
_LONGEST_MANIFEST = 256 * 1024 * 1024


class Entry(NamedTuple):
    name: str
    content: IO[bytes]

    def blocks(self) -> Iterator[bytes]:
        while block := self.content.read(_BLOCK):
            yield block


def header_of(path: Path) -> Header:
    try:
        with path.open("rb") as file:
            return read_header(file)
    except OSError as error:
        raise ArchiveRefused(f"{path}: {error.strerror}") from error


@contextmanager
def entries(path: Path, openers: Sequence[OpenBackupKey]) -> Iterator[Iterator[Entry]]:
    """Its members in their order; each can be read until the next one is asked for."""
    try:
        with path.open("rb") as file:
            reader = ArchiveReader(file, openers)
            with tarfile.open(fileobj=reader, mode="r|") as tar:
                yield _entries(tar)
            while reader.read(_BLOCK):
                pass  # what follows the last member is authentic too, up to the archive's very end
    except OSError as error:
        raise ArchiveRefused(f"{path}: {error.strerror}") from error
    except tarfile.TarError as error:
        raise ArchiveRefused(f"{path} is authentic, and not as this version writes it: {error}") from error


def verify(path: Path, openers: Sequence[OpenBackupKey], say: Callable[[str], None]) -> Manifest:
    """The manifest, once every byte was found authentic and every member as the manifest counts it."""
    found: list[Member] = []
    manifest: Manifest | None = None
    with entries(path, openers) as all_of_it:
        for entry in all_of_it:
            if entry.name == MANIFEST:
                manifest = _manifest(entry.content.read(_LONGEST_MANIFEST))
            else:
                found.append(_hashed(entry))
    if manifest is None or manifest.members != tuple(found):
        raise ArchiveRefused(f"{path} does not hold what its manifest says: take another copy")
    say(f"verified: {len(found)} members, {manifest.rows} rows")
    return manifest


def _entries(tar: tarfile.TarFile) -> Iterator[Entry]:
    for info in tar:
        content = tar.extractfile(info) if info.isfile() else None
        if content is None:
            raise ArchiveRefused(f"{info.name} is no plain file")
        yield Entry(info.name, content)


def _hashed(entry: Entry) -> Member:
    digest, size = sha256(), 0
    for block in entry.blocks():
        digest.update(block)
        size += len(block)
    return Member(name=entry.name, size=size, sha256=digest.hexdigest())


def _manifest(raw: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise ArchiveRefused(f"the manifest is not as this version writes it: {error}") from error
    if manifest.form != FORM:
        raise ArchiveRefused(f"the archive is of form {manifest.form}; this version reads {FORM}")
    return manifest
