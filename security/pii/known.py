"""Values that are known to be a customer's own, found again wherever they are said, whatever stands around them.

The surest pass of all: no word needs to say that 张伟 is a name if the order says so. Exact, or in another spelling.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from security.pii.disjoint import with_further
from security.pii.model import VOICE, Finding, PiiType
from security.pii.view import View, view_of

_WORDS = frozenset({PiiType.NAME, PiiType.ADDRESS})
_LEAST = 2
_BEFORE_MOBILES = ("", "0", "86", "0086")
_MOBILE = re.compile("1[3-9][0-9]{9}").fullmatch
_LEAST_OF_NUMBERS = 5
"""A shorter number is found in too many others."""


class KnownValues:
    def __init__(self, values: Iterable[tuple[PiiType, str]]) -> None:
        self._values = [(type_, value, key) for type_, value in values for key in _keys(type_, value)]

    def __bool__(self) -> bool:
        return bool(self._values)

    def find(self, text: str, *, channel: str = "web") -> list[Finding]:
        """In order, without overlaps; of two at one place the longer."""
        if not self._values:
            return []
        view = view_of(text, is_spoken=channel == VOICE)
        letters, places = squeezed(view)
        found = [
            _finding(text, view, type_, value, places[start], places[start + len(key) - 1])
            for type_, value, key in self._values
            for start in occurrences(letters, key)
        ]
        return _disjoint(sorted(found, key=lambda finding: (finding.start, -finding.end)))


def merged(known: Sequence[Finding], found: Sequence[Finding]) -> list[Finding]:
    """Both in order; what is known wins where they overlap, unless it is but a part of what was found."""
    starts = [finding.start for finding in found]
    return with_further([k for k in known if not _is_within(k, found, starts)], found)


def _is_within(finding: Finding, found: Sequence[Finding], starts: Sequence[int]) -> bool:
    place = bisect_right(starts, finding.start)
    return place > 0 and finding.end <= found[place - 1].end


def _key(type_: PiiType, value: str) -> str:
    """The value as it is looked for: one spelling, nothing between its characters."""
    key, _ = squeezed(view_of(value))
    return key if len(key) >= (_LEAST if type_ in _WORDS else _LEAST_OF_NUMBERS) else ""


def _keys(type_: PiiType, value: str) -> list[str]:
    """A mobile number with what people dial before it, too: within a longer number it would not be looked for."""
    key = _key(type_, value)
    before = _BEFORE_MOBILES if type_ is PiiType.PHONE and _MOBILE(key) else ("",)
    return [f"{dialled}{key}" for dialled in before] if key else []


def squeezed(view: View) -> tuple[str, list[int]]:
    """Letters and digits alone, in lower case, and where each stands in the view."""
    places = [place for place, char in enumerate(view.text) if char.isalnum()]
    return "".join(view.text[place].lower()[:1] for place in places), places


def occurrences(text: str, key: str) -> Iterator[int]:
    """Not within a longer number."""
    start = text.find(key)
    while start >= 0:
        end = start + len(key)
        cuts_before = key[0].isdigit() and text[start - 1 : start].isdigit()
        cuts_behind = key[-1].isdigit() and text[end : end + 1].isdigit()
        if not cuts_before and not cuts_behind:
            yield start
        start = text.find(key, start + 1)


def _finding(text: str, view: View, type_: PiiType, value: str, first: int, last: int) -> Finding:
    start, end = view.starts[first], view.ends[last]
    return Finding(type=type_, start=start, end=end, value=text[start:end], normalised=value, score=1.0)


def _disjoint(ordered: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for finding in ordered:
        if not kept or kept[-1].end <= finding.start:
            kept.append(finding)
    return kept
