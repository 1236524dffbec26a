"""``appliance certificates``: an authority of this installation, and what it issued to the servers around it."""

import sys
from collections.abc import Sequence

import click
import msgspec

from appliance import config
from appliance.clock import SystemClock
from appliance.errors import NotFound
from appliance.installation.certificates import Certificates, Issued

as_json_option = click.option("--json", "as_json", is_flag=True, help="For a script.")


@click.group()
def certificates() -> None:
    """Issue certificates for the proxy and PostgreSQL, and renew them in time."""


@certificates.command("issue")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--if-missing", is_flag=True, help="Only where there is none of that name.")
@as_json_option
def issue(*, names: tuple[str, ...], if_missing: bool, as_json: bool) -> None:
    """Issue one for a server that is called by all these names and addresses. The authority is made on first use."""
    kept, now = _kept(), SystemClock().now()
    if if_missing and (kept.folder / f"{names[0]}.pem").is_file():
        _tell(kept, [each for each in kept.list(now) if each.name == names[0]], as_json=as_json)
        return
    _tell(kept, [kept.issue(names, now)], as_json=as_json)


@certificates.command("renew")
@click.option("--all", "all_of_them", is_flag=True, help="Those that have time left, too.")
@as_json_option
def renew(*, all_of_them: bool, as_json: bool) -> None:
    """Replace those that are in their last third. Restart or reload what uses them afterwards."""
    kept = _kept()
    try:
        done = kept.renew(SystemClock().now(), all_of_them=all_of_them)
    except NotFound:
        done = []
    _tell(kept, done, as_json=as_json)


@certificates.command("show")
@as_json_option
def show(*, as_json: bool) -> None:
    """List them; exit code 1 if one is due."""
    kept = _kept()
    found = kept.list(SystemClock().now())
    _tell(kept, found, as_json=as_json)
    sys.exit(1 if any(each.is_due for each in found) else 0)


def _kept() -> Certificates:
    return Certificates(config.load().state_path)


def _tell(kept: Certificates, found: Sequence[Issued], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        due = ", due" if each.is_due else ""
        click.echo(f"{kept.folder}/{each.name}.pem: {', '.join(each.names)}, until {each.ends_at:%Y-%m-%d}{due}")
    if not found:
        click.echo("none is due")
