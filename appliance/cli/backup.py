"""``appliance backup``: everything that must survive, in one encrypted archive, made while all runs."""

import asyncio
from pathlib import Path

import click
import msgspec
import psycopg

from appliance import config
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


class Made(msgspec.Struct, frozen=True, kw_only=True):
    archive: str
    bytes: int
    tables: int
    rows: int
    members: int


@click.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def backup(*, archive: Path, as_json: bool) -> None:
    """Write the database, the audit log and the settings to ARCHIVE, encrypted, and read it back.

    Kept elsewhere, and never beside it: the root key (``appliance keys split``) and the secrets of the epochs
    (``appliance keys save-epochs``, anew after each rotation). To restore it on another machine, all three are needed.
    """
    settings = config.load()
    manifest = asyncio.run(_backup(settings, archive))
    made = Made(
        archive=str(archive),
        bytes=archive.stat().st_size,
        tables=len(manifest.tables),
        rows=manifest.rows,
        members=len(manifest.members),
    )
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
    else:
        click.echo(f"{archive}: {made.rows} rows of {made.tables} tables, {made.bytes} bytes, read back and whole")


async def _backup(settings: Settings, archive: Path) -> Manifest:
    suite = Suite[settings.crypto.suite.name]
    try:
        key = backup_key.read_or_create(backup_key_path(settings), existing_root(settings))
        async with reachable(settings):
            return await _recorded(Source(owner_url(settings), settings, key, suite), archive)
    except psycopg.OperationalError as lost:
        raise Unavailable(f"the database does not answer: {' '.join(str(lost).split())}") from lost
    except (ArchiveRefused, KeyFileRefused) as refused:
        raise ConfigurationError(str(refused)) from refused


async def _recorded(source: Source, archive: Path) -> Manifest:
    """The intent stands in the log before a byte is written, and so in the archive too, there without an outcome."""
    db = await Database.open(database_url(source.settings), size=2, name="appliance-backup")
    try:
        async with intended(db, Category.BACKUP, "backup.made") as detail:
            manifest = await write(source, archive, SystemClock().now(), _say)
            detail |= {"made_at": manifest.made_at, "rows": str(manifest.rows), "members": str(len(manifest.members))}
        return manifest
    finally:
        await db.close()


def _say(line: str) -> None:
    click.echo(line, err=True)
