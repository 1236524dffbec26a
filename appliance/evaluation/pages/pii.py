"""The page of ``eval pii``."""

from collections.abc import Sequence

from appliance.evaluation.pages.masking import Shown
from appliance.evaluation.pages.model import Failed, Page, Table
from appliance.evaluation.pii_scoring import Result, Score

_SLOWEST = 10


def page(results: Sequence[Result], score: Score, shown: Shown) -> Page:
    rates = {**{str(type_): rate for type_, rate in score.types.items()}, "structured": score.structured}
    labelled = [str(span.type) for result in results for span in result.case.spans]
    rows = tuple(
        (name, labelled.count(name) if name != "structured" else None, rate.precision, rate.recall, rate.f1)
        for name, rate in rates.items()
    )
    return Page(
        kind="pii",
        headline=(
            ("cases", str(score.cases)),
            ("structured F1", f"{score.structured.f1:.3f}"),
            ("leaks", str(score.leaks)),
            ("false_alarms", str(score.false_alarms)),
            ("ms_p50", f"{score.ms.p50:.3f}"),
            ("ms_p95", f"{score.ms.p95:.3f}"),
        ),
        tables=(Table(title="by_type", headings=("name", "labels", "precision", "recall", "F1"), rows=rows),),
        slowest=tuple((each.case.id, each.ms) for each in sorted(results, key=lambda r: -r.ms)[:_SLOWEST]),
        failures=tuple(_failed(each, shown) for each in results if not each.is_right),
    )


def _failed(result: Result, shown: Shown) -> Failed:
    case = result.case
    return Failed(
        id=case.id,
        texts=shown.labelled(case, result.found),
        lines=(
            ("missed", "; ".join(shown.span(case, span) for span in result.missed)),
            ("extra", "; ".join(shown.span(case, span) for span in result.extra)),
        ),
    )
