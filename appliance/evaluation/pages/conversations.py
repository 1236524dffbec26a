"""The page of ``eval conversations``."""

from collections import defaultdict
from collections.abc import Sequence

from appliance.evaluation.model import Verdict
from appliance.evaluation.pages.masking import Shown
from appliance.evaluation.pages.model import Failed, Page, Table
from appliance.evaluation.percentile import percentile

_SLOWEST = 10


def page(verdicts: Sequence[Verdict], shown: Shown) -> Page:
    ms = [each for verdict in verdicts for each in verdict.played.turn_ms]
    return Page(
        kind="conversations",
        headline=(
            ("cases", str(len(verdicts))),
            ("right", f"{_share(verdicts):.1%}"),
            ("writes_right", f"{sum(v.are_writes_right for v in verdicts) / len(verdicts):.1%}"),
            ("ms_p50", f"{percentile(ms, 0.5) or 0:.1f}"),
            ("ms_p95", f"{percentile(ms, 0.95) or 0:.1f}"),
        ),
        tables=(_grouped("by_outcome", "outcome", verdicts), _grouped("by_flow", "flow", verdicts)),
        slowest=tuple(
            sorted(((v.case.id, max(v.played.turn_ms, default=0.0)) for v in verdicts), key=_slow)[:_SLOWEST]
        ),
        failures=tuple(_failed(verdict, shown) for verdict in verdicts if not verdict.is_passed),
    )


def _grouped(title: str, key: str, verdicts: Sequence[Verdict]) -> Table:
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[getattr(verdict.case, key)].append(verdict)
    rows = tuple((name, len(group), _share(group), _turns(group)) for name, group in sorted(groups.items()))
    return Table(title=title, headings=("name", "cases", "right", "turns"), rows=rows)


def _share(verdicts: Sequence[Verdict]) -> float:
    return sum(verdict.is_passed for verdict in verdicts) / len(verdicts)


def _turns(verdicts: Sequence[Verdict]) -> str:
    return f"{sum(verdict.played.turns for verdict in verdicts) / len(verdicts):.1f}"


def _slow(each: tuple[str, float]) -> float:
    return -each[1]


def _failed(verdict: Verdict, shown: Shown) -> Failed:
    played = verdict.played
    return Failed(
        id=verdict.case.id,
        texts=tuple(f"{speaker}: {shown.text(words)}" for speaker, words in played.transcript),
        lines=(*(("why", shown.text(why)) for why in verdict.why), ("ended", shown.text(played.ended))),
    )
