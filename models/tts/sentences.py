"""A reading cut into pieces that are spoken one after another, so that the first is heard while the rest is made.

The first piece is short; the others are whole sentences, and long ones end at a pause. A number is never cut.
"""

import re
from collections.abc import Iterator
from typing import Final

FIRST_LONGEST: Final = 20
"""Characters. A caller hears the first word when the first piece is made."""
LONGEST: Final = 60
"""CosyVoice keeps its voice over such a length; so does whoever listens."""

_SENTENCE: Final = re.compile(r"[^。！？；]+[。！？；]?")
_FIGURES: Final = "零幺一二三四五六七八九"
_PAUSE: Final = re.compile(rf"(?<=[，：])(?![{_FIGURES}A-Z]|转[{_FIGURES}])")
"""Not between the groups of a number that is called out."""


def split(reading: str) -> list[str]:
    """Together they are ``reading``."""
    pieces: list[str] = []
    for sentence in _SENTENCE.findall(reading):
        pieces.extend(_cut(sentence, FIRST_LONGEST if not pieces else LONGEST))
    return pieces


def _cut(sentence: str, first_longest: int) -> Iterator[str]:
    """At pauses, each piece as long as it may be; a clause without one is left whole."""
    longest, piece = first_longest, ""
    for clause in _PAUSE.split(sentence):
        if piece and len(piece) + len(clause) > longest:
            yield piece
            piece, longest = "", LONGEST
        piece += clause
    yield piece
