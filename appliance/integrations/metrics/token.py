"""How a monitoring system proves itself: a token in a file beside the other secrets, made at first start."""

import hmac
import secrets
from pathlib import Path
from typing import Final

from appliance.config import Settings
from appliance.errors import ConfigurationError
from appliance.secret_file import read_secret
from security.durable import create_file

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
        if not path.exists():  # web processes start together, and the first one's token counts
            create_file(path, f"{secrets.token_urlsafe(32)}\n".encode(), 0o600)
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
