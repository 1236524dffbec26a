"""The figures, read from the file that declares them."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from appliance.errors import ConfigurationError
from appliance.reports.model import Figure

SHIPPED = Path(__file__).with_name("figures.toml")


def load(path: Path) -> tuple[Figure, ...]:
    """ConfigurationError names the file and what is wrong."""
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(msgspec.convert({"key": key, **figure}, Figure) for key, figure in declared.items())
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, TypeError) as wrong:
        raise ConfigurationError(f"{path}: {wrong}") from wrong


@cache
def shipped() -> tuple[Figure, ...]:
    return load(SHIPPED)
