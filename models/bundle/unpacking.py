"""Unpacks a bundle into a new folder, all of it or nothing: what is not yet whole stands in a folder of another name.

Cut off, it goes on with the next call: what is there already is compared with the signed list, and kept.
"""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from models.bundle.archive import Archive, members, parts_of, taken
from models.bundle.errors import BundleRefused, NoRoom
from models.bundle.manifest import MANIFEST, Entry, Manifest, Target
from models.bundle.opening import Opened, Progress, hash_of, open_head, present, walk
from models.bundle.signature import Trust

SPARE: Final = 64 * 1024 * 1024
"""Bytes that stay free for what the file system itself needs."""


def this_machine() -> Target:
    return Target(
        machine=platform.machine(),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        glibc=platform.libc_ver()[1],
    )


def misfit(wanted: Target, found: Target) -> str:
    """Why a bundle is not for a machine; empty if it is."""
    if wanted.machine != found.machine:
        return f"it was packed for {wanted.machine}, this machine is {found.machine}: get the bundle for it"
    if not found.glibc:
        return "it needs glibc, and this machine has another C library: use another distribution"
    if _numbers(wanted.glibc) > _numbers(found.glibc):
        return f"it needs glibc {wanted.glibc}, found {found.glibc}: use a newer distribution"
    if wanted.python != found.python:
        return (
            f"it was packed for Python {wanted.python}, this is {found.python}: run it with python{wanted.python}, or "
            "get the bundle for yours"
        )
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def unpack(
    path: Path, folder: Path, trust: Trust, *, machine: Target, progress: Progress = lambda *_: None
) -> Manifest:
    """Into ``folder``, which must not be there yet."""
    if folder.exists() or folder.is_symlink():
        raise BundleRefused(f"{folder} is there already: name a folder that is not (each version has its own)")
    stage = folder.with_name(f"{folder.name}.unpacking")
    with Archive(parts_of(path)) as archive:
        found = members(archive)
        opened = open_head(found, archive, trust)
        if why := misfit(opened.manifest.target, machine):
            raise BundleRefused(why)
        _begin(stage, opened)
        _refuse_full_disk(stage, opened.manifest)
        walk(opened.manifest, found, lambda entry: _take(stage, entry, archive), progress)
    _refuse_strangers(stage, opened)
    os.sync()
    stage.rename(folder)
    return opened.manifest


def _begin(stage: Path, opened: Opened) -> None:
    """A folder of this very bundle's; what another one left is removed."""
    begun = stage / MANIFEST
    if stage.is_symlink() or (stage.exists() and not stage.is_dir()):
        raise BundleRefused(f"{stage} is in the way: remove it")
    if stage.is_dir() and not (begun.is_file() and begun.read_bytes() == opened.head[MANIFEST]):
        shutil.rmtree(stage)
    stage.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name, content in reversed(opened.head.items()):
        if not (stage / name).is_file() or (stage / name).read_bytes() != content:
            _write(stage / name, iter([content]), executable=False)


def _refuse_full_disk(stage: Path, manifest: Manifest) -> None:
    missing = sum(e.size for e in manifest.files.values() if _size(stage / e.path) != e.size)
    free = shutil.disk_usage(stage).free
    if free < missing + SPARE:
        raise NoRoom(
            f"{(missing + SPARE) // 1_000_000} MB must be free in {stage.parent}, found {free // 1_000_000} MB"
        )


def _refuse_strangers(stage: Path, opened: Opened) -> None:
    """What an earlier call left, or somebody put there meanwhile, is not carried into the finished folder."""
    known = opened.manifest.files
    for path, _ in present(stage):
        if path not in known:
            raise BundleRefused(f"{path!r} appeared in {stage} meanwhile: remove that folder and unpack again")


def _size(path: Path) -> int:
    return path.lstat().st_size if path.is_file() and not path.is_symlink() else -1


def _take(stage: Path, entry: Entry, archive: Archive) -> str:
    """Read it, and write it unless it is there as it should be. Its hash is the archive's."""
    path = stage / entry.path
    is_there = _size(path) == entry.size and hash_of(path) == entry.sha256
    if is_there and entry.executable != bool(path.stat().st_mode & 0o100):
        path.chmod(0o755 if entry.executable else 0o644)
    digest = hashlib.sha256()
    pieces = _hashed(taken(archive, entry.size), digest.update)
    if is_there:
        for _ in pieces:
            pass
    else:
        _write(path, pieces, executable=entry.executable)
    return digest.hexdigest()


def _hashed(pieces: Iterator[bytes], update: Callable[[bytes], object]) -> Iterator[bytes]:
    for piece in pieces:
        update(piece)
        yield piece


def _write(path: Path, pieces: Iterator[bytes], *, executable: bool) -> None:
    """Under its name only when it is whole."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    scratch.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(scratch, flags, 0o755 if executable else 0o644), "wb") as file:
        for piece in pieces:
            file.write(piece)
    scratch.chmod(0o755 if executable else 0o644)
    scratch.rename(path)
