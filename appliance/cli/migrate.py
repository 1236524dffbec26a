"""``appliance migrate``: the tables brought up to date with nothing else running, and what rests on them looked at.

An upgrade is tried with it before anybody is served: the database runs alone, no job and no request runs.
"""

import asyncio
import sys

import click
import msgspec

from appliance import config
from appliance.cli.findings import stopped_findings
from appliance.cli.own_cluster import alone
from appliance.config import Settings
from appliance.db.login import bring_up
from appliance.installation.model import Finding, Grade


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def migrate(*, as_json: bool) -> None:
    """Bring the tables up to date while nothing runs, then check keys and audit log. Exit code 1 if one is wrong."""
    found = asyncio.run(_migrate(config.load()))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    wrong = [each for each in found if each.grade is Grade.WRONG]
    for each in () if as_json else found:
        click.echo(f"{each.grade:<8} {each.check:<11} {each.found}", err=each in wrong)
    sys.exit(1 if wrong else 0)


async def _migrate(settings: Settings) -> list[Finding]:
    async with alone(settings):
        await bring_up(settings)
        return await stopped_findings(settings)
