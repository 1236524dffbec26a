"""``appliance policy``: look at a policy pack before anybody relies on it."""

import json
from pathlib import Path

import click
import msgspec

from appliance.aftersales.policy.cases import Report, check_pack
from appliance.aftersales.policy.pack import DEFAULT_PACK
from appliance.errors import ConfigurationError


@click.group()
def policy() -> None:
    """Check a policy pack and run the cases beside its tables."""


@policy.command()
@click.argument("directory", type=click.Path(path_type=Path), default=DEFAULT_PACK)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(directory: Path, as_json: bool) -> None:
    """Load the pack in DIRECTORY (default: the one that ships) and run the cases beside its tables.

    Fails if a file does not parse, a case is not met, or a row has no case.
    """
    try:
        report = check_pack(directory)
    except ConfigurationError as error:
        raise click.ClickException(error.detail) from None
    click.echo(_as_json(report) if as_json else _as_text(report))
    if not report.is_good:
        raise SystemExit(1)


def _as_json(report: Report) -> str:
    failures = [msgspec.to_builtins(outcome) for outcome in report.failures]
    return json.dumps(
        {
            "policy": report.policy,
            "cases": len(report.outcomes),
            "failures": failures,
            "untested": report.untested,
        },
        ensure_ascii=False,
    )


def _as_text(report: Report) -> str:
    lines = [f"{report.policy}: {len(report.outcomes)} cases"]
    for outcome in report.failures:
        got = {name: outcome.got.get(name) for name in outcome.expected}
        lines.append(f"FAIL: {outcome.table}: {outcome.name}: expected {outcome.expected}, found {got}")
    lines += [f"FAIL: {row}: no case reaches this row" for row in report.untested]
    return "\n".join(lines if not report.is_good else [*lines, "every case is met, every row has one"])
