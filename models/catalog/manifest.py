"""Is a folder of weights what was brought? A manifest in it lists every file by its SHA-256, as sha256sum writes it.

Refused besides: links that lead out of the folder, and weights in Python's pickle form, which run code when they are
loaded, unless the catalogue names them by hash. A manifest proves that nothing was damaged on the way; that nobody
exchanged it together with the files, only its own digest can tell, which travels another way.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from models.errors import ModelCorrupt

MANIFEST = "MANIFEST.sha256"
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})

Progress = Callable[[str, int], None]
"""Told each file and its size in bytes before it is read."""


class Fault(msgspec.Struct, frozen=True):
    file: str
    why: str


def write(folder: Path, progress: Progress = lambda *_: None) -> str:
    """List what is there, and return the digest of the list. Raises ModelCorrupt for what cannot be brought along."""
    faults = _not_plain(folder)
    if faults:
        raise ModelCorrupt(f"{folder}: {faults[0].file} {faults[0].why}")
    lines = [f"{_digest(folder, name, progress)}  {name}\n" for name in _names(folder)]
    if not lines:
        raise ModelCorrupt(f"{folder}: there is no file in it")
    text = "".join(lines)
    (folder / MANIFEST).write_text(text, "utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def digest(folder: Path) -> str:
    """Of the manifest itself. Raises ModelCorrupt where there is none."""
    return hashlib.sha256(_manifest(folder)).hexdigest()


def check(folder: Path, pickles: Mapping[str, str], progress: Progress = lambda *_: None) -> list[Fault]:
    """Everything that is wrong, every file read. Raises ModelCorrupt where there is no manifest."""
    listed = _listed(folder)
    faults = quick_check(folder, pickles)
    spoiled = {fault.file for fault in faults}
    for name in _names(folder):
        if name in listed and name not in spoiled and _digest(folder, name, progress) != listed[name]:
            faults.append(Fault(name, "is not what the manifest lists"))
    return faults


def quick_check(folder: Path, pickles: Mapping[str, str]) -> list[Fault]:
    """The same without reading weights: what is there, what is not, and what may not be."""
    listed, present = _listed(folder), set(_names(folder))
    return [
        *_not_plain(folder),
        *(
            Fault(name, "is in pickle form, which runs code when it is loaded, and the catalogue does not name it")
            for name in sorted(present - set(pickles))
            if Path(name).suffix.lower() in PICKLES
        ),
        *(Fault(name, "is not there") for name in sorted(set(listed) - present)),
        *(Fault(name, "is not in the manifest") for name in sorted(present - set(listed))),
        *(
            Fault(name, "is listed with another hash than the catalogue's")
            for name, wanted in pickles.items()
            if name in listed and listed[name] != wanted
        ),
    ]


def _not_plain(folder: Path) -> list[Fault]:
    root = folder.resolve()
    faults = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            faults.append(Fault(name, "is a link that leads out of the folder; copy what it names (cp -L)"))
        elif not path.is_file():
            faults.append(Fault(name, "is no file, nor a link to one"))
    return faults


def _names(folder: Path) -> list[str]:
    return sorted(
        name for path in _walk(folder) if path.is_file() and (name := path.relative_to(folder).as_posix()) != MANIFEST
    )


def _walk(folder: Path) -> Iterator[Path]:
    """Everything but folders; links are not followed."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        yield from (here / name for name in files)
        yield from (here / name for name in folders if (here / name).is_symlink())


def _digest(folder: Path, name: str, progress: Progress) -> str:
    path = folder / name
    progress(name, path.stat().st_size)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except FileNotFoundError as absent:
        raise ModelCorrupt(
            f"{folder}: there is no {MANIFEST}; write it where the weights come from: 'appliance models hash FOLDER'"
        ) from absent
    except OSError as unreadable:
        raise ModelCorrupt(f"{folder}/{MANIFEST}: {unreadable.strerror}") from unreadable


def _listed(folder: Path) -> dict[str, str]:
    """File to hash."""
    listed: dict[str, str] = {}
    for number, line in enumerate(_manifest(folder).decode("utf-8", "replace").splitlines(), start=1):
        value, separator, name = line.partition("  ")
        is_hash = len(value) == 64 and set(value) <= set("0123456789abcdef")
        if not (separator and is_hash and name) or name in listed:
            raise ModelCorrupt(f"{folder}/{MANIFEST}: line {number} is no line of sha256sum's, or names a file again")
        listed[name] = value
    return listed
