"""Word lists, and regular expressions made of them that stay quick: words with a common beginning share it."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def tables(beside: str, name: str) -> dict[str, Any]:
    """A TOML file beside the module whose ``__file__`` is given."""
    return tomllib.loads(Path(beside).with_name(name).read_text(encoding="utf-8"))


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def one_of(given: Iterable[str], *, condition: str = "") -> str:
    """An expression for the longest of the words that stands at a place.

    Every alternative begins with a character of its own: that is what lets `re` skip all places where none begins.
    `condition`: what must hold behind that character. A look-behind before the words would have `re` look everywhere.
    """
    rests = _by_first(sorted(set(given)))
    return f"(?:{'|'.join(re.escape(first) + condition + _branch(rest) for first, rest in rests.items())})"


def in_either_case(first: str, rest: str) -> str:
    """Alternatives for a character and what follows it, in whatever case: beside others that begin with a character of
    their own, where case is not ignored, they do not make `re` look at every place.
    """
    return "|".join(f"{re.escape(char)}(?i:{rest})" for char in dict.fromkeys((first.lower(), first.upper())))


def _branch(ordered: list[str]) -> str:
    """Of words in order; an empty one makes the rest optional."""
    rests = _by_first(ordered)
    singles = [re.escape(first) for first, rest in rests.items() if rest == [""]]
    parts = [re.escape(first) + _branch(rest) for first, rest in rests.items() if rest != [""]]
    if singles:
        parts.append(f"[{''.join(singles)}]")
    if not parts:
        return ""
    return f"(?:{'|'.join(parts)}){'?' if ordered[0] == '' else ''}"


def _by_first(ordered: list[str]) -> dict[str, list[str]]:
    rests: dict[str, list[str]] = {}
    for word in filter(None, ordered):
        rests.setdefault(word[0], []).append(word[1:])
    return rests
