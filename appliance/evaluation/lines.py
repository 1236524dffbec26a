"""Reads suites of one JSON object a line. All that is wrong is told at once, each with file, line and cure."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from appliance.errors import InvalidInput

MOST_TOLD = 20
_MARK = b"\xef\xbb\xbf"
"""Some editors begin a file of UTF-8 with it."""


class _Case(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Case)


def read(suites: Sequence[Path], parse: Callable[[bytes, str], T]) -> list[T]:
    """Every case of these files, and of all ``*.jsonl`` in these folders; ``parse`` takes a line and where it stands.

    InvalidInput names every line that is no case, and every id that is there twice.
    """
    cases: list[T] = []
    places: dict[str, str] = {}
    wrong: list[str] = []
    for content, where in _lines(suites):
        try:
            case = parse(content, where)
        except (msgspec.DecodeError, InvalidInput, UnicodeDecodeError) as error:
            wrong.append(f"{where}: {_cured(error)}")
            continue
        if case.id in places:
            wrong.append(f"{where}: the id {case.id!r} stands at {places[case.id]} too: give each case its own")
        places.setdefault(case.id, where)
        cases.append(case)
    if wrong:
        raise InvalidInput(told("lines", wrong))
    if not cases:
        raise InvalidInput(f"{', '.join(map(str, suites))}: no cases here (*.jsonl, one case a line)")
    return cases


def _lines(suites: Sequence[Path]) -> Iterator[tuple[bytes, str]]:
    for suite in suites:
        for path in sorted(suite.glob("*.jsonl")) if suite.is_dir() else [suite]:
            content = path.read_bytes().removeprefix(_MARK)
            for number, line in enumerate(content.split(b"\n"), 1):
                if line.strip():
                    yield line, f"{path.name}:{number}"


def _cured(error: Exception) -> str:
    match error:
        case InvalidInput():
            return error.detail
        case msgspec.ValidationError():
            return f"{error}; the form of a case stands in docs/evaluation.md"
        case UnicodeDecodeError():
            return "not UTF-8: save the file in that encoding"
        case _:
            return f"not JSON ({error}): one whole object a line, in UTF-8"


def told(what: str, wrong: Sequence[str]) -> str:
    """One wrong line or file alone; several, one below the other."""
    if len(wrong) == 1:
        return wrong[0]
    more = f"\n  and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
    return f"{len(wrong)} {what} are wrong:" + "".join(f"\n  {each}" for each in wrong[:MOST_TOLD]) + more
