"""``appliance models train``: the compact model, with an enterprise's own words added.

The model in force stays where it is until the new one has passed the product's own suite and the enterprise's.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from appliance import config
from appliance.config import Settings
from appliance.errors import ConfigurationError, InvalidInput
from appliance.evaluation.acceptance import Acceptance, Compared, judge
from appliance.evaluation.lines import told
from appliance.evaluation.understanding_suite import load
from appliance.joints.compact_model import Standing, corpus_dir, in_force, model_dir
from appliance.understanding.scoring import Case
from models.compact import lint as corpus_lint
from models.compact.fingerprint import FOLDERS, of_own
from models.compact.model import SUITE, CompactModel, HeldOut, Manifest
from models.compact.templates import read
from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

_MAY_STAND = frozenset({PiiType.NAME, PiiType.ADDRESS})
"""Made-up ones teach what an address sounds like; a number teaches nothing."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``taken`` is false where the model of before was kept."""

    corpus: str
    version: str
    own_lines: dict[str, int]
    unseen: dict[str, HeldOut]
    suites: tuple[Compared, ...]
    faults: tuple[str, ...]
    taken: bool


@click.command(name="train")
@click.option("--check", is_flag=True, help="Only look the words over; train nothing.")
@click.option("--if-stale", is_flag=True, help="Do nothing where there are none, or they are trained already.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def train_(*, check: bool, if_stale: bool, as_json: bool) -> None:
    """Train the compact model with the words of your own, try it, and put it in force if it passes.

    What it is trained with lies in understanding.corpus_dir; its folder 'suite' may hold labelled cases of your own, in
    which it must not be worse than before. Exit code 1 if it does not pass: then the model of before stays.
    """
    settings = config.load()
    folder = corpus_dir(settings)
    if if_stale and in_force(settings).standing in (Standing.PRODUCT, Standing.OWN):
        return
    _look_over(folder)
    if check:
        click.echo(f"{folder}: nothing is wrong with it")
        return
    report = _trained(settings, folder)
    click.echo(msgspec.json.encode(report).decode() if as_json else _as_text(report))
    if not report.taken:
        raise SystemExit(1)


def _look_over(folder: Path) -> None:
    """ConfigurationError names every line that is wrong, and what to do."""
    if not of_own(folder):
        raise ConfigurationError(
            f"{folder} holds no words: write some as docs/own-corpus.md describes, "
            "or name their folder as understanding.corpus_dir"
        )
    wrong = list(map(str, corpus_lint.lint(folder))) or list(_personal(folder))
    if wrong:
        raise ConfigurationError(f"in {folder}: {told('lines', wrong)}")


def _personal(folder: Path) -> Iterator[str]:
    analyzer = Analyzer()
    for kind in FOLDERS:
        for source in read(kind, folder):
            for finding in analyzer.find(source.line):
                if finding.type not in _MAY_STAND:
                    yield f"{source.where}: looks like personal data ({finding.type}): leave it out"


def _trained(settings: Settings, folder: Path) -> Report:
    from models.compact.train import train

    product, own = _cases(folder)
    target = model_dir(settings)
    with _beside(target) as fresh:
        manifest = train(fresh, folder, lambda line: click.echo(line, err=True))
        click.echo(f"trying it on {len(product)} cases of the product and {len(own)} of yours", err=True)
        before = CompactModel.load(in_force(settings).directory)
        found = asyncio.run(judge(before, CompactModel.load(fresh), product, own))
        if not found.faults:
            _put(fresh, target)
    return _report(folder, manifest, found)


def _cases(folder: Path) -> tuple[list[Case], list[Case]]:
    suite = folder / corpus_lint.SUITE
    try:
        return load([SUITE]), load([suite]) if any(suite.glob("*.jsonl")) else []
    except InvalidInput as wrong:
        raise ConfigurationError(f"in {suite}: {wrong.detail}") from wrong


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder on the same disk, gone afterwards."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=target.parent) as folder:
        fresh = Path(folder) / "fresh"
        fresh.mkdir()
        yield fresh


def _put(fresh: Path, target: Path) -> None:
    """Cut off in between, there is none: the product's own counts then, and the doctor says so."""
    old = fresh.with_name("old")
    if target.exists():
        target.rename(old)
    shutil.move(fresh, target)


def _report(folder: Path, manifest: Manifest, found: Acceptance) -> Report:
    return Report(
        corpus=str(folder),
        version=manifest.fingerprint[:12],
        own_lines=manifest.own_lines,
        unseen={name: task.held_out for name, task in manifest.tasks.items()},
        suites=found.compared,
        faults=found.faults,
        taken=not found.faults,
    )


def _as_text(report: Report) -> str:
    lines = [f"{label}: {count} lines of yours" for label, count in report.own_lines.items()]
    for suite in report.suites:
        lines.append(
            f"{suite.suite}: of {suite.cases} whole cases {suite.exact_before:.1%} right before, "
            f"{suite.exact_after:.1%} now"
        )
        lines += [f"  became {name}: {', '.join(ids)}" for name, ids in _changed(suite) if ids]
    lines += report.faults
    lines.append(
        f"model {report.version} is in force from the next start: 'appliance down', 'appliance up'"
        if report.taken
        else "it did not pass; the model of before stays in force: take back what made these worse, or write more of it"
    )
    return "\n".join(lines)


def _changed(suite: Compared) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("right", suite.became_right), ("wrong", suite.became_wrong))
