"""Reads ``queries.sql`` beside a module: blocks that begin with ``-- name: some_name``. Builds no SQL."""

import re
from pathlib import Path
from typing import Any, Self

from psycopg import AsyncConnection

Connection = AsyncConnection[Any]
"""A connection of the caller's, inside the caller's transaction, whatever its row factory."""

_NAME = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$", re.MULTILINE)


class Queries:
    """``SQL["block"]`` is one statement, as bytes: psycopg takes those from files without further ado."""

    def __init__(self, text: str) -> None:
        parts: list[str] = _NAME.split(text)[1:]
        bodies = (body.strip().removesuffix(";").encode() for body in parts[1::2])
        self._statements = dict(zip(parts[::2], bodies, strict=True))

    @classmethod
    def beside(cls, module_file: str) -> Self:
        return cls(Path(module_file).with_name("queries.sql").read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> bytes:
        return self._statements[name]
