"""The files of a policy pack as bytes, from wherever they lie: a directory, a published version, a request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from appliance.errors import ConfigurationError

TERMS: Final = "pack.json"
CASES: Final = ".cases.yaml"
_MOST_FILES: Final = 64
_MOST_BYTES: Final = 2 * 1024 * 1024


class PackFiles:
    """``folder`` only stands in errors, so that they name a file."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        if len(files) > _MOST_FILES or sum(map(len, files.values())) > _MOST_BYTES:
            most = f"{_MOST_FILES} files or {_MOST_BYTES // 1024} KiB"
            raise ConfigurationError(f"{folder}: more than {most}; a pack holds tables and their cases only")
        self.folder = folder
        self._files = dict(files)

    @classmethod
    def of(cls, directory: Path) -> "PackFiles":
        """Every table and case file in it; what else lies there is not part of the pack."""
        try:
            found = sorted(file for file in directory.iterdir() if _is_part(file.name))
            return cls(directory, {file.name: file.read_bytes() for file in found})
        except OSError as error:
            raise ConfigurationError(f"{error.filename}: cannot be read ({error.strerror})") from None

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def __getitem__(self, name: str) -> bytes:
        try:
            return self._files[name]
        except KeyError:
            raise ConfigurationError(f"{self.path(name)}: missing; a pack needs this file") from None

    def path(self, name: str) -> Path:
        return self.folder / name

    def as_text(self) -> dict[str, str]:
        """As a request or a row of the database holds them. ConfigurationError for what is not UTF-8."""
        return {name: self._text(name) for name in self._files}

    @classmethod
    def of_text(cls, folder: Path, files: Mapping[str, str]) -> "PackFiles":
        if strangers := sorted(name for name in files if not _is_part(name) or "/" in name):
            raise ConfigurationError(f"{folder}: {', '.join(strangers)}: a pack holds *.json and *{CASES} files only")
        return cls(folder, {name: text.encode() for name, text in files.items()})

    def _text(self, name: str) -> str:
        try:
            return self._files[name].decode("utf-8")
        except UnicodeDecodeError:
            raise ConfigurationError(f"{self.path(name)}: not UTF-8; save the file as UTF-8") from None


def _is_part(name: str) -> bool:
    return name.endswith((".json", CASES))
