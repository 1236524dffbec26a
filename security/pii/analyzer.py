"""Finds personal data in a text, or in messages over which one value was spread."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from security.pii.asides import without_asides
from security.pii.asked import ONLY_OTHERS
from security.pii.behind_card import codes_behind_cards
from security.pii.disjoint import surest
from security.pii.model import VOICE, Finding, MaskedNumber, PiiType
from security.pii.numerals import ANY_NUMERAL
from security.pii.prefilter import may_hold
from security.pii.recogniser import Recogniser
from security.pii.recognisers import ALL
from security.pii.view import View, view_of, with_marks

if TYPE_CHECKING:
    from security.pii.engine import Engine, Hit

_NOTHING: frozenset[str] = frozenset()
_BETWEEN_MESSAGES = "\n"
_TOLD_IN_DIGITS = frozenset({PiiType.ID_CARD, PiiType.BANK_CARD, PiiType.PHONE})
_DIGIT = re.compile(f"(?:{ANY_NUMERAL}|(?<![0-9A-Za-z])[Xx叉]|(?<=[0-9])[Xx叉]|[艾埃爱愛]克斯)[\ufe0f\u20e3]*")
"""Of a part in a message of its own: the words before it and behind it are none of it."""


class Analyzer:
    """Cheap to make. `warm` loads Presidio; without it the first text with digits pays for that."""

    def __init__(self, recognisers: Sequence[Recogniser] = ALL) -> None:
        self._recognisers = recognisers
        self._rank = {recogniser.type: rank for rank, recogniser in enumerate(recognisers)}
        self._engine: Engine | None = None

    def warm(self) -> None:
        """Load what is slow to load: call it once at start-up."""
        self._loaded().hits("", ())

    def find(self, text: str, *, expected: frozenset[str] = _NOTHING, channel: str = "web") -> list[Finding]:
        """What is personal, in order, without overlaps. `expected`: what the customer was just asked for (`asked`)."""
        if not may_hold(text) and expected <= ONLY_OTHERS:
            return []
        from security.pii.alone import secrets_alone
        from security.pii.pieces.whole import with_pieces

        view = view_of(text, is_spoken=channel == VOICE)
        hits = self._without_overlaps(self._loaded().hits(view.text, expected))
        hits = with_pieces(view.text, hits, self._without_overlaps)
        if further := [*secrets_alone(view.text, expected), *codes_behind_cards(view.text, hits)]:
            hits = self._without_overlaps([*hits, *further])
        return sorted((_finding(text, view, hit) for hit in hits), key=lambda finding: finding.start)

    def find_in_messages(
        self, texts: Sequence[str], *, expected: frozenset[str] = _NOTHING, channel: str = "web"
    ) -> list[list[Finding]]:
        """The same for one speaker's messages in a row: each gets its own part of a value that runs over several.

        Read twice where something else was said between two parts: as they are, and without it.
        """
        parts = self._found_in(texts, expected, channel)
        kept = without_asides(texts)
        if len(kept) < len(texts):
            for place, further in zip(kept, self._found_in([texts[k] for k in kept], expected, channel), strict=True):
                parts[place] = surest([*parts[place], *further])
        return parts

    def find_anew(
        self, texts: Sequence[str], numbers: Sequence[MaskedNumber], *, channel: str = "web"
    ) -> list[list[Finding]]:
        """What takes the place of digits in numbers of these messages that were masked already, in their order."""
        from security.pii.pieces.anew import told_anew_of

        joined = _BETWEEN_MESSAGES.join(texts)
        view = view_of(joined, is_spoken=channel == VOICE)
        found = [_finding(joined, view, hit) for hit in told_anew_of(view, numbers)]
        return parts_of(found, texts)

    def _found_in(self, texts: Sequence[str], expected: frozenset[str], channel: str) -> list[list[Finding]]:
        return parts_of(self.find(_BETWEEN_MESSAGES.join(texts), expected=expected, channel=channel), texts)

    def _loaded(self) -> "Engine":
        if self._engine is None:
            from security.pii.engine import Engine

            self._engine = Engine(self._recognisers)
        return self._engine

    def _without_overlaps(self, hits: list["Hit"]) -> list["Hit"]:
        """Of those that claim the same characters the surest stays; equals go by rank, then by length."""
        if len(hits) <= 1:
            return hits
        kept: list[Hit] = []
        for hit in sorted(hits, key=self._precedence):
            place = bisect_right(kept, hit.start, key=_start)
            is_free_before = place == 0 or kept[place - 1].end <= hit.start
            if is_free_before and (place == len(kept) or hit.end <= kept[place].start):
                kept.insert(place, hit)
        return kept

    def _precedence(self, hit: "Hit") -> tuple[float, int, int]:
        return (-round(hit.score, 1), self._rank[hit.recogniser.type], hit.start - hit.end)


def _start(hit: "Hit") -> int:
    return hit.start


def _finding(text: str, view: View, hit: "Hit") -> Finding:
    start, end = view.starts[hit.start], with_marks(text, view.ends[hit.end - 1])
    return Finding(
        type=hit.recogniser.type,
        start=start,
        end=end,
        value=text[start:end],
        normalised=hit.recogniser.normalise(hit.whole or view.text[hit.start : hit.end]),
        score=hit.score,
    )


def parts_of(found: Sequence[Finding], texts: Sequence[str]) -> list[list[Finding]]:
    """Of findings in messages put together, a line each: to each message its own."""
    parts = []
    offset = 0
    for text in texts:
        parts.append([part for finding in found if (part := _part_in(finding, text, offset))])
        offset += len(text) + len(_BETWEEN_MESSAGES)
    return parts


def _part_in(finding: Finding, text: str, offset: int) -> Finding | None:
    start, end = max(finding.start - offset, 0), min(finding.end - offset, len(text))
    is_part = (start, end) != (finding.start - offset, finding.end - offset)
    if is_part and finding.type in _TOLD_IN_DIGITS:
        digits = [*_DIGIT.finditer(text, start, max(end, start))]
        start, end = (digits[0].start(), digits[-1].end()) if digits else (0, 0)
    if start >= end:
        return None
    return msgspec.structs.replace(finding, start=start, end=end, value=text[start:end])
