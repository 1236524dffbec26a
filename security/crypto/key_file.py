"""A secret of 32 random bytes in a file of mode 0400, made once.

Refuses a file that its group or others may read or write, that is a link, or that has another length.
"""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from security.durable import create_file, flush_directory
from security.errors import KeyFileRefused

SECRET_BYTES = 32
_GONE = ".gone"


def read_or_create(path: Path) -> bytes:
    """The secret at this path; made on first use. Two processes that start together end up with the same one."""
    if not os.path.lexists(path):
        create_file(path, secrets.token_bytes(SECRET_BYTES))
    return read(path)


def write(path: Path, secret: bytes) -> None:
    """Put a secret back from its backup. KeyFileRefused if there is a file already."""
    if len(secret) != SECRET_BYTES:
        raise KeyFileRefused(f"a key file holds {SECRET_BYTES} bytes")
    if not create_file(path, secret):
        raise KeyFileRefused(f"key file {path} is there already; move it away first")


def destroy(path: Path) -> None:
    """Overwrite, flush and remove. Copying file systems and SSDs may keep older blocks: encrypt the volume too.

    It gets another name first: what a crash leaves half overwritten is taken for no key, and `end_destroying` ends it.
    """
    gone = path.with_name(f"{path.name}{_GONE}")
    path.replace(gone)
    flush_directory(path.parent)
    _wipe(gone)


def end_destroying(folder: Path, beginning: str) -> None:
    """Of files whose names begin so: what a crash broke off. Another process may do it at the same time."""
    for gone in folder.glob(f"{beginning}*{_GONE}"):
        with suppress(FileNotFoundError):
            _wipe(gone)


def _wipe(gone: Path) -> None:
    gone.chmod(0o600)
    with gone.open("r+b") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        os.fsync(file.fileno())
    gone.unlink()
    flush_directory(gone.parent)


def read(path: Path) -> bytes:
    """The secret at this path, or KeyFileRefused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise KeyFileRefused(f"key file {path}: {error.strerror}; it must be a plain file of this user") from error
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise KeyFileRefused(f"key file {path} is not a plain file")
        if stat.S_IMODE(mode) & 0o377:
            raise KeyFileRefused(f"key file {path} has mode {stat.S_IMODE(mode):04o}; run: chmod 0400 {path}")
        secret = file.read(SECRET_BYTES + 1)
    if len(secret) != SECRET_BYTES:
        raise KeyFileRefused(f"key file {path} does not hold {SECRET_BYTES} bytes; restore it from its backup")
    return secret
