"""A secret that the settings name by its file, so that it stands in no settings."""

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
