"""``appliance doctor``: look at everything that has to be well, change nothing."""

import asyncio
import sys

import click
import msgspec

from appliance import config
from appliance.cli.findings import findings
from appliance.installation.model import Grade


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def doctor(*, as_json: bool) -> None:
    """Look for what is wrong; each finding has its cure. Exit code 1 if anything is."""
    found = asyncio.run(findings(config.load()))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        for finding in found:
            click.echo(f"{finding.grade:<8} {finding.check:<14} {finding.found}")
            if finding.grade in (Grade.WRONG, Grade.WARNING):
                click.echo(f"{'':<23} needed: {finding.needed}")
            if finding.cure:
                click.echo(f"{'':<23} cure: {finding.cure}")
    sys.exit(1 if any(finding.grade is Grade.WRONG for finding in found) else 0)
