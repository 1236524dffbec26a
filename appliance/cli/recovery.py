"""``appliance recovery``: what a restore would bring back, and what a restore has left to be done."""

import asyncio
import sys
from datetime import datetime

import click
import msgspec

from appliance import config
from appliance.cli.audit_log import database
from appliance.cli.own_cluster import reachable
from appliance.cli.recovery_base import base
from appliance.cli.recovery_declare import declare
from appliance.cli.recovery_drill import drill
from appliance.cli.recovery_settle import settle
from appliance.cli.restore_ends import WAY_OUT
from appliance.config import Settings
from appliance.db.restoration import Restoration, standing


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A restore that nobody has ended."""

    restoration: str
    kind: str
    as_of: datetime
    restored_at: datetime
    log_size: int


@click.group()
def recovery() -> None:
    """Be ready for a disaster, and come back from one."""


for each in (base, declare, drill, settle):
    recovery.add_command(each)


@recovery.command()
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def status(*, as_json: bool) -> None:
    """Say whether a restore waits for its end, and how to get out. Exit code 1 if one does."""
    found = [_shown(each) for each in asyncio.run(_standing(config.load()))]
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for each in () if as_json else found:
        click.echo(
            f"RECONCILING: restored at {each.restored_at:%Y-%m-%d %H:%M:%S} UTC, as of {each.as_of:%Y-%m-%d %H:%M:%S} "
            f"UTC; the audit log goes on from {each.log_size} records"
        )
    if not as_json:
        click.echo(WAY_OUT if found else "no restore waits for its end")
    sys.exit(1 if found else 0)


async def _standing(settings: Settings) -> list[Restoration]:
    async with reachable(settings), database(settings) as db, db.system() as conn:
        return await standing(conn)


def _shown(each: Restoration) -> Open:
    return Open(
        restoration=str(each.restoration_id),
        kind=each.kind,
        as_of=each.as_of,
        restored_at=each.restored_at,
        log_size=each.log_size,
    )
