"""The secrets of epochs in one file elsewhere, for the loss of the machine: sealed under the root, and replaced whole.

It must hold no more than what lives: whoever keeps older copies keeps what was destroyed.
"""

import base64
import json
import os
import re
import secrets
from pathlib import Path
from typing import Final

from security.crypto import key_file
from security.crypto.file_root import FileRootKey
from security.crypto.wrapping import MAGIC
from security.durable import replace_file
from security.errors import KeyFileRefused

_CONTEXT: Final = b"csa/epoch-copy/v1"
_NAME: Final = re.compile(r"[0-9a-f]{32}\.[1-9][0-9]*")


def save_epoch_files(target: Path, root: FileRootKey) -> int:
    """How many. An older copy at the same place is overwritten first; KeyFileRefused for a file that is none."""
    if target.exists() and not _is_copy(target):
        raise KeyFileRefused(f"{target} is there and is no copy of epochs: name another file")
    folder = root.epochs.folder
    found = {path.name: key_file.read(path) for path in folder.glob("*") if _NAME.fullmatch(path.name)}
    text = json.dumps({name: base64.b64encode(secret).decode() for name, secret in found.items()})
    if target.exists():
        _overwrite(target)
    replace_file(target, root.wrap(text.encode(), _CONTEXT))
    return len(found)


def load_epoch_files(source: Path, root: FileRootKey) -> int:
    """How many were put back. CiphertextRefused if this root does not open it; KeyFileRefused if it is no such file."""
    try:
        tree = json.loads(root.unwrap(source.read_bytes(), _CONTEXT))
        found = {name: base64.b64decode(text) for name, text in tree.items() if _NAME.fullmatch(name)}
    except (ValueError, AttributeError) as error:
        raise KeyFileRefused(f"{source} holds no secrets of epochs") from error
    absent = {name: secret for name, secret in found.items() if not (root.epochs.folder / name).exists()}
    for name, secret in absent.items():
        key_file.write(root.epochs.folder / name, secret)
    return len(absent)


def _is_copy(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
