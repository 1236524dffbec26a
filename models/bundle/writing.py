"""Writes a bundle: the signed manifest first, then every file in the order of its name, all with one date and no owner.

The same files, key and date give the same bytes. It is written under another name and appears when it is whole.
"""

import json
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import models
from models.bundle.archive import BLOCK
from models.bundle.errors import BundleRefused, NoRoom
from models.bundle.manifest import FORMAT, MANIFEST, PUBLIC_KEY, SIGNATURE, Manifest, Target, parse
from models.bundle.opening import Progress, hash_of
from models.bundle.signing import public_of

ALONE: Final = "open-bundle.pyz"
_STANDALONE: Final = ("__init__", "alone", "archive", "errors", "manifest", "opening", "signature", "unpacking")
_PIECE: Final = 1024 * 1024
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)


def manifest_of(
    files: Mapping[str, Path], *, version: str, revision: str, created: str, target: Target, contents: dict[str, object]
) -> bytes:
    """As it is signed. BundleRefused for names that no bundle may hold."""
    tree = {
        "format": FORMAT,
        "version": version,
        "revision": revision,
        "created": created,
        "target": {"machine": target.machine, "python": target.python, "glibc": target.glibc},
        "contents": contents,
        "files": [_entry(path, files[path]) for path in sorted(files)],
    }
    raw = json.dumps(tree, ensure_ascii=False, sort_keys=True, indent=1).encode()
    parse(raw)
    return raw


def _entry(path: str, source: Path) -> dict[str, object]:
    if source.is_symlink() or not source.is_file():
        raise BundleRefused(f"{source} is no regular file: it cannot be brought along")
    found = source.stat()
    return {"path": path, "size": found.st_size, "sha256": hash_of(source), "executable": bool(found.st_mode & 0o100)}


class _Parts:
    """Where the bytes go: one file, or several of at most so many bytes."""

    def __init__(self, base: Path, part_size: int) -> None:
        self._base = base
        self._most = part_size
        self._file: BinaryIO | None = None
        self._written = 0
        self.paths: list[Path] = []

    def write(self, data: bytes) -> None:
        while data:
            if self._file is None or (self._most and self._written == self._most):
                self._next()
            assert self._file is not None  # noqa: S101 - for the type checker
            fits = data[: self._most - self._written] if self._most else data
            self._file.write(fits)
            self._written += len(fits)
            data = data[len(fits) :]

    def _next(self) -> None:
        self.close()
        number = len(self.paths) + 1
        name = f"{self._base.name}.{number:03d}" if self._most else self._base.name
        self.paths.append(self._base.with_name(f".{name}.writing"))
        self._file, self._written = self.paths[-1].open("wb"), 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def publish(self) -> list[Path]:
        """Under their names, once all are whole."""
        return [path.rename(path.with_name(path.name[1:].removesuffix(".writing"))) for path in self.paths]


def write(
    out: Path,
    files: Mapping[str, Path],
    raw: bytes,
    key: Ed25519PrivateKey,
    *,
    date: int,
    part_size: int = 0,
    progress: Progress = lambda *_: None,
) -> list[Path]:
    """The archive's files, beside them the program that opens it. ``date`` is in seconds since 1970."""
    manifest = parse(raw)
    refuse_taken(out)
    for cut_off in out.parent.glob(f".{out.name}*.writing"):
        cut_off.unlink()
    _refuse_full_disk(out, manifest)
    parts = _Parts(out, part_size)
    head = {MANIFEST: raw, SIGNATURE: key.sign(raw), PUBLIC_KEY: public_of(key)}
    behind = 0
    for name, content in head.items():
        parts.write(_header(name, len(content), date, executable=False) + _padded(content))
    for path, entry in manifest.files.items():
        parts.write(_header(path, entry.size, date, executable=entry.executable))
        _copy(files[path], entry.size, parts)
        behind += entry.size
        progress(path, behind, manifest.size)
    parts.write(bytes(2 * BLOCK))
    parts.close()
    published = parts.publish()
    write_alone(out.with_name(ALONE))
    return published


def write_alone(path: Path) -> None:
    """The program that opens bundles, of a few plain files that unzip shows."""
    here, scratch = Path(__file__).parent, path.with_name(f".{path.name}.writing")
    main = "import sys\nfrom models.bundle.alone import main\nsys.exit(main())\n"
    sources = {"__main__.py": main, "models/__init__.py": Path(models.__file__).read_text("utf-8")}
    sources |= {f"models/bundle/{name}.py": (here / f"{name}.py").read_text("utf-8") for name in _STANDALONE}
    with zipfile.ZipFile(scratch, "w") as archive:
        for name, text in sources.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text)
    scratch.rename(path)


def _header(name: str, size: int, date: int, *, executable: bool) -> bytes:
    head = tarfile.TarInfo(name)
    head.size, head.mtime, head.mode = size, date, 0o755 if executable else 0o644
    return head.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _copy(source: Path, size: int, parts: _Parts) -> None:
    left = size
    with source.open("rb") as file:
        while left:
            piece = file.read(min(left, _PIECE))
            if not piece:
                raise BundleRefused(f"{source} changed while it was packed: pack again")
            parts.write(piece)
            left -= len(piece)
    parts.write(bytes(-size % BLOCK))


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK)


def refuse_taken(out: Path) -> None:
    """Where a bundle of that name is there already, whole or in parts."""
    found = [path for path in (out, *out.parent.glob(f"{out.name}.[0-9][0-9][0-9]")) if path.exists()]
    if found:
        raise BundleRefused(f"{found[0]} is there already: move it away, or name another --out")


def _refuse_full_disk(out: Path, manifest: Manifest) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    needed = manifest.size + len(manifest.files) * 2 * BLOCK
    free = shutil.disk_usage(out.parent).free
    if free < needed:
        raise NoRoom(f"{needed // 1_000_000} MB must be free in {out.parent}, found {free // 1_000_000} MB")
