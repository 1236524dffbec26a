"""``appliance status``: what runs, as its supervisor says."""

import asyncio
import sys

import click
import msgspec
import psycopg

from appliance import config
from appliance.cli.audit_log import database
from appliance.cli.findings_rules import IN_WORDS, wall
from appliance.cli.findings_voice import loud_words
from appliance.cli.restore_ends import WAY_OUT
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db.restoration import standing
from appliance.errors import Unavailable
from appliance.installation import rungs, upkeep
from appliance.integrations.metrics.token import token_path
from appliance.joints.people_desks import holidays_missing
from appliance.joints.sms import has_gateway
from appliance.supervisor import board, egress
from appliance.supervisor.model import Phase, Status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def status(*, as_json: bool) -> None:
    """Show what runs; exit code 0 only if all of it is ready."""
    settings = config.load()
    found = board.read(settings.state_path)
    if found is not None and not as_json and (waiting := asyncio.run(_reconciling(settings))):
        click.echo(waiting)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif found is None:
        click.echo(f"nothing runs in {settings.state_dir}: start it with 'appliance up'")
    else:
        _print(found, settings.web.scheme)
        for rung in rungs.present(settings.state_path):
            click.echo(f"  does without since {rung.since:%Y-%m-%d %H:%M:%S} UTC: {rung.rung} (see 'appliance doctor')")
        for line in upkeep.in_words(settings, SystemClock().now()):
            click.echo(f"  {line}")
        click.echo(f"  metrics at /metrics of web, with the token in {token_path(settings)}")
        if refused := sum(egress.by_kind(egress.blocked(settings.state_path)).values()):
            click.echo(f"  {refused} attempts to reach what no setting names were refused: see 'appliance doctor'")
        click.echo(f"  {IN_WORDS[wall()]}")
        if not has_gateway(settings):
            click.echo("  no SMS gateway is set: customers are told all of it in the conversation")
        if unfit := loud_words(settings):
            click.echo(f"  {unfit}")
        if soon := holidays_missing(settings.work, SystemClock().now().date()):
            click.echo(f"  {soon}: see 'appliance doctor'")
        click.echo(f"  data, keys and logs are in {settings.state_dir}")
    sys.exit(0 if found is not None and found.phase is Phase.READY else 1)


async def _reconciling(settings: Settings) -> str:
    """Before all else: after a restore nothing is written. A database that is away says nothing."""
    try:
        async with database(settings) as db, db.system() as conn:
            found = await standing(conn)
    except (Unavailable, psycopg.Error):
        return ""
    return (
        f"RECONCILING since {found[0].restored_at:%Y-%m-%d %H:%M:%S} UTC, after a restore. {WAY_OUT}" if found else ""
    )


def _print(found: Status, web_scheme: str) -> None:
    click.echo(f"{found.phase} since {found.since:%Y-%m-%d %H:%M:%S} UTC, supervisor {found.pid}")
    for process in found.processes:
        pid = "" if process.pid is None else str(process.pid)
        restarts = f"restarted {process.restarts}x, last: {process.last_exit}" if process.restarts else ""
        click.echo(f"  {process.name:<14} {process.state:<12} {pid:>8}  {restarts}".rstrip())
    for name, address in found.addresses.items():
        click.echo(f"  {name} listens on {web_scheme if name == 'web' else 'http'}://{address}/")
