"""Reads a bundle through: signature first, then every file against the signed list. Nothing is written.

What it refuses: a flipped byte, a file that is missing, extra or there twice, and whatever is no plain file.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.bundle.archive import Archive, members, parts_of, taken
from models.bundle.errors import BundleRefused
from models.bundle.manifest import HEAD, MANIFEST, PUBLIC_KEY, SIGNATURE, Entry, Manifest, parse
from models.bundle.signature import Trust, check_signature

Progress = Callable[[str, int, int], None]
"""Told a file, the bytes behind us, and all bytes."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    manifest: Manifest
    head: dict[str, bytes]


def open_head(found: Iterator[tuple[str, int]], archive: Archive, trust: Trust) -> Opened:
    """The manifest, once its signature has been checked."""
    head = {}
    for name, limit in HEAD.items():
        there, size = next(found, ("", 0))
        if there != name or size > limit:
            raise BundleRefused(f"it does not begin with {', '.join(HEAD)}: it is no bundle of ours")
        head[name] = b"".join(taken(archive, size))
    return _believed(head, trust)


def _believed(head: dict[str, bytes], trust: Trust) -> Opened:
    check_signature(head[MANIFEST], head[SIGNATURE], trust.chosen(head[PUBLIC_KEY]))
    return Opened(manifest=parse(head[MANIFEST]), head=head)


def verify(path: Path, trust: Trust, progress: Progress = lambda *_: None) -> Manifest:
    """Every byte of an archive or of an unpacked folder. BundleRefused for the first thing that is not as signed."""
    if (path / MANIFEST).is_file():
        return _verify_folder(path, trust, progress)
    with Archive(parts_of(path)) as archive:
        found = members(archive)
        manifest = open_head(found, archive, trust).manifest
        walk(manifest, found, lambda entry: _digest(taken(archive, entry.size)), progress)
        return manifest


def walk(
    manifest: Manifest, found: Iterator[tuple[str, int]], take: Callable[[Entry], str], progress: Progress
) -> None:
    """Each member once, as listed; ``take`` reads it and returns its hash."""
    missing, behind = dict(manifest.files), 0
    for name, size in found:
        entry = missing.pop(name, None)
        if entry is None:
            raise BundleRefused(f"{name!r} {'is there twice' if name in manifest.files else 'is not in the manifest'}")
        if size != entry.size:
            raise BundleRefused(f"{name!r} has {size} bytes, the manifest says {entry.size}")
        if take(entry) != entry.sha256:
            raise BundleRefused(f"{name!r} is not what was signed: copy the bundle again, or do not use it")
        behind += size
        progress(name, behind, manifest.size)
    if missing:
        raise BundleRefused(f"{len(missing)} files are missing, first {min(missing)!r}")


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _verify_folder(folder: Path, trust: Trust, progress: Progress) -> Manifest:
    manifest = _believed({name: (folder / name).read_bytes() for name in HEAD}, trust).manifest
    walk(manifest, present(folder), lambda entry: hash_of(folder / entry.path), progress)
    return manifest


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def present(folder: Path) -> Iterator[tuple[str, int]]:
    """What lies there, in no order; a link or a device is refused."""
    for place, folders, files in os.walk(folder):
        for name in (*files, *(name for name in folders if (Path(place) / name).is_symlink())):
            path = Path(place) / name
            relative, found = path.relative_to(folder).as_posix(), path.lstat()
            if not stat.S_ISREG(found.st_mode):
                raise BundleRefused(f"{relative!r} is no regular file")
            if relative not in HEAD:
                yield relative, found.st_size
