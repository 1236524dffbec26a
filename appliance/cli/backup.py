"""``appliance backup``: everything that must survive, in one encrypted archive, made while all runs."""

import asyncio
from pathlib import Path

import click
import msgspec
import psycopg

from appliance import config
from appliance.cli import backup_log
from appliance.cli.audit_log import intended
from appliance.cli.own_cluster import reachable
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.backup.model import Manifest
from appliance.db.backup.restoring import backup_key_path
from appliance.db.backup.writing import Source, write
from appliance.db.location import database_url, owner_url
from appliance.errors import ConfigurationError, Unavailable
from appliance.joints.root_key import existing_root
from security.audit.record import Category
from security.crypto import backup_key
from security.crypto.suites import Suite
from security.errors import ArchiveRefused, KeyFileRefused

_CURE = (
    "Nothing was written. Find out who did it ('appliance audit verify' says more) and keep the older backups; "
    "to save what there is all the same, say --with-broken-log"
)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    archive: str
    bytes: int
    tables: int
    rows: int
    members: int
    log: str
    """What the verifier said of the audit log: ok, incomplete, tampered; or that it had not begun."""


@click.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@backup_log.with_broken_log_option
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def backup(*, archive: Path, with_broken_log: bool, as_json: bool) -> None:
    """Write the database, the audit log and the settings to ARCHIVE, encrypted, and read it back.

    The audit log is verified first. Nothing is written of one that was tampered with, unless --with-broken-log says so.

    Kept elsewhere, and never beside it: the root key (``appliance keys split``) and the secrets of the epochs
    (``appliance keys save-epochs``, anew after each rotation). To restore it on another machine, all three are needed.
    """
    settings = config.load()
    manifest, log = asyncio.run(_backup(settings, archive, with_broken_log=with_broken_log))
    made = Made(
        archive=str(archive),
        bytes=archive.stat().st_size,
        tables=len(manifest.tables),
        rows=manifest.rows,
        members=len(manifest.members),
        log=log,
    )
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
    else:
        click.echo(f"{archive}: {made.rows} rows of {made.tables} tables, {made.bytes} bytes, read back and whole")


async def _backup(settings: Settings, archive: Path, *, with_broken_log: bool) -> tuple[Manifest, str]:
    suite = Suite[settings.crypto.suite.name]
    try:
        key = backup_key.read_or_create(backup_key_path(settings), existing_root(settings))
        async with reachable(settings):
            source = Source(owner_url(settings), settings, key, suite)
            return await _recorded(source, archive, with_broken_log=with_broken_log)
    except psycopg.OperationalError as lost:
        raise Unavailable(f"the database does not answer: {' '.join(str(lost).split())}") from lost
    except (ArchiveRefused, KeyFileRefused) as refused:
        raise ConfigurationError(str(refused)) from refused


async def _recorded(source: Source, archive: Path, *, with_broken_log: bool) -> tuple[Manifest, str]:
    """The intent stands in the log before a byte is written, and so in the archive too, there without an outcome."""
    db = await Database.open(database_url(source.settings), size=2, name="appliance-backup")
    try:
        said = {"with_broken_log": "true"} if with_broken_log else {}
        async with intended(db, Category.BACKUP, "backup.made", said) as detail:
            mark, report = await backup_log.found_here(db, source.settings)
            _say(backup_log.in_words(report))
            detail |= backup_log.detail_of(report, with_broken_log=with_broken_log)
            if not with_broken_log:
                backup_log.refuse_tampered(report, _CURE)
            manifest = await write(source, archive, mark, SystemClock().now(), _say)
            detail |= {"made_at": manifest.made_at, "rows": str(manifest.rows), "members": str(len(manifest.members))}
        return manifest, mark.state
    finally:
        await db.close()


def _say(line: str) -> None:
    click.echo(line, err=True)
