"""Which spans of a caller's speech nobody may hear again: what is told there is never kept, or in part only.

Read like messages of one speaker in a row: a number told in pieces is silenced in each of them. What was silenced once
stays so, whatever is found later. Pure, but for the analyzer's own loading; may take some 50 ms of CPU.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from appliance.voice.recording import timing
from appliance.voice.recording.model import Reason, Silence, Span, Utterance
from security.pii.analyzer import Analyzer
from security.pii.digits import ANY_DIGIT
from security.pii.explanations import Explanation, explanation_in
from security.pii.misheard import says_digits_only
from security.pii.model import LAST_FOUR_KEPT, NEVER_KEPT, VOICE, Finding, PiiType
from security.pii.pieces.grammar import may_correct
from security.pii.recogniser import VALUE
from security.pii.recognisers.tails import HEAD
from security.pii.retrospect import may_go_on

SILENCED: Final = NEVER_KEPT | LAST_FOUR_KEPT
MARGIN_MS: Final = 200
"""On both sides of what was found: so exact are the times of words."""

_OTHER: Final = rf"(?:(?!{ANY_DIGIT})[\s\S])"
_LONG_NUMBER: Final = re.compile(
    rf"{ANY_DIGIT}{_OTHER}?{ANY_DIGIT}(?:{_OTHER}{{0,3}}{ANY_DIGIT}){{12,}}(?:{_OTHER}{{0,3}}[Xx叉])?"
)
"""Fourteen digits, whatever was heard between them: a card or an identity number of which some were taken for other
words is none by its check digit."""
_HEAD: Final = re.compile(
    rf"{HEAD}(?:[\s:：,，]|应该|就|是|为|嗯|呃)*+(?P<{VALUE}>{ANY_DIGIT}(?:{_OTHER}{{0,2}}{ANY_DIGIT}){{4,}})"
)
"""卡号前六位是: the rest of it comes, or was told before."""
_DIGITS: Final = re.compile(ANY_DIGIT)
_FEW: Final = 3
"""Digits that may be told and explained."""
_HAS_DIGIT: Final = re.compile(ANY_DIGIT).search

_Placed = tuple[int, Silence]
"""With the place of its utterance."""
_SpanOf = Callable[[Utterance, int, int], Span]


def silences(analyzer: Analyzer, recent: Sequence[Utterance], *, was_told: bool) -> list[Silence]:
    """Of these utterances, oldest first; the last one is new. ``was_told``: something is silenced in those before."""
    found = [*_found(analyzer, recent), *_long_numbers(recent)]
    is_told = was_told or any(place < len(recent) - 1 for place, _ in found)
    silenced = {silence for _, silence in (*found, *_explained(recent))}
    silenced.update(_silence(timing.whole(recent[-1]), why) for why in _answers(recent[-1]))
    if is_told and _may_correct(recent[-1].text):
        silenced.add(_silence(timing.whole(recent[-1]), Reason.CORRECTION))
    return sorted(silenced)


def _found(analyzer: Analyzer, recent: Sequence[Utterance]) -> Iterator[_Placed]:
    """In what is written as well as in what was spoken: each may tell what the other hides."""
    readings: tuple[tuple[list[str], _SpanOf], ...] = (
        (_texts(recent), timing.span_of_text),
        ([timing.spoken(utterance) for utterance in recent], timing.span_of_spoken),
    )
    for texts, span_of in readings:
        for place, findings in enumerate(_findings(analyzer, texts, recent[-1].expected)):
            for each in findings:
                if each.type in SILENCED:
                    yield place, _silence(span_of(recent[place], each.start, each.end), each.type)


def _findings(analyzer: Analyzer, texts: Sequence[str], expected: frozenset[str]) -> list[list[Finding]]:
    """What was asked for says something of the last one only."""
    found = analyzer.find_in_messages(texts, channel=VOICE)
    found[-1] = [*found[-1], *analyzer.find(texts[-1], expected=expected, channel=VOICE)]
    return found


def _long_numbers(recent: Sequence[Utterance]) -> Iterator[_Placed]:
    """And the beginnings of numbers that are called so, over all of the utterances: they may be told in pieces."""
    texts = _texts(recent)
    joined = "\n".join(texts)
    spans = [*(match.span() for match in _LONG_NUMBER.finditer(joined)), *map(_value, _HEAD.finditer(joined))]
    for start, end in spans:
        for place, text in enumerate(texts):
            first, last = max(start, 0), min(end, len(text))
            if first < last:
                yield place, _silence(timing.span_of_text(recent[place], first, last), Reason.LONG_NUMBER)
            start, end = start - len(text) - 1, end - len(text) - 1


def _value(head: re.Match[str]) -> tuple[int, int]:
    return head.span(VALUE)


def _explained(recent: Sequence[Utterance]) -> Iterator[_Placed]:
    """六二二二……, 这是我的银行卡: what the digits are is said behind them, in the same breath or in the next.

    Of a number that was told in pieces each: utterances of digits and nothing else.
    """
    last = len(recent) - 1
    said = explanation_in(recent[-1].text)
    if said is None:
        return
    before = [(last, recent[-1].text[: said.start]), *((place, recent[place].text) for place in range(last)[::-1])]
    was_found = False
    for place, text in before:
        digits = [digit.start() for digit in _DIGITS.finditer(text)]
        is_piece = was_found and bool(digits) and says_digits_only(text)
        if is_piece or (not was_found and _is_explained(text, len(digits), said)):
            yield place, _silence(timing.span_of_text(recent[place], digits[0], digits[-1] + 1), said.type)
            was_found = True
        elif was_found:
            return


def _is_explained(text: str, digits: int, said: Explanation) -> bool:
    most = said.most or sys.maxsize
    return _FEW <= digits <= most and (said.is_said or says_digits_only(text))


def _answers(utterance: Utterance) -> list[PiiType]:
    """What it may tell because it was asked for, wherever in it and in whatever form that is."""
    asked = sorted(SILENCED & utterance.expected)
    is_told = _HAS_DIGIT(utterance.text + timing.spoken(utterance)) is not None
    return asked if is_told else [each for each in asked if each is PiiType.PASSWORD]


def _may_correct(text: str) -> bool:
    """Says digits of what came before anew, or takes some back: it is not worked out which."""
    return may_go_on(text) or (may_correct(text) and _HAS_DIGIT(text) is not None)


def _texts(recent: Sequence[Utterance]) -> list[str]:
    return [utterance.text for utterance in recent]


def _silence(span: Span, why: str) -> Silence:
    return Silence(span.start_ms - MARGIN_MS, span.end_ms + MARGIN_MS, str(why))
