"""The page of ``eval understanding``."""

from collections import Counter
from collections.abc import Sequence

from appliance.evaluation.pages.masking import Shown, personal_values
from appliance.evaluation.pages.model import Bin, Calibration, Failed, Matrix, Page, Table
from appliance.understanding.pipeline import ece
from appliance.understanding.scoring import CommandRate, PartScore, Result, Score, plain
from models.commands import StartFlow
from models.compact.model import HeldOut

_BINS = 10
_SLOWEST = 10
_NO_FLOW = "-"


def page(results: Sequence[Result], score: Score, shown: Shown) -> Page:
    flows = {name.partition(" ")[2]: rate for name, rate in score.parts.items() if name.startswith("start_flow ")}
    slots = {name.partition(" ")[2]: rate for name, rate in score.parts.items() if name.startswith("slot ")}
    return Page(
        kind="understanding",
        headline=(
            ("cases", str(score.cases)),
            ("exact", f"{score.exact:.1%}"),
            ("start_flow F1", f"{score.start_flow.f1:.3f}"),
            ("slot F1", f"{score.slots.f1:.3f}"),
            *((("unmasked", f"{score.clear.exact:.1%}"),) if score.clear else ()),
            ("ms_p50", f"{score.ms.p50:.1f}"),
            ("ms_p95", f"{score.ms.p95:.1f}"),
        ),
        tables=(
            _pipeline(score.pipeline),
            _classifiers(score.classifiers),
            _rates("by_command", score.commands),
            _rates("by_flow", flows),
            _rates("by_slot", slots),
            Table(title="answered", headings=("source", "cases"), rows=tuple(sorted(score.answered.items()))),
            Table(title="fell_back", headings=("why", "cases"), rows=tuple(sorted(score.fell_back.items()))),
        ),
        matrix=confusion(results),
        calibrations=calibrations(results),
        slowest=tuple((each.case.id, each.ms) for each in sorted(results, key=lambda r: -r.ms)[:_SLOWEST]),
        failures=tuple(_failed(each, shown) for each in results if not each.is_right),
    )


def confusion(results: Sequence[Result]) -> Matrix:
    """Flows asked for against flows heard. What is right stands on the diagonal; the rest is paired in order."""
    pairs: Counter[tuple[str, str]] = Counter()
    for result in results:
        expected, got = _flows(result.case.expect), _flows(result.understood.commands)
        right = expected & got
        pairs.update({(flow, flow): n for flow, n in right.items()})
        missed, extra = list((expected - right).elements()), list((got - right).elements())
        for at in range(max(len(missed), len(extra))):
            pairs[(missed[at] if at < len(missed) else _NO_FLOW, extra[at] if at < len(extra) else _NO_FLOW)] += 1
    names = tuple(sorted({name for pair in pairs for name in pair}))
    return Matrix(names=names, counts=tuple(tuple(pairs[row, column] for column in names) for row in names))


def calibrations(results: Sequence[Result]) -> tuple[Calibration, ...]:
    """How sure each model said it was, against how often whole cases were right."""
    sources = sorted({result.understood.source for result in results})
    return tuple(_calibration(source, [r for r in results if r.understood.source == source]) for source in sources)


def _calibration(source: str, results: Sequence[Result]) -> Calibration:
    grouped: dict[int, list[Result]] = {}
    for result in results:
        grouped.setdefault(min(int(result.understood.confidence * _BINS), _BINS - 1), []).append(result)
    bins = tuple(_bin(group) for _, group in sorted(grouped.items()))
    error = ece([(result.understood.confidence, result.is_right) for result in results])
    return Calibration(source=source, cases=len(results), ece=error, bins=bins)


def _bin(group: Sequence[Result]) -> Bin:
    return Bin(
        cases=len(group),
        confidence=sum(result.understood.confidence for result in group) / len(group),
        right=sum(result.is_right for result in group) / len(group),
    )


def _flows(commands: Sequence[object]) -> Counter[str]:
    return Counter(command.flow.value for command in commands if isinstance(command, StartFlow))


def _rates(title: str, rates: dict[str, CommandRate]) -> Table:
    rows = tuple((name, rate.cases, rate.precision, rate.recall, rate.f1) for name, rate in sorted(rates.items()))
    return Table(title=title, headings=("name", "cases", "precision", "recall", "F1"), rows=rows)


def _pipeline(parts: dict[str, PartScore]) -> Table:
    rows = tuple((name, part.cases, part.right, part.ece) for name, part in parts.items())
    return Table(title="by_part", headings=("name", "cases", "right", "ece"), rows=rows)


def _classifiers(held_out: dict[str, HeldOut]) -> Table:
    rows = tuple((name, part.examples, part.accuracy, part.ece) for name, part in sorted(held_out.items()))
    return Table(title="classifiers", headings=("name", "examples", "right", "ece"), rows=rows)


def _failed(result: Result, shown: Shown) -> Failed:
    expected, got = plain(result.case.expect), plain(result.understood.commands)
    understood = result.understood
    source = f"{understood.source} {understood.confidence:.2f}"
    return Failed(
        id=result.case.id,
        texts=(shown.text(result.case.text, personal_values([*expected, *got])),),
        lines=(
            ("expected", "; ".join(map(shown.command, expected))),
            ("got", "; ".join(map(shown.command, got))),
            ("source", f"{source} ({understood.fell_back})" if understood.fell_back else source),
        ),
    )
