"""Words that come piece by piece, masked before anybody sees them: held back until nothing in them is still open.

For a text on its way to others than its speaker, who may see it all. What is let go was followed by at least `HELD`
characters, and is part of no finding and of no run of digits or letters that may still become one.
"""

from collections.abc import Callable, Sequence

from security.pii.analyzer import Analyzer
from security.pii.model import Finding
from security.pii.view import may_belong_to_a_number

HELD = 40
_CONTEXT = 48
"""Characters already let go that still say what follows them is."""
_LONGEST_OPEN = 240
"""A run longer than this is no number, and is not waited for."""

Replace = Callable[[str, Sequence[Finding]], str]


class StreamMask:
    """`replace` gets a text and its findings in order, and returns what may be shown."""

    def __init__(self, analyzer: Analyzer, replace: Replace, *, held: int = HELD, channel: str = "web") -> None:
        self._analyzer = analyzer
        self._replace = replace
        self._held = held
        self._channel = channel
        self._context = ""
        self._waiting = ""

    def feed(self, piece: str) -> str:
        """What may be shown now."""
        self._waiting += piece
        if len(self._waiting) <= self._held:
            return ""
        findings = self._findings()
        return self._let_go(self._safe_end(findings), findings)

    def finish(self) -> str:
        """The rest: nothing follows any more."""
        return self._let_go(len(self._waiting), self._findings())

    def _findings(self) -> list[Finding]:
        """In what waits; what has been let go is read along for its words."""
        before = len(self._context)
        found = self._analyzer.find(self._context + self._waiting, channel=self._channel)
        return [_moved(finding, before) for finding in found if finding.start >= before]

    def _safe_end(self, findings: Sequence[Finding]) -> int:
        end = len(self._waiting) - self._held
        end = _start_of_run(self._waiting, end)
        for finding in reversed(findings):
            if finding.start < end < finding.end:
                end = _start_of_run(self._waiting, finding.start)
        return end

    def _let_go(self, end: int, findings: Sequence[Finding]) -> str:
        if end <= 0:
            return ""
        words = self._waiting[:end]
        self._context = (self._context + words)[-_CONTEXT:]
        self._waiting = self._waiting[end:]
        return self._replace(words, [finding for finding in findings if finding.end <= end])


def _start_of_run(text: str, end: int) -> int:
    """Before the run of characters that reaches over this place, if they may be one number."""
    start = end
    while start > max(end - _LONGEST_OPEN, 0) and may_belong_to_a_number(text[start - 1]):
        start -= 1
    return start if end - start < _LONGEST_OPEN else end


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(
        type=finding.type,
        start=finding.start - by,
        end=finding.end - by,
        value=finding.value,
        normalised=finding.normalised,
        score=finding.score,
    )
