"""Secrets that lie in files, so that they stand in no settings: those of others, and keys of our own engines."""

import contextlib
import secrets
import tempfile
from pathlib import Path

from appliance.errors import ConfigurationError

_OTHERS = 0o077
"""Permissions of anybody but its owner."""


def read_secret(setting: str, path: str, cure: str) -> str:
    """What the file holds. ConfigurationError where it cannot be read, can be by others, or holds nothing."""
    try:
        if Path(path).stat().st_mode & _OTHERS:
            raise ConfigurationError(f"{setting} names {path}, which others may read: run chmod 600 {path}")
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigurationError(
            f"{setting} names {path}, which cannot be read ({type(unreadable).__name__}): {cure}"
        ) from unreadable
    if not secret:
        raise ConfigurationError(f"{setting} names {path}, which is empty: {cure}")
    return secret


def key_made_once(file: Path) -> str:
    """The API key of an engine of our own; made where there is none. ConfigurationError where it cannot be read."""
    try:
        if not file.exists():
            _make_key(file)
        key = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as unusable:
        raise ConfigurationError(f"{file}: cannot be read as an API key ({type(unusable).__name__})") from unusable
    if not key:
        raise ConfigurationError(f"{file}: is empty; delete it, and a key is made")
    return key


def _make_key(file: Path) -> None:
    """Whole from its first moment on, and once: several processes may start together."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="ascii") as made:
        made.write(secrets.token_urlsafe(32) + "\n")
        made.flush()
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(made.name)
