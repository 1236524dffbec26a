"""``appliance recovery declare``: the database was put back by other means than ours, and the appliance has to know.

An outside server by its own; our own by a copy of its folder, as a roll-back of ``./install.sh`` does, or by a copy of
the whole disk or machine.
"""

import asyncio
from datetime import datetime

import click
import psycopg

from appliance import config
from appliance.cli.audit_log import database
from appliance.cli.own_cluster import alone
from appliance.cli.restore_ends import UNTIL_SETTLED, RestoredLog, record, say
from appliance.cli.restore_to import second_of
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Connection
from appliance.db.backup import tables
from appliance.db.location import is_embedded, owner_url
from appliance.db.restoration import LogHead, Restoration, RestoreKind, begin, begun, standing
from appliance.db.wal.cluster import own_cluster, wal_dir
from appliance.db.wal.fork import set_aside
from appliance.db.wal.place import Place
from appliance.errors import Unavailable


@click.command()
@click.option("--as-of", "second", metavar="TIME", required=True, help="The second that the database was put back to.")
@click.option("--with-broken-log", is_flag=True, help="Although the audit log was tampered with; it is recorded.")
def declare(*, second: str, with_broken_log: bool) -> None:
    """Say that the database of this appliance was put back to TIME. Before anything of it is started again.

    An outside PostgreSQL was restored, or the state directory's 'postgres' folder comes from a copy, of a disk or of a
    whole machine. From then on it is reconciling, as after 'appliance restore', which does this by itself. Of the
    appliance's own what backup.wal_dir holds of after TIME is set aside. Said again of the same TIME it goes on.
    """
    settings = config.load()
    try:
        asyncio.run(_declare(settings, second_of(second), may_break=with_broken_log))
    except psycopg.OperationalError as lost:
        raise Unavailable(f"the database does not answer: {' '.join(str(lost).split())}") from lost
    click.echo(UNTIL_SETTLED)


async def _declare(settings: Settings, at: datetime, *, may_break: bool) -> None:
    async with alone(settings):
        if is_embedded(settings) and settings.backup.wal_dir:
            await _set_aside(settings, at)
        log = RestoredLog(settings.audit_path, None, may_break=may_break)
        async with await psycopg.AsyncConnection.connect(owner_url(settings)) as conn:
            await conn.execute(tables.SQL["as_system"])
            head = await log.check(conn)
            restoration = await _begun_before(conn, at)
            if restoration is None:
                restoration = await _begin(conn, at, head)
        async with database(settings) as db, db.system() as conn:
            await record(conn, restoration, at.isoformat(), log.detail)


async def _set_aside(settings: Settings, at: datetime) -> None:
    cluster = own_cluster(settings)
    place = Place.of(wal_dir(settings), cluster.data)
    if (aside := await set_aside(cluster, place, at, SystemClock().now())) is not None:
        say(f"{aside}: what was kept of the time after {at.isoformat(sep=' ')}; it goes with the days that are kept")


async def _begun_before(conn: Connection, at: datetime) -> Restoration | None:
    """By an earlier call that was cut off."""
    return next((each for each in await standing(conn) if each.as_of == at), None)


async def _begin(conn: Connection, at: datetime, head: LogHead) -> Restoration:
    await conn.execute(tables.SQL["as_owner"])
    restoration = begun(RestoreKind.POINT_IN_TIME, at, SystemClock().now(), head)
    await begin(conn, restoration)
    return restoration
