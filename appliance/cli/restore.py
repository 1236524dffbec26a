"""``appliance restore``: an archive into an empty database, all of it or nothing."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import psycopg

from appliance import config
from appliance.cli import backup_log
from appliance.cli.own_cluster import alone
from appliance.cli.restore_ends import KEYS_CURE, UNTIL_SETTLED, Done, May, RestoredLog, agree, record, say
from appliance.cli.restore_to import restore_to, second_of
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.backup import reading, restoring
from appliance.db.backup.epochs import reach_of
from appliance.db.location import database_url, owner_url
from appliance.db.login import admit
from appliance.errors import Conflict, InvalidInput, Unavailable
from appliance.joints.root_key import existing_root
from security.crypto.shop_keys import ShopKeys
from security.crypto.suites import Suite
from security.errors import ArchiveRefused, CiphertextRefused, EpochGone


@click.command()
@click.argument("archive", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "second", metavar="TIME", help="Instead: the appliance's own database as it was at that second.")
@click.option(
    "--keys-of",
    "newer",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A newer backup to take the wrapped keys from: ARCHIVE is older than the last rotation.",
)
@click.option(
    "--without-lost-keys", is_flag=True, help="Restore although what stands under destroyed keys cannot be read."
)
@backup_log.with_broken_log_option
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask, once it was said how far back it can read.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def restore(
    *,
    archive: Path | None,
    second: str | None,
    newer: Path | None,
    without_lost_keys: bool,
    with_broken_log: bool,
    is_agreed: bool,
    as_json: bool,
) -> None:
    """Put ARCHIVE into the empty database of this appliance, which must not run; or go back to a second with --to.

    TIME is like "2026-11-27 10:15:30", in this machine's own time, or with an offset. What was there is kept aside. It
    takes what backup.wal_dir holds: a base backup of before, and the log of every change since.

    All of it is read and checked before anything is touched, and how far back it can be read is said first. The root
    key and the secrets of the epochs must be here.
    The audit log is verified before anything is kept: its records, the checkpoint in the archive's header, and its
    files, this machine's own where it has any.

    Afterwards the appliance is reconciling: it looks in the order system for what was under way, and writes nothing
    there, until two security administrators have approved what was lost ('appliance recovery settle').
    """
    settings = config.load()
    if (archive is None) == (second is None):
        raise InvalidInput("name an ARCHIVE, or a second with --to TIME")
    may = May(lose=without_lost_keys, break_log=with_broken_log, begin=is_agreed)
    if archive is not None:
        done = asyncio.run(_restore(settings, _Asked(archive, newer, may)))
    elif newer is not None:
        raise InvalidInput("--keys-of goes with an ARCHIVE")
    else:
        done = asyncio.run(restore_to(settings, second_of(second or ""), may))
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    rows = "" if done.rows is None else f" {done.rows} rows,"
    click.echo(f"restored:{rows} as of {done.made_at}; start with 'appliance up'")
    click.echo(UNTIL_SETTLED)
    for epoch in done.epochs_gone:
        click.echo(f"unreadable: what stands under {epoch}, whose key was destroyed", err=True)


class _Asked(NamedTuple):
    path: Path
    newer: Path | None
    may: May


async def _restore(settings: Settings, asked: _Asked) -> Done:
    root = existing_root(settings)
    suite = Suite[settings.crypto.suite.name]
    try:
        openers = restoring.openers(root, settings, asked.newer)
        archive = restoring.verified(asked.path, openers, say)
        newer_keys = restoring.verified(asked.newer, openers, say) if asked.newer else None
        keys = ShopKeys(root, suite, SystemClock())
        say(f"made at {archive.manifest.made_at}")
        say(str(reach_of(newer_keys or archive, keys)))
        agree(is_agreed=asked.may.begin, fills_what_is_empty=True)
        async with alone(settings):
            owner, login = owner_url(settings), database_url(settings)
            with restoring.files_of_the_log(settings, archive) as files:
                log = RestoredLog(files, reading.header_of(asked.path).log, may_break=asked.may.break_log)
                done = await restoring.restore(
                    owner,
                    archive,
                    newer_keys,
                    keys,
                    log.check,
                    may_lose_epochs=asked.may.lose,
                    now=SystemClock().now(),
                    say=say,
                )
                restoring.put_files_back(settings, archive, say, newer_keys)
            await admit(owner, login)
            await _record(login, done, log.detail)
    except ArchiveRefused as refused:
        raise InvalidInput(str(refused)) from refused
    except EpochGone as gone:
        raise Conflict(f"{gone}; {KEYS_CURE}") from gone
    except psycopg.OperationalError as lost:
        raise Unavailable(f"the database went away, and nothing was kept: {' '.join(str(lost).split())}") from lost
    except CiphertextRefused as foreign:
        raise Conflict(
            f"the shops' keys do not open under the root key that is here; nothing was kept ({foreign})"
        ) from foreign
    return Done(
        made_at=done.manifest.made_at,
        rows=done.manifest.rows,
        epochs_gone=tuple(done.epochs_gone),
        log=log.detail["log"],
    )


async def _record(url: str, done: restoring.Restored, log: Mapping[str, str]) -> None:
    db = await Database.open(url, size=2, name="appliance-restore")
    try:
        async with db.system() as conn:
            detail = {"rows": str(done.manifest.rows), **log}
            await record(conn, done.restoration, done.manifest.made_at, detail)
    finally:
        await db.close()
