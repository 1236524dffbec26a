"""``appliance recovery drill``: a backup restored into a cluster that is thrown away, looked into, timed and recorded.

It touches nothing living: another state directory, another PostgreSQL without the network, no order system, no message
to anybody. Of the living installation it takes the keys, reading, and leaves one record in its audit log.
"""

import asyncio
import random
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from appliance import config
from appliance.cli.audit_log import database, record_deed
from appliance.cli.own_cluster import alone, reachable
from appliance.cli.restore_ends import RestoredLog, say
from appliance.cli.sealed_columns import Drawn, drawn
from appliance.clock import SystemClock
from appliance.config import DatabaseSettings, Settings
from appliance.config_backup import BackupSettings
from appliance.db import Connection, Database
from appliance.db.backup import reading, restoring
from appliance.db.embedded import Cluster, leftovers
from appliance.db.location import is_embedded
from appliance.db.login import admit
from appliance.db.restoration import LogHead
from appliance.db.wal.place import SUFFIX, Place
from appliance.errors import ConfigurationError, InvalidInput
from appliance.joints.root_key import existing_root
from appliance.supervisor.lock import is_held
from security.audit.record import Category, Outcome
from security.crypto.keyring import KeyRing
from security.crypto.shop_keys import ShopKeys
from security.crypto.suites import Suite
from security.errors import ArchiveRefused, EpochGone, SecurityError

_FIELDS = 50


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    archive: str
    made_at: datetime
    rows: int
    """Each table took as many as the manifest counts."""
    log: str
    fields_opened: int
    fields_wrong: int
    """That are there and do not open, though whoever they are about was not erased."""
    restored_in_s: float
    """What a restore of this archive takes on this machine, now (RTO, without whoever has to decide it)."""
    lost_with_archive_s: float
    """How old it is: so much would be lost (RPO)."""
    lost_with_wal_s: float | None
    """The same, with the log of changes. None: it is not kept."""


@click.command()
@click.argument("archive", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--fields", type=click.IntRange(1, 100_000), default=_FIELDS, show_default=True, help="Opened at random.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def drill(*, archive: Path | None, fields: int, as_json: bool) -> None:
    """Restore ARCHIVE, or the newest one in that folder, into a cluster that is thrown away, and look into it.

    Default: the newest in the state directory's folder `backups`. The audit log is verified, rows are counted,
    encrypted fields are opened at random. Exit code 1 if anything of that fails.
    """
    settings = config.load()
    path = _newest(archive or settings.state_path / "backups")
    try:
        done = asyncio.run(_drill(settings, path, fields))
    except (ArchiveRefused, EpochGone) as refused:
        asyncio.run(_record_failure(settings, str(refused)))
        raise InvalidInput(f"{path}: {refused}; this backup would not have helped") from refused
    click.echo(msgspec.json.encode(done).decode() if as_json else _as_text(done))
    if done.fields_wrong or done.log == "tampered":
        raise SystemExit(1)


def _newest(place: Path) -> Path:
    if place.is_file():
        return place
    found = sorted(place.glob("*.csab"), key=lambda path: path.stat().st_mtime) if place.is_dir() else []
    if not found:
        raise ConfigurationError(f"{place} holds no backup: name one, or make one with 'appliance backup ARCHIVE'")
    return found[-1]


def _as_text(done: Drill) -> str:
    wal = "is not kept" if done.lost_with_wal_s is None else f"reaches to {done.lost_with_wal_s:.0f} s ago"
    return "\n".join(
        [
            f"{done.archive}: {done.rows} rows restored in {done.restored_in_s:.1f} s, audit log {done.log}",
            f"{done.fields_opened} encrypted fields opened, {done.fields_wrong} did not",
            f"it is {done.lost_with_archive_s:.0f} s old: so much would be lost; the log of changes {wal}",
        ]
    )


async def _drill(settings: Settings, path: Path, fields: int) -> Drill:
    """The throw-away state directory lies on the living one's disk, so that one too small for a restore is found."""
    folder = _folder_in(_room(settings))
    try:
        done = await _in(folder, settings, path, fields)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    async with reachable(settings), database(settings) as db, db.system() as conn:
        await record_deed(conn, Category.BACKUP, "backup.drilled", _told(done))
    return done


def _folder_in(room: Path) -> Path:
    """A new one; what a drill that was killed has left holds a whole database, and goes first."""
    for left in room.glob("drill-*"):
        if not is_held(left):
            leftovers.clear(Cluster(left).data)
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="drill-", dir=room))
    folder.chmod(0o711)
    return folder


def _room(settings: Settings) -> Path:
    """As root PostgreSQL runs as another user, who must be able to pass."""
    return settings.state_path if is_embedded(settings) else Path(tempfile.gettempdir())


async def _in(folder: Path, settings: Settings, path: Path, fields: int) -> Drill:
    apart = msgspec.structs.replace(
        settings,
        state_dir=str(folder),
        database=DatabaseSettings(),
        backup=BackupSettings(),
        audit=msgspec.structs.replace(settings.audit, segments_dir="audit"),
    )
    root, suite = existing_root(settings), Suite[settings.crypto.suite.name]
    began = time.monotonic()
    archive = restoring.verified(path, restoring.openers(root, settings, None), say)
    async with alone(apart):
        cluster = Cluster(folder)
        with restoring.files_of_the_log(apart, archive) as files:
            log = RestoredLog(files, reading.header_of(path).log, may_break=True)

            async def check(conn: Connection) -> LogHead:
                return await log.check(conn)

            done = await restoring.restore(
                cluster.owner_url(),
                archive,
                None,
                ShopKeys(root, suite, SystemClock()),
                check,
                may_lose_epochs=False,
                now=SystemClock().now(),
                say=lambda _: None,
            )
        await admit(cluster.owner_url(), cluster.url())
        restored_in_s = time.monotonic() - began
        opened, wrong = await _open_some(cluster.url(), KeyRing(root, suite, SystemClock()), fields)
    now, made_at = SystemClock().now(), datetime.fromisoformat(done.manifest.made_at)
    return Drill(
        archive=str(path),
        made_at=made_at,
        rows=done.manifest.rows,
        log=log.detail["log"],
        fields_opened=opened,
        fields_wrong=wrong,
        restored_in_s=round(restored_in_s, 3),
        lost_with_archive_s=round((now - made_at).total_seconds(), 3),
        lost_with_wal_s=_lost_with_wal(settings, now),
    )


def _lost_with_wal(settings: Settings, now: datetime) -> float | None:
    if not (is_embedded(settings) and settings.backup.wal_dir):
        return None
    place = Place.of(settings.state_path / settings.backup.wal_dir, Cluster(settings.state_path).data)
    if not place.bases():
        return None
    newest = max((path.stat().st_mtime for path in place.wal.glob(f"*{SUFFIX}")), default=None)
    return None if newest is None else round((now - datetime.fromtimestamp(newest, tz=UTC)).total_seconds(), 3)


async def _open_some(url: str, ring: KeyRing, wanted: int) -> tuple[int, int]:
    """How many opened, and how many did not."""
    db = await Database.open(url, size=2, name="appliance-drill")
    opened = wrong = 0
    try:
        async with db.system() as conn:
            found = await drawn(conn, wanted)
            for table, column, value in random.sample(found, min(wanted, len(found))):
                is_open = await _opens(conn, ring, table, column, value)
                opened, wrong = opened + is_open, wrong + (not is_open)
    finally:
        await db.close()
    return opened, wrong


async def _opens(conn: Connection, ring: KeyRing, table: str, column: str, value: Drawn) -> bool:
    """What it says is looked at by nobody."""
    try:
        keys = await ring.keys(conn, value.shop_id, value.subject_id)
        keys.open(table, column, value.row_id, value.ciphertext)
    except SecurityError:
        return False
    return True


def _told(done: Drill) -> dict[str, str]:
    fields = msgspec.structs.asdict(done)
    return {name: str(value) for name, value in fields.items() if name != "archive" and value is not None}


async def _record_failure(settings: Settings, why: str) -> None:
    async with reachable(settings), database(settings) as db, db.system() as conn:
        await record_deed(conn, Category.BACKUP, "backup.drilled", {"failed": why}, outcome=Outcome.FAILURE)
