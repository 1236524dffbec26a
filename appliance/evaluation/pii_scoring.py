"""How well personal data is found, on any suite of labelled texts. Pure but for the clock that is handed in.

A finding is right if it has the label's type and each covers at least 80% of the other: one that swallows the sentence
is as wrong as one that leaves half.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from appliance.evaluation.percentile import percentile
from appliance.evaluation.pii_suite import Case, Span
from security.pii.analyzer import Analyzer
from security.pii.model import PiiType
from security.pii.view import view_of

_LEAST_OVERLAP = 0.8
_LEAK = 4
_NOT_STRUCTURED = frozenset({PiiType.NAME, PiiType.ADDRESS})
_MUST_NOT_LEAK = frozenset({PiiType.ID_CARD, PiiType.BANK_CARD, PiiType.PHONE})


class Rate(msgspec.Struct, frozen=True):
    precision: float
    recall: float
    f1: float


class Milliseconds(msgspec.Struct, frozen=True):
    p50: float
    p95: float


class Failure(msgspec.Struct, frozen=True):
    """Spans are shown with their words."""

    id: str
    missed: tuple[str, ...]
    extra: tuple[str, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One case, and what was found in it."""

    case: Case
    found: tuple[Span, ...]
    missed: tuple[Span, ...]
    extra: tuple[Span, ...]
    ms: float

    @property
    def is_right(self) -> bool:
        return not (self.missed or self.extra)


class Score(msgspec.Struct, frozen=True):
    """``false_alarms``: findings that touch nothing labelled. ``leaks``: labelled ID cards, bank cards and phones of
    which four digits in a row, in any script, lie outside every finding."""

    cases: int
    types: dict[PiiType, Rate]
    structured: Rate
    leaks: int
    false_alarms: int
    ms: Milliseconds
    failures: tuple[Failure, ...]


class _Count:
    def __init__(self) -> None:
        self.right = Counter[PiiType]()
        self.labelled = Counter[PiiType]()
        self.found = Counter[PiiType]()

    def rate(self, types: Sequence[PiiType]) -> Rate:
        """Of nothing labelled, all was recalled; of nothing found, all was right."""
        right, labelled, found = (sum(map(c.__getitem__, types)) for c in (self.right, self.labelled, self.found))
        precision = right / found if found else 1.0
        recall = right / labelled if labelled else 1.0
        f1 = 2 * precision * recall / (precision + recall) if right else float(not labelled and not found)
        return Rate(round(precision, 4), round(recall, 4), round(f1, 4))

    def seen(self) -> list[PiiType]:
        return [type_ for type_ in PiiType if self.labelled[type_] or self.found[type_]]


def score(cases: Sequence[Case], analyzer: Analyzer, now_s: Callable[[], float]) -> Score:
    return summed(play(cases, analyzer, now_s))


def play(cases: Sequence[Case], analyzer: Analyzer, now_s: Callable[[], float]) -> list[Result]:
    """Each case by itself."""
    results = []
    for case in cases:
        began = now_s()
        found = _found(case, analyzer)
        ms = (now_s() - began) * 1000
        missed, extra = _compared(case.spans, found)
        results.append(Result(case=case, found=tuple(found), missed=tuple(missed), extra=tuple(extra), ms=ms))
    return results


def summed(results: Sequence[Result]) -> Score:
    count = _Count()
    for result in results:
        count.labelled.update(span.type for span in result.case.spans)
        count.found.update(span.type for span in result.found)
        count.right.update(span.type for span in result.case.spans if span not in result.missed)
    ms = [result.ms for result in results]
    return Score(
        cases=len(results),
        types={type_: count.rate([type_]) for type_ in count.seen()},
        structured=count.rate([type_ for type_ in PiiType if type_ not in _NOT_STRUCTURED]),
        leaks=sum(map(_leaked, results)),
        false_alarms=sum(map(_alarms, results)),
        ms=Milliseconds(round(percentile(ms, 0.5) or 0.0, 4), round(percentile(ms, 0.95) or 0.0, 4)),
        failures=tuple(
            Failure(each.case.id, _shown(each.case, each.missed), _shown(each.case, each.extra))
            for each in results
            if not each.is_right
        ),
    )


def _leaked(result: Result) -> int:
    case = result.case
    return sum(_leaks(case, span, result.found) for span in case.spans if span.type in _MUST_NOT_LEAK)


def _alarms(result: Result) -> int:
    return sum(not any(_overlap(span, label) for label in result.case.spans) for span in result.found)


def _found(case: Case, analyzer: Analyzer) -> list[Span]:
    if case.text is not None:
        parts = [analyzer.find(case.text, channel=case.channel)]
    else:
        parts = analyzer.find_in_messages(case.messages, channel=case.channel)
    return [Span(f.type, f.start, f.end, message) for message, part in enumerate(parts) for f in part]


def _compared(labelled: Sequence[Span], found: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """What was missed, and what was found beside. Each finding serves one label."""
    extra = list(found)
    missed = []
    for label in labelled:
        match = next((span for span in extra if span.type is label.type and _is_same(span, label)), None)
        if match is None:
            missed.append(label)
        else:
            extra.remove(match)
    return missed, extra


def _is_same(left: Span, right: Span) -> bool:
    longest = max(left.end - left.start, right.end - right.start)
    return _overlap(left, right) >= _LEAST_OVERLAP * longest


def _overlap(left: Span, right: Span) -> int:
    if left.message != right.message:
        return 0
    return max(min(left.end, right.end) - max(left.start, right.start), 0)


def _leaks(case: Case, label: Span, found: Sequence[Span]) -> bool:
    """Digits in a row: what people put between them does not break the row, a finding does."""
    view = view_of(case.texts[label.message], is_spoken=case.channel == "voice")
    row = 0
    for char, start in zip(view.text, view.starts, strict=True):
        if not label.start <= start < label.end or not char.isdigit():
            continue
        is_covered = any(span.message == label.message and span.start <= start < span.end for span in found)
        row = 0 if is_covered else row + 1
        if row >= _LEAK:
            return True
    return False


def _shown(case: Case, spans: Sequence[Span]) -> tuple[str, ...]:
    return tuple(f"{span.type} {case.texts[span.message][span.start : span.end]}" for span in spans)
