"""Values that only a later message makes whole: masked in the earlier ones too, wherever those are kept.

"138" is nobody's number until "0013" and "8000" follow. Whoever keeps messages says which are recent, and replaces
them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol
from uuid import UUID

from security.pii.analyzer import Analyzer
from security.pii.asked import ONLY_OTHERS
from security.pii.digits import BETWEEN_DIGITS
from security.pii.disjoint import with_further
from security.pii.mask import Part, placeholder_places, type_of
from security.pii.misheard import misheard
from security.pii.model import VOICE, Finding, MaskedNumber, PiiType
from security.pii.numerals import ANY_NUMERAL
from security.pii.pieces.grammar import may_correct
from security.pii.prefilter import may_hold
from security.sql import Connection

MOST_MESSAGES = 5
WITHIN_S = 120
"""So many messages of one speaker, so close together, may share a value."""

_MASKED = "□"
_SHORT = 24
"""Whoever only takes digits back says hardly more."""
_BEGINS_WITH_DIGIT = re.compile(f"{BETWEEN_DIGITS}{{0,4}}(?:{ANY_NUMERAL}|[Xx]$)").match


class Kept(NamedTuple):
    """A message as it is kept: already masked by what was known then."""

    id: UUID
    text: str


class Replaced(NamedTuple):
    """A message as it has to be kept from now on, and what in it was taken for nothing until now."""

    id: UUID
    text: str
    types: frozenset[PiiType]
    parts: tuple[Part, ...]


class KeptWords(Protocol):
    """Of one conversation. Its implementation knows every place where a message lies."""

    async def recent(self, conn: Connection) -> Sequence[Kept]:
        """The speaker's last `MOST_MESSAGES` messages of `WITHIN_S` seconds, oldest first."""
        ...

    async def replace(self, conn: Connection, replaced: Sequence[Replaced]) -> None:
        """Put these texts in the place of the messages everywhere, and say in the log that it was done."""
        ...


def may_go_on(text: str) -> bool:
    """Whether a message that holds nothing itself may be the end of a value, or take some of one back. Cheap."""
    return _BEGINS_WITH_DIGIT(text) is not None or (len(text) <= _SHORT and may_correct(text))


def may_continue(earlier: Sequence[Kept], text: str, *, channel: str = "web") -> bool:
    """Whether together they may hold what each alone does not; cheap."""
    if channel == VOICE:
        return bool(earlier)
    return bool(earlier) and may_hold("\n".join([*(kept.text for kept in earlier), text]))


def corrected(earlier: Sequence[Kept], text: str) -> list[str]:
    """Placeholders of which this message may say digits anew; none for nearly every message."""
    if not may_correct("\n".join([*(kept.text for kept in earlier), text])):
        return []
    return [kept.text[slice(*place)] for kept in earlier for place in placeholder_places(kept.text)]


def split_findings(
    analyzer: Analyzer,
    earlier: Sequence[str],
    text: str,
    *,
    expected: frozenset[str] = frozenset(),
    channel: str = "web",
    wholes: Mapping[str, str] = MappingProxyType({}),
    own: Collection[str] = (),
) -> list[list[Finding]]:
    """What is personal in each, read together. Earlier ones are masked already: their placeholders are left alone.

    What was asked for says something of the last one only. `wholes`: what is kept of placeholders that may be
    corrected (`corrected`). `own`: see `misheard`, which is asked on a call.
    """
    read = [*map(_without_labels, earlier), text]
    *before, now = analyzer.find_in_messages(read, expected=expected & ONLY_OTHERS, channel=channel)
    if wholes:
        *anew_before, anew = analyzer.find_anew(read, _masked(earlier, wholes), channel=channel)
        before = [with_further(found, further) for found, further in zip(before, anew_before, strict=True)]
        now = with_further(now, anew)
    if not expected <= ONLY_OTHERS:
        now = with_further(now, analyzer.find(text, expected=expected, channel=channel))
    found = [*(_news(analyzer, words, part, channel) for words, part in zip(read, before, strict=False)), now]
    if channel != VOICE:
        return found
    further = misheard([*earlier, text], found, expected=expected, own=own)
    return [with_further(kept, more) for kept, more in zip(found, further, strict=True)]


def _masked(earlier: Sequence[str], wholes: Mapping[str, str]) -> list[MaskedNumber]:
    """In the messages put together, in order."""
    found, offset = [], 0
    for text in earlier:
        for start, end in placeholder_places(text):
            if (label := text[start:end]) in wholes:
                place = MaskedNumber(
                    type=type_of(label), start=offset + start, end=offset + end, normalised=wholes[label]
                )
                found.append(place)
        offset += len(text) + 1
    return found


def _without_labels(text: str) -> str:
    """As long as before: what was masked says nothing of what comes after it."""
    out, done = [], 0
    for start, end in placeholder_places(text):
        out += [text[done:start], _MASKED * (end - start)]
        done = end
    return "".join([*out, text[done:]])


def _news(analyzer: Analyzer, text: str, findings: Sequence[Finding], channel: str) -> list[Finding]:
    """What the message alone did not tell: the rest was left as it is for what had been asked for then."""
    if not findings:
        return []
    alone = {(f.type, f.start, f.end) for f in analyzer.find(text, channel=channel)}
    return [f for f in findings if (f.type, f.start, f.end) not in alone and _MASKED not in text[f.start : f.end]]
