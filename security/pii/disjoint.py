"""Findings of two readings of one text, put together without overlaps: in order, and as quick as they are many."""

from bisect import bisect_right
from collections.abc import Sequence

from security.pii.model import Finding


def with_further(kept: Sequence[Finding], further: Sequence[Finding]) -> list[Finding]:
    """Both in order; of the further ones those that touch none of the others. Each in order, without overlaps."""
    starts = [finding.start for finding in kept]
    free = [finding for finding in further if not _touches(finding, kept, starts)]
    return sorted([*kept, *free], key=lambda finding: finding.start)


def surest(findings: Sequence[Finding]) -> list[Finding]:
    """Of those that claim the same characters the surest, in order."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: -finding.score):
        place = bisect_right(kept, finding.start, key=_start)
        is_free_before = place == 0 or kept[place - 1].end <= finding.start
        if is_free_before and (place == len(kept) or finding.end <= kept[place].start):
            kept.insert(place, finding)
    return kept


def _start(finding: Finding) -> int:
    return finding.start


def _touches(finding: Finding, kept: Sequence[Finding], starts: Sequence[int]) -> bool:
    place = bisect_right(starts, finding.end - 1)
    return place > 0 and kept[place - 1].end > finding.start
