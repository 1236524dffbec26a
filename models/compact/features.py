"""Hashed features of a clause: character n-grams, and the concepts of the lexicon that occur in it.

The same code serves training and prediction. Hashes are CRC-32: stable over processes and platforms.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from zlib import crc32

BUCKETS = 1 << 16
_LONGEST = 3
_KEEP = 120
_LEXICON = Path(__file__).with_name("tables") / "lexicon.toml"


@cache
def _concepts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = tomllib.loads(_LEXICON.read_text(encoding="utf-8"))
    return tuple((name, re.compile("|".join(words))) for name, words in table["concepts"].items())


def concepts(spoken: str) -> list[str]:
    """Names of the lexicon's concepts that the words hold, in order of the lexicon."""
    return [name for name, pattern in _concepts() if pattern.search(spoken)]


def features(spoken: str) -> list[int]:
    """Sorted distinct bucket numbers."""
    text = spoken[:_KEEP]
    edged = f"^{text}$"
    size = len(edged)
    grams = {edged[i : i + n] for n in range(1, _LONGEST + 1) for i in range(size - n + 1)}
    found = concepts(text)
    grams.update(f"\x01{name}" for name in found)
    grams.update(f"\x02{a}\x02{b}" for i, a in enumerate(found) for b in found[i + 1 :])
    return sorted({bucket(gram) for gram in grams})


def bucket(gram: str) -> int:
    return crc32(gram.encode()) % BUCKETS


def placed(spoken: str) -> list[tuple[int, str]]:
    """The character n-grams with where they begin."""
    size = len(spoken)
    return [(i, spoken[i : i + n]) for n in range(1, _LONGEST + 1) for i in range(size - n + 1)]
