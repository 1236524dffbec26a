"""``appliance status``: what runs, as its supervisor says."""

import sys

import click
import msgspec

from appliance import config
from appliance.clock import SystemClock
from appliance.integrations.metrics.token import token_path
from appliance.joints.people_desks import holidays_missing
from appliance.joints.sms import has_gateway
from appliance.supervisor import board
from appliance.supervisor.model import Phase, Status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def status(*, as_json: bool) -> None:
    """Show what runs; exit code 0 only if all of it is ready."""
    settings = config.load()
    found = board.read(settings.state_path)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif found is None:
        click.echo(f"nothing runs in {settings.state_dir}: start it with 'appliance up'")
    else:
        _print(found)
        click.echo(f"  metrics at /metrics of web, with the token in {token_path(settings)}")
        if not has_gateway(settings):
            click.echo("  no SMS gateway is set: customers are told all of it in the conversation")
        if soon := holidays_missing(settings.work, SystemClock().now().date()):
            click.echo(f"  {soon}: see 'appliance doctor'")
        click.echo(f"  data, keys and logs are in {settings.state_dir}")
    sys.exit(0 if found is not None and found.phase is Phase.READY else 1)


def _print(found: Status) -> None:
    click.echo(f"{found.phase} since {found.since:%Y-%m-%d %H:%M:%S} UTC, supervisor {found.pid}")
    for process in found.processes:
        pid = "" if process.pid is None else str(process.pid)
        restarts = f"restarted {process.restarts}x, last: {process.last_exit}" if process.restarts else ""
        click.echo(f"  {process.name:<14} {process.state:<12} {pid:>8}  {restarts}".rstrip())
    for name, address in found.addresses.items():
        click.echo(f"  {name} listens on http://{address}/")
