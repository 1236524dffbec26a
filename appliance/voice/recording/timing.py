"""When characters of a transcript were spoken, by the times of its words. In doubt it is more, never less. Pure.

A transcript is written otherwise than it was spoken: numbers in digits, signs between. Where both have the same letters
in the same order, each character has its word. Otherwise only stretches of letters that both have are trusted, and what
lies between two of them is taken as one.
"""

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

from appliance.voice.recording.model import Span, Utterance
from models.asr.heard import Word

_SHORTEST_ANCHOR: Final = 2
"""One letter alone may be anywhere."""
_BEYOND_MS: Final = 500
"""So far a word may lie outside of what the detection of speech took for its utterance."""
_NUMERALS: Final = frozenset("零〇○一二两三四五六七八九十百千万亿幺壹贰叁肆伍陆柒捌玖拾俩仨廿")


class _Letter(NamedTuple):
    char: str
    place: int
    """Of a transcript its offset, of spoken words the number of the word."""


def whole(utterance: Utterance) -> Span:
    """With all of its words, wherever they lie."""
    starts = (word.start_ms for word in utterance.words)
    ends = (word.end_ms for word in utterance.words)
    return Span(min(utterance.start_ms, *starts, utterance.end_ms), max(utterance.end_ms, *ends, utterance.start_ms))


def has_times(utterance: Utterance) -> bool:
    """Whether the times of its words can be what they say they are."""
    words = utterance.words
    if not words or any(word.start_ms >= word.end_ms for word in words):
        return False
    if any(after.start_ms < before.start_ms for before, after in pairwise(words)):
        return False
    begins, ends = utterance.start_ms - _BEYOND_MS, utterance.end_ms + _BEYOND_MS
    return words[0].start_ms >= begins and max(word.end_ms for word in words) <= ends


def spoken(utterance: Utterance) -> str:
    """The words one after the other."""
    return "".join(word.text for word in utterance.words)


def span_of_spoken(utterance: Utterance, start: int, end: int) -> Span:
    """Of these characters of ``spoken``."""
    if not has_times(utterance):
        return whole(utterance)
    places = [place for place, word in enumerate(utterance.words) for _ in word.text][start:end]
    return _from_to(utterance.words, places[0], places[-1])


def span_of_text(utterance: Utterance, start: int, end: int) -> Span:
    """Of these characters of its text."""
    if not has_times(utterance):
        return whole(utterance)
    text = [_Letter(char, place) for place, each in enumerate(utterance.text) for char in _letters(each)]
    said = [_Letter(char, place) for place, word in enumerate(utterance.words) for char in _letters(word.text)]
    if [letter.char for letter in text] == [letter.char for letter in said]:
        places = [there.place for here, there in zip(text, said, strict=True) if start <= here.place < end]
        return _from_to(utterance.words, places[0], places[-1]) if places else whole(utterance)
    return _between_anchors(utterance, _anchors(text, said), start, end)


def _from_to(words: Sequence[Word], first: int, last: int) -> Span:
    return Span(words[first].start_ms, max(word.end_ms for word in words[first : last + 1]))


def _between_anchors(utterance: Utterance, anchors: Sequence[tuple[int, int]], start: int, end: int) -> Span:
    """From the end of the last sure word before to the beginning of the first sure word behind."""
    words, all_of_it = utterance.words, whole(utterance)
    before = [words[word].end_ms for place, word in anchors if place < start]
    behind = [words[word].start_ms for place, word in anchors if place >= end]
    found = Span(before[-1] if before else all_of_it.start_ms, behind[0] if behind else all_of_it.end_ms)
    return found if found.start_ms < found.end_ms else all_of_it


def _anchors(text: Sequence[_Letter], said: Sequence[_Letter]) -> list[tuple[int, int]]:
    """Places in the text and the words that say them, in order. Words with numerals are no anchors."""
    numbers = {letter.place for letter in said if _is_numeral(letter.char)}
    here, there = ("".join(letter.char for letter in letters) for letters in (text, said))
    blocks = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
    return [
        (text[block.a + step].place, said[block.b + step].place)
        for block in blocks
        if block.size >= _SHORTEST_ANCHOR
        for step in range(block.size)
        if said[block.b + step].place not in numbers
    ]


def _letters(text: str) -> str:
    """In one spelling; signs and spaces are not spoken."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _is_numeral(char: str) -> bool:
    return char.isdigit() or char in _NUMERALS
