"""``appliance recovery base``: a base backup now, from which any later second can be restored."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import click
import msgspec
import psycopg
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_fixed

from appliance import config
from appliance.cli import backup_log
from appliance.cli.audit_log import intended
from appliance.cli.own_cluster import reachable
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.backup.restoring import backup_key_path
from appliance.db.backup.writing import Source
from appliance.db.location import database_url, owner_url
from appliance.db.wal.base import forget_old, take
from appliance.db.wal.cluster import own_cluster, wal_dir
from appliance.db.wal.place import Base, Place
from appliance.db.wal.spool import ship
from appliance.errors import ConfigurationError, Conflict, Unavailable
from appliance.joints.root_key import existing_root
from security.audit.record import Category
from security.crypto import backup_key
from security.crypto.suites import Suite
from security.errors import ArchiveRefused, KeyFileRefused

_LOOK_S: Final = 1.0
_CURE = "Nothing was written: older base backups reach to before it. 'appliance audit verify' says more"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    archive: str
    bytes: int
    from_second: datetime


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def base(*, as_json: bool) -> None:
    """Take a base backup into backup.wal_dir, and forget what is older than backup.keep_days.

    The running worker takes one every day by itself: where it is at it, this waits for it and then takes one of now.
    Any second after its end can be restored ('restore --to').
    """
    settings = config.load()
    try:
        made = asyncio.run(_take(settings))
    except psycopg.OperationalError as lost:
        raise Unavailable(f"the database does not answer: {' '.join(str(lost).split())}") from lost
    except (ArchiveRefused, KeyFileRefused) as refused:
        raise ConfigurationError(str(refused)) from refused
    shown = Made(archive=str(made.path), bytes=made.path.stat().st_size, from_second=made.ended_at)
    if as_json:
        click.echo(msgspec.json.encode(shown).decode())
    else:
        click.echo(
            f"{shown.archive}: {shown.bytes} bytes; any second from {shown.from_second:%Y-%m-%d %H:%M:%S} UTC on"
        )


async def _take(settings: Settings) -> Base:
    kept, suite = wal_dir(settings), Suite[settings.crypto.suite.name]
    key = backup_key.read_or_create(backup_key_path(settings), existing_root(settings))
    async with reachable(settings):
        cluster = own_cluster(settings)
        place = Place.of(kept, cluster.data)
        db = await Database.open(database_url(settings), size=2, name="appliance-base")
        try:
            async with intended(db, Category.BACKUP, "backup.base_made") as detail:
                mark, report = await backup_log.found_here(db, settings)
                backup_log.refuse_tampered(report, _CURE)
                source = Source(owner_url(settings), settings, key, suite)
                made = await _when_free(partial(take, cluster, source, place, SystemClock(), mark, _say))
                ship(cluster.spool, place, key, suite)
                gone = forget_old(cluster, place, SystemClock().now(), timedelta(days=settings.backup.keep_days))
                detail |= {
                    "ended_at": made.ended_at.isoformat(),
                    "forgotten": str(gone),
                    **backup_log.detail_of(report, with_broken_log=False),
                }
        finally:
            await db.close()
    return made


async def _when_free(take_one: Callable[[], Coroutine[Any, Any, Base]]) -> Base:
    """Another one being taken is told once and waited for, as long as it takes: whoever asked can break it off."""
    turns = AsyncRetrying(
        retry=retry_if_exception_type(Conflict),
        wait=wait_fixed(_LOOK_S),
        before_sleep=_say_once,
        reraise=True,
    )
    return await turns(take_one)


def _say_once(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        _say(f"{state.outcome.exception()}: waiting for it")


def _say(line: str) -> None:
    click.echo(line, err=True)
