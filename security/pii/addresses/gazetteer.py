"""Which words are names of places. Provinces and prefectures whole, districts as far as they are often met alone."""

import re
from collections.abc import Iterator

from security.pii.vocabulary import tables, words

_TABLES = tables(__file__, "gazetteer.toml")
_PROVINCES = words(_TABLES["provinces"])
_CITIES = words(_TABLES["cities"])
_DISTRICTS = words(_TABLES["districts"])
_ALL = _PROVINCES | _CITIES | _DISTRICTS
_FIRST = re.compile(f"[{''.join(sorted({name[0] for name in _ALL}))}]")

_BY_FIRST_TWO: dict[str, list[str]] = {}
for _name in sorted(_ALL, key=len, reverse=True):
    _BY_FIRST_TWO.setdefault(_name[:2], []).append(_name)


def is_place_name(word: str) -> bool:
    return word in _ALL


def place_names(text: str) -> Iterator[tuple[int, int]]:
    """Where the names of places stand; of several at one place the longest, and none within another."""
    done = 0
    for match in _FIRST.finditer(text):
        start = match.start()
        if start < done:
            continue
        for name in _BY_FIRST_TWO.get(text[start : start + 2], ()):
            if text.startswith(name, start):
                done = start + len(name)
                yield start, done
                break
