"""The list of what a bundle holds, and which names it may use. It believes nothing: its bytes must be signed first."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from models.bundle.errors import BundleRefused

FORMAT: Final = "aftersales-appliance-bundle/1"
MANIFEST: Final = "bundle/manifest.json"
SIGNATURE: Final = "bundle/manifest.sig"
PUBLIC_KEY: Final = "bundle/release.pub"
HEAD: Final = {MANIFEST: 64 * 1024 * 1024, SIGNATURE: 64, PUBLIC_KEY: 1024}
"""What every bundle begins with, in this order, and how large each may be."""

_LONGEST_NAME: Final = 240
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, kw_only=True)
class Entry:
    path: str
    size: int
    sha256: str
    executable: bool


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which machines it was packed for."""

    machine: str
    python: str
    glibc: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    version: str
    revision: str
    created: str
    target: Target
    contents: dict[str, Any]
    files: dict[str, Entry]
    digest: str
    """Of the manifest itself, by SHA-256."""

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files.values())


def parse(raw: bytes) -> Manifest:
    """Strictly: an unknown shape, a name that leads out, or two that some disk takes for one are refused."""
    try:
        tree = json.loads(raw)
        if tree["format"] != FORMAT:
            raise BundleRefused(f"it is of the form {tree['format']!r}, this program reads {FORMAT!r}")
        entries = [_entry(each) for each in tree["files"]]
        target = Target(**{key: str(tree["target"][key]) for key in ("machine", "python", "glibc")})
        manifest = Manifest(
            version=str(tree["version"]),
            revision=str(tree["revision"]),
            created=str(tree["created"]),
            target=target,
            contents=dict(tree["contents"]),
            files={entry.path: entry for entry in entries},
            digest=hashlib.sha256(raw).hexdigest(),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as wrong:
        raise BundleRefused(f"the manifest is not understood: {type(wrong).__name__} {wrong}") from wrong
    refuse_names(entry.path for entry in entries)
    return manifest


def _entry(tree: dict[str, Any]) -> Entry:
    entry = Entry(**tree)
    is_hash = isinstance(entry.sha256, str) and len(entry.sha256) == 64 and set(entry.sha256) <= _HEX
    is_size = type(entry.size) is int and entry.size >= 0
    if not (isinstance(entry.path, str) and is_size and is_hash and type(entry.executable) is bool):
        raise BundleRefused(f"the manifest's entry {tree!r} is not understood")
    return entry


def refuse_names(paths: Iterable[str]) -> None:
    """Names that lead out of the folder, that are no plain name, or that fall together on some disk."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        if why := _why_not(path):
            raise BundleRefused(f"{path!r} {why}")
        folded = unicodedata.normalize("NFC", path).casefold()
        if folded in seen:
            raise BundleRefused(f"{path!r} and {seen[folded]!r} are one file on some disks")
        seen[folded] = path
        parents = folded.split("/")[:-1]
        folders |= {"/".join(parents[:count]): path for count in range(1, len(parents) + 1)}
    for folded in seen.keys() & folders.keys():
        raise BundleRefused(f"{seen[folded]!r} is a file, and {folders[folded]!r} needs it to be a folder")


def _why_not(path: str) -> str:
    if path in HEAD:
        return "is a name that the bundle keeps for itself"
    if path.startswith("/") or "\\" in path or ":" in path.split("/")[0]:
        return "does not stay in the folder that it is unpacked into"
    if any(part in {"", ".", ".."} or part != part.rstrip(" .") for part in path.split("/")):
        return "does not stay in the folder that it is unpacked into"
    if not path.isprintable() or len(path.encode()) > _LONGEST_NAME:
        return "is no name that every disk takes"
    return ""
