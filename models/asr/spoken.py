"""From what a model writes to what is passed on: tags taken off, spoken numbers as figures, times beside words."""

import re
from collections.abc import Sequence

import msgspec

from models.asr.heard import Word

_TAG = re.compile(r"<\|([^|<>]*)\|>")
_EMOTIONS = frozenset({"HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED"})
_EVENTS = frozenset({"BGM", "Speech", "Applause", "Laughter", "Cry", "Sneeze", "Breath", "Cough"})
_FIGURES = {figure: str(number) for number, figure in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1"}
_DIGIT_BY_DIGIT = re.compile(f"[{''.join(_FIGURES)}]{{4,}}")
"""Fewer may be a quantity or a saying (一五一十); numbers with 十, 百, 千 are left to whoever knows what is counted."""


class Pass(msgspec.Struct, frozen=True):
    """What the second pass over a piece of audio gives. Times count from the beginning of that audio."""

    text: str
    words: tuple[Word, ...] = ()
    alternatives: tuple[str, ...] = ()
    emotion: str | None = None
    event: str | None = None


def without_tags(text: str) -> tuple[str, str | None, str | None]:
    """Text, emotion, event. A tag that nobody knows is taken off all the same."""
    tags = _TAG.findall(text)
    emotion = next((tag for tag in tags if tag in _EMOTIONS), None)
    event = next((tag for tag in tags if tag in _EVENTS), None)
    return _TAG.sub("", text).strip(), emotion, event


def with_figures(text: str) -> str:
    """``二零二六一一`` as ``202611``, one for one: times of characters stay what they are."""
    return _DIGIT_BY_DIGIT.sub(lambda run: "".join(_FIGURES[c] for c in run[0]), text)


def figures_in(heard: Pass) -> Pass:
    text = with_figures(heard.text)
    return msgspec.structs.replace(
        heard,
        text=text,
        words=_renamed(heard.words, heard.text, text),
        alternatives=tuple(with_figures(other) for other in heard.alternatives),
    )


def _renamed(words: Sequence[Word], before: str, after: str) -> tuple[Word, ...]:
    """The words again in the new spelling, each found where it stood in the old."""
    renamed, at = [], 0
    for word in words:
        found = before.find(word.text, at)
        if found < 0:
            return tuple(words)
        at = found + len(word.text)
        renamed.append(msgspec.structs.replace(word, text=after[found:at]))
    return tuple(renamed)


def later(words: Sequence[Word], by_ms: int) -> tuple[Word, ...]:
    return tuple(Word(w.text, w.start_ms + by_ms, w.end_ms + by_ms) for w in words)
