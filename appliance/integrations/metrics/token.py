"""How a monitoring system proves itself: a token in a file beside the other secrets, made at first start."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from appliance.config import Settings
from appliance.errors import ConfigurationError
from appliance.secret_file import read_secret

_OTHERS: Final = 0o077


class MonitorToken:
    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @classmethod
    def of(cls, settings: Settings) -> "MonitorToken":
        """ConfigurationError where others may read it, or it is empty."""
        path = token_path(settings)
        if settings.platform.metrics_token_file:
            given = settings.platform.metrics_token_file
            return cls(read_secret("platform.metrics_token_file", given, "write a long random token there"))
        _make(path)
        if path.stat().st_mode & _OTHERS:
            raise ConfigurationError(f"{path} may be read by others: run chmod 600 {path}")
        if not (token := path.read_text(encoding="utf-8").strip()):
            raise ConfigurationError(f"{path} is empty: remove it, and start again to have a new token made")
        return cls(token)

    def is_it(self, said: str) -> bool:
        return hmac.compare_digest(self._token, said.encode())


def token_path(settings: Settings) -> Path:
    given = settings.platform.metrics_token_file
    return Path(given) if given else settings.state_path / "secrets" / "metrics.token"


def _make(path: Path) -> None:
    """Whole or not at all: web processes start together, and the first one's token counts."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
    try:
        path.hardlink_to(own)
    except FileExistsError:
        return
    finally:
        own.unlink()
