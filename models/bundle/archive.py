"""A bundle as bytes: a plain tar of regular files, in one file or in numbered parts, read from front to end.

Nothing in it is expanded: links, devices, sparse files, extended headers and compression are refused where they stand.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from models.bundle.errors import BundleRefused

BLOCK: Final = tarfile.BLOCKSIZE
_PIECE: Final = 1024 * 1024
_LONGEST: Final = 1024
"""Bytes that a name of its own may have; what names may be is the manifest's business."""
_COMPRESSED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK")


class Archive:
    """The bytes of a bundle, over as many parts as it has, without seeking."""

    def __init__(self, parts: list[Path]) -> None:
        self._waiting = list(parts)
        self._file: BinaryIO | None = None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def read(self, size: int, /) -> bytes:
        """Exactly so many, unless nothing is left."""
        found = b""
        while len(found) < size:
            if self._file is None:
                if not self._waiting:
                    break
                self._file = self._waiting.pop(0).open("rb")
            piece = self._file.read(size - len(found))
            if not piece:
                self._file.close()
                self._file = None
            found += piece
        return found

    def refuse_more(self) -> None:
        """After the end a tar may hold zeros up to the end of its record, and nothing else."""
        rest = self.read(tarfile.RECORDSIZE + 1)
        if len(rest) > tarfile.RECORDSIZE or rest.strip(b"\0"):
            raise BundleRefused("something follows the end of the bundle: do not use it")


def parts_of(path: Path) -> list[Path]:
    """The files of an archive: one, or all its numbered parts, of which any may be named."""
    if path.is_dir():
        found = sorted(path.glob("*.bundle")) or sorted(path.glob("*.bundle.001"))
        if len(found) != 1:
            raise BundleRefused(f"{path} holds {len(found)} bundles: name one")
        return parts_of(found[0])
    base = path.with_suffix("") if path.suffix[1:].isdigit() else path
    numbered = sorted(base.parent.glob(f"{base.name}.[0-9][0-9][0-9]"))
    if path == base and path.is_file():
        return [path]
    if not numbered:
        raise BundleRefused(f"{path} is not there")
    wanted = [f".{number:03d}" for number in range(1, len(numbered) + 1)]
    if [part.suffix for part in numbered] != wanted:
        raise BundleRefused(
            f"of the parts of {base.name} one is missing: there are {', '.join(p.name for p in numbered)}"
        )
    return numbered


def members(archive: Archive) -> Iterator[tuple[str, int]]:
    """Name and size of each; whoever takes one reads its bytes (and the padding) before asking for the next."""
    while (head := _head(archive)) is not None:
        name = head.name
        if head.type == tarfile.GNUTYPE_LONGNAME and 0 < head.size <= _LONGEST:
            name = _long_name(b"".join(taken(archive, head.size)))
            head = _head(archive)
        if head is None or head.type != tarfile.REGTYPE or head.size < 0 or head.linkname:
            raise BundleRefused(f"{name!r} is no regular file: it is not unpacked")
        yield name, head.size
    archive.refuse_more()


def _head(archive: Archive) -> tarfile.TarInfo | None:
    """None at the end."""
    block = archive.read(BLOCK)
    if block.startswith(_COMPRESSED):
        raise BundleRefused("it is compressed, and a bundle never is: it is not read")
    if len(block) < BLOCK:
        raise BundleRefused("it ends before its end: copy it again")
    if not block.strip(b"\0"):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as damaged:
        raise BundleRefused(f"it is no bundle, or is damaged: {damaged}") from damaged


def _long_name(content: bytes) -> str:
    """One that the 100 bytes of a header do not hold stands before it."""
    try:
        return content.rstrip(b"\0").decode()
    except UnicodeDecodeError as damaged:
        raise BundleRefused("it is no bundle, or is damaged: a name is not UTF-8") from damaged


def taken(archive: Archive, size: int) -> Iterator[bytes]:
    """The bytes of a member in pieces, and its padding read away."""
    left = size
    while left:
        piece = archive.read(min(left, _PIECE))
        if not piece:
            raise BundleRefused("it ends before its end: copy it again")
        left -= len(piece)
        yield piece
    if archive.read(-size % BLOCK).strip(b"\0"):
        raise BundleRefused("something lies between its files: do not use it")
