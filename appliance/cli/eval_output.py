"""What every ``eval`` does with its score: JSON for scripts, a report for people, a comparison with an earlier run."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from appliance.errors import InvalidInput
from appliance.evaluation.pages import baseline as baselines
from appliance.evaluation.pages import paired, provenance, writing
from appliance.evaluation.pages.baseline import Cases
from appliance.evaluation.pages.masking import Shown
from appliance.evaluation.pages.model import Change, Page
from appliance.evaluation.pages.provenance import Facts

_FILE = click.Path(dir_okay=False, path_type=Path)
_LISTED = 20


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    kind: str
    suites: tuple[Path, ...]
    json_file: Path | None
    html_file: Path | None
    baseline: Path | None
    unmasked: bool

    def check(self, cases: Cases) -> dict[str, Any] | None:
        """Before anything runs. The earlier score, if one was given; InvalidInput where it does not fit."""
        if self.unmasked and self.html_file is None:
            raise InvalidInput("--unmasked is about the report: give --html too")
        for file in filter(None, (self.json_file, self.html_file)):
            if not file.absolute().parent.is_dir():
                raise InvalidInput(f"{file}: there is no folder {file.absolute().parent}; make it first")
        return baselines.read(self.baseline, self.kind, cases) if self.baseline else None

    def give(
        self,
        score: Any,
        cases: Cases,
        before: dict[str, Any] | None,
        models: Facts,
        page: Callable[[Shown], Page],
        console: Console,
    ) -> None:
        plain = {**msgspec.to_builtins(score), baselines.DIGEST: cases.digest}
        change = paired.change(before, plain) if before else None
        if change is not None:
            _tell(change, console)
        if self.json_file is not None:
            self.json_file.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n")
        if self.html_file is not None:
            self._write(self.html_file, plain, change, models, page)

    def _write(
        self, file: Path, score: Any, change: Change | None, models: Facts, page: Callable[[Shown], Page]
    ) -> None:
        if self.unmasked:
            click.echo(f"warning: {file} shows texts as they are; they may hold personal data", err=True)
        made = page(Shown(is_masked=not self.unmasked))
        text = writing.html(
            made,
            provenance.facts(self.suites, models, datetime.now(UTC)),
            score,
            is_masked=not self.unmasked,
            change=change,
            baseline=self.baseline.name if self.baseline else "",
        )
        writing.write(file, text)
        click.echo(f"report: {file}", err=True)


def options(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """``--suite --json --html --baseline --unmasked``, given to the command as ``output``; ``what`` it scores."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(
            suite: tuple[Path, ...],
            json_file: Path | None,
            html_file: Path | None,
            baseline: Path | None,
            *,
            unmasked: bool,
            **rest: Any,
        ) -> None:
            output = Output(
                kind=command.__name__,
                suites=suite,
                json_file=json_file,
                html_file=html_file,
                baseline=baseline,
                unmasked=unmasked,
            )
            command(output=output, **rest)

        decorated: Callable[..., None] = called
        for option in reversed(_options(what)):
            decorated = option(decorated)
        return decorated

    return decorate


def _options(what: str) -> list[Callable[..., Any]]:
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        click.option(
            "--suite",
            type=click.Path(exists=True, path_type=Path),
            required=True,
            multiple=True,
            help=f"{what} Repeatable.",
        ),
        click.option("--json", "json_file", type=_FILE, help="Write the score here."),
        click.option("--html", "html_file", type=_FILE, help="Write a report here: one file, personal values masked."),
        click.option("--baseline", type=existing, help="Compare with an earlier --json or --html of the same suite."),
        click.option("--unmasked", is_flag=True, help="Show texts as they are in the report; they may be personal."),
    ]


def _tell(change: Change, console: Console) -> None:
    console.print(
        f"against the baseline: {len(change.became_right)} became right, {len(change.became_wrong)} became wrong; "
        f"McNemar p = {change.p:.3g} ({'not likely by chance' if change.p < 0.05 else 'may be chance'})"
    )
    for name, ids in (("became right", change.became_right), ("became wrong", change.became_wrong)):
        if ids:
            more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
            console.print(f"{name}: {', '.join(ids[:_LISTED])}{more}", markup=False, soft_wrap=True)
