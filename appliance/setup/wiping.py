"""Keys are overwritten before they are deleted, wherever a copy of them lies; a folder with keys in it goes whole.

Overwriting is no promise on solid-state disks and on file systems that copy.
"""

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

SECRETS: Final = "secrets"
_PIECE: Final = 65536


def keys_in(folder: Path) -> list[Path]:
    """Every file below a folder of secrets in it, or below it where it is one. No link is followed."""
    at = len(folder.parts) - 1
    return [p for p in _files(folder) if SECRETS in p.parts[at:-1]]


def links_in(folder: Path) -> list[Path]:
    """What leads elsewhere from there: the link goes, what it leads to is not looked at."""
    found = (Path(place) / name for place, folders, names in os.walk(folder) for name in (*folders, *names))
    return sorted(path for path in found if path.is_symlink())


def _files(folder: Path) -> list[Path]:
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def overwrite(path: Path) -> None:
    path.chmod(0o600)
    left = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        while left > 0:
            left -= file.write(secrets.token_bytes(min(left, _PIECE)))
        os.fsync(file.fileno())
    path.unlink()


def remove_folder(folder: Path) -> int:
    """Returns how many keys in it were overwritten. Nothing where it is not there."""
    keys = keys_in(folder)
    for key in keys:
        overwrite(key)
    shutil.rmtree(folder, ignore_errors=not folder.exists())
    return len(keys)
