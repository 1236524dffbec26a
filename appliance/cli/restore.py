"""``appliance restore``: an archive into an empty database, all of it or nothing."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec
import psycopg

from appliance import config
from appliance.cli import backup_log
from appliance.cli.audit_log import record_deed
from appliance.cli.own_cluster import alone
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Connection, Database
from appliance.db.backup import reading, restoring
from appliance.db.location import database_url, owner_url
from appliance.db.login import admit
from appliance.errors import Conflict, InvalidInput, Unavailable
from appliance.joints.root_key import existing_root
from security.audit.record import Category
from security.crypto.archive import LogMark
from security.crypto.shop_keys import ShopKeys
from security.crypto.suites import Suite
from security.errors import ArchiveRefused, CiphertextRefused, EpochGone

_CURE = (
    "nothing was kept. Bring the secrets of the epochs here (appliance keys load-epochs), or take the keys from a "
    "newer backup (--keys-of), or go on without what only they open (--without-lost-keys)"
)


_LOG_CURE = (
    "Nothing was kept. Take another archive; where the log's files of this machine are the wrong ones, move them away; "
    "to restore it as it is, say --with-broken-log"
)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    made_at: str
    rows: int
    epochs_gone: tuple[str, ...]
    log: str
    """What the verifier said of the audit log: ok, incomplete, tampered; or that it had not begun."""


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
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
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def restore(
    *, archive: Path, newer: Path | None, without_lost_keys: bool, with_broken_log: bool, as_json: bool
) -> None:
    """Put ARCHIVE into the empty database of this appliance, which must not run.

    All of it is read and checked before anything is touched. The root key and the secrets of the epochs must be here.
    The audit log is verified before anything is kept: its records, the checkpoint in the archive's header, and its
    files, this machine's own where it has any.
    Operations that were under way are looked for in the order system before anything is sent again.
    """
    settings = config.load()
    done = asyncio.run(_restore(settings, archive, newer, may_lose=without_lost_keys, may_break=with_broken_log))
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    click.echo(f"restored: {done.rows} rows, as of {done.made_at}; start with 'appliance up'")
    for epoch in done.epochs_gone:
        click.echo(f"unreadable: what stands under {epoch}, whose key was destroyed", err=True)


async def _restore(settings: Settings, path: Path, newer: Path | None, *, may_lose: bool, may_break: bool) -> Done:
    root = existing_root(settings)
    suite = Suite[settings.crypto.suite.name]
    try:
        openers = restoring.openers(root, settings, newer)
        archive = restoring.verified(path, openers, _say)
        newer_keys = restoring.verified(newer, openers, _say) if newer else None
        async with alone(settings):
            owner, login = owner_url(settings), database_url(settings)
            keys = ShopKeys(root, suite, SystemClock())
            with restoring.files_of_the_log(settings, archive) as files:
                log = _Log(files, reading.header_of(path).log, may_break=may_break)
                done = await restoring.restore(
                    owner, archive, newer_keys, keys, log.check, may_lose_epochs=may_lose, say=_say
                )
                restoring.put_files_back(settings, archive, _say)
            await admit(owner, login)
            await _record(login, done, log.detail)
    except ArchiveRefused as refused:
        raise InvalidInput(str(refused)) from refused
    except EpochGone as gone:
        raise Conflict(f"{gone}; {_CURE}") from gone
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


class _Log:
    """The log that is about to be kept."""

    def __init__(self, files: Path, mark: LogMark | None, *, may_break: bool) -> None:
        self._files = files
        self._mark = mark
        self._may_break = may_break
        self.detail: dict[str, str] = {}

    async def check(self, conn: Connection) -> None:
        report = await backup_log.found_restored(conn, self._files, self._mark)
        _say(backup_log.in_words(report))
        self.detail = backup_log.detail_of(report, with_broken_log=self._may_break)
        if not self._may_break:
            backup_log.refuse_tampered(report, _LOG_CURE)


async def _record(url: str, done: restoring.Restored, log: Mapping[str, str]) -> None:
    db = await Database.open(url, size=2, name="appliance-restore")
    try:
        async with db.system() as conn:
            detail = {"made_at": done.manifest.made_at, "rows": str(done.manifest.rows), **log}
            await record_deed(conn, Category.BACKUP, "backup.restored", detail)
    finally:
        await db.close()


def _say(line: str) -> None:
    click.echo(line, err=True)
