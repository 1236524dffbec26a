"""The secrets of one shop's order system, by name. They never stand in a mapping file, a log or a ``repr``.

A credentials file holds one line, the API key, or TOML: names with a text, ``{env = "NAME"}`` or ``{file = "path"}``.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from appliance.errors import ConfigurationError

_OTHERS: Final = 0o077
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_MOST_BYTES: Final = 64 * 1024


class Credentials:
    """``Credentials(api_key="…")``"""

    def __init__(self, **secrets: str) -> None:
        self._secrets = secrets

    def __repr__(self) -> str:
        return "Credentials(…)"

    def secret(self, name: str) -> str:
        """ConfigurationError where there is none of this name, or where no header or form could carry it."""
        value = self._secrets.get(name, "")
        if not value:
            known = ", ".join(sorted(self._secrets)) or "nothing"
            raise ConfigurationError(
                f"the order system's credentials hold no '{name}', only {known}; add it to the credentials file"
            )
        if not value.isascii() or not value.isprintable():
            raise ConfigurationError(f"the credential '{name}' holds characters that a request cannot carry")
        return value

    def optional(self, name: str) -> str:
        """Empty where there is none of this name."""
        return self.secret(name) if self._secrets.get(name) else ""

    def document(self, name: str) -> str:
        """A certificate or key as PEM."""
        value = self._secrets.get(name, "")
        if "-----BEGIN " not in value:
            raise ConfigurationError(f"the credential '{name}' is not PEM; name its file: {name} = {{file = \"…pem\"}}")
        return value


def read_file(file: Path) -> dict[str, str]:
    """The secrets in a file that only its owner may read."""
    try:
        if file.stat().st_mode & _OTHERS:
            raise ConfigurationError(f"{file}: others may read it: run chmod 600 {file}")
        content = _content(file)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    return parse(content, file.parent, str(file))


def parse(text: str, folder: Path, name: str) -> dict[str, str]:
    """``folder``: where relative ``file`` entries begin. ``name``: of the source, for errors."""
    bare = text.strip()
    if not bare:
        raise ConfigurationError(f'{name}: empty; write the API key there, or lines like client_secret = "…"')
    if "\n" not in bare and not re.match(r"[a-z][a-z0-9_]*\s*=\s*[\"'{]", bare):
        return {"api_key": bare}
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line \d+", str(error))
        raise ConfigurationError(f"{name}: not TOML{f' ({place[0]})' if place else ''}") from None
    return {key: _resolved(key, value, folder, name) for key, value in entries.items()}


def _resolved(key: str, value: Any, folder: Path, name: str) -> str:
    if not _NAME.fullmatch(key):
        raise ConfigurationError(f"{name}: {key}: names are lower-case letters, digits and underscores")
    match value:
        case str() if value:
            return value
        case {"env": str(variable)} if len(value) == 1:
            if not os.environ.get(variable):
                raise ConfigurationError(f"{name}: {key}: the environment has no {variable}")
            return os.environ[variable]
        case {"file": str(path)} if len(value) == 1:
            try:
                return _content(folder / path).strip()
            except OSError as error:
                raise ConfigurationError(f"{name}: {key}: {path} cannot be read: {error.strerror}") from error
        case _:
            raise ConfigurationError(f'{name}: {key}: expected a text in quotes, {{env = "NAME"}} or {{file = "path"}}')


def _content(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ConfigurationError(f"{file}: larger than {_MOST_BYTES // 1024} KiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8") from error
