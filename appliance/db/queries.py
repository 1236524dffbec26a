"""SQL kept in files: ``queries.sql`` holds named blocks, each begun by a line ``-- name: block``.

Parameters are named (``%(shop)s``); nothing here builds SQL from strings.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from appliance.errors import ConfigurationError

_HEADER = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$", re.MULTILINE)


class Queries:
    """The named blocks of one file; ``SQL["block"]`` is the text of one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blocks = _blocks(path)

    @classmethod
    def beside(cls, module_file: str) -> Self:
        """The ``queries.sql`` in the folder of a module: ``SQL = Queries.beside(__file__)``."""
        return cls(Path(module_file).parent / "queries.sql")

    def __getitem__(self, name: str) -> str:
        try:
            return self._blocks[name]
        except KeyError:
            known = ", ".join(sorted(self._blocks))
            raise ConfigurationError(f"{self._path}: no query named {name!r}; there are: {known}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)


def _blocks(path: Path) -> dict[str, str]:
    head, *parts = _HEADER.split(path.read_text(encoding="utf-8"))
    if stray := [line for line in head.splitlines() if line.strip() and not line.startswith("--")]:
        raise ConfigurationError(f"{path}: SQL before the first '-- name:' line: {stray[0]!r}")
    blocks: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in blocks:
            raise ConfigurationError(f"{path}: the name {name!r} stands there twice")
        if not (text := body.strip().removesuffix(";")):
            raise ConfigurationError(f"{path}: the query {name!r} is empty")
        blocks[name] = text
    return blocks
