"""From what a model writes to what is passed on: tags taken off, spoken numbers as figures, times beside words."""

import re
from collections.abc import Sequence

import msgspec

from models.asr.figures import spans, with_figures
from models.asr.heard import Word

_TAG = re.compile(r"<\|([^|<>]*)\|>")
_EMOTIONS = frozenset({"HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED"})
_EVENTS = frozenset({"BGM", "Speech", "Applause", "Laughter", "Cry", "Sneeze", "Breath", "Cough"})


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


def figures_in(heard: Pass) -> Pass:
    return msgspec.structs.replace(
        heard,
        text=with_figures(heard.text),
        words=_rewritten(heard.words, heard.text),
        alternatives=tuple(with_figures(other) for other in heard.alternatives),
    )


def _rewritten(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words in the new spelling. A number that is told digit by digit keeps the times of each; of any other the
    words are one, from the beginning of the first to the end of the last."""
    placed = _placed(words, text)
    if placed is None:
        return tuple(words)
    for span in reversed(spans(text)):
        within = [n for n, (at, _) in enumerate(placed) if span.start <= at < span.end]
        if not within:
            continue
        first, last = within[0], within[-1] + 1
        parts = placed[first:last]
        is_one_for_one = len(span.text) == len(parts) == span.end - span.start
        texts = list(span.text) if is_one_for_one else [span.text]
        kept = parts if is_one_for_one else [(span.start, Word("", parts[0][1].start_ms, parts[-1][1].end_ms))]
        placed[first:last] = [
            (at, msgspec.structs.replace(word, text=new)) for (at, word), new in zip(kept, texts, strict=True)
        ]
    return tuple(word for _, word in placed)


def _placed(words: Sequence[Word], text: str) -> list[tuple[int, Word]] | None:
    """Each with where it stands in the text; None where one does not."""
    placed, at = [], 0
    for word in words:
        found = text.find(word.text, at)
        if found < 0:
            return None
        at = found + len(word.text)
        placed.append((found, word))
    return placed


def later(words: Sequence[Word], by_ms: int) -> tuple[Word, ...]:
    return tuple(Word(w.text, w.start_ms + by_ms, w.end_ms + by_ms) for w in words)
