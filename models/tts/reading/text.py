"""The reading of a text: which rules there are, and in which order. Pure; knows no engine.

What is ambiguous is decided in ``docs/speech-out.md``.
"""

from typing import Final

from models.tts.reading import codes, letters, money, quantities, times, writing
from models.tts.reading.signs import settle

_ORDER: Final = (
    *writing.RULES,
    *quantities.FIRST,
    *money.LETTERS,
    *codes.TELEPHONES,
    writing.BRACKETS,
    *codes.NAMED,
    *times.RULES,
    *codes.CODES,
    *money.RULES,
    *quantities.MEASURED,
    *codes.LONG,
    *codes.MODELS,
    *quantities.LEFT,
    *letters.RULES,
)


def read(text: str) -> str:
    """As it is said: Chinese characters, Latin words and letters, and pauses. Reading it again changes nothing."""
    text = writing.level(text)
    for rule in _ORDER:
        text = rule.apply(text)
    return settle(text)
