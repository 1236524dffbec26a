"""What every restore does: it asks before it begins, judges the log before anything is kept, and records itself."""

import sys
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from appliance.cli import backup_log
from appliance.cli.audit_log import record_deed
from appliance.db import Connection
from appliance.db.restoration import LogHead, Restoration
from appliance.errors import InvalidInput
from security.audit.merkle import EMPTY_ROOT
from security.audit.record import Category
from security.crypto.archive import LogMark

UNTIL_SETTLED: Final = (
    "it then is reconciling: nothing is written to an order system, and no customer's yes is taken, until "
    "'appliance recovery settle' has sealed what was lost, with the approval of two security administrators"
)
WAY_OUT: Final = (
    "Nothing is written to an order system, and no customer's yes is taken. To go on: two security administrators "
    "approve it in the console (approval 'settle_restore' about a system administrator's account), then 'appliance "
    "recovery settle --by LOGIN --approvals FILE --seen CHECKPOINT' on this machine, while the appliance runs"
)
KEYS_CURE: Final = (
    "nothing was kept. Bring the secrets of the epochs here (appliance keys load-epochs), or take the keys from a "
    "newer backup (--keys-of), or go on without what only they open (--without-lost-keys)"
)
_LOG_CURE: Final = (
    "Nothing was kept. Take another archive; where the log's files of this machine are the wrong ones, move them away; "
    "to restore it as it is, say --with-broken-log"
)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    made_at: str
    """Of when the restored rows are."""
    rows: int | None
    """None: a whole cluster was restored, whose rows nobody counted."""
    epochs_gone: tuple[str, ...]
    log: str
    """What the verifier said of the audit log: ok, incomplete, tampered; or that it had not begun."""


class May(NamedTuple):
    """What was said beforehand."""

    lose: bool
    """What stands under keys that are destroyed."""
    break_log: bool
    """Take a log that was tampered with."""
    begin: bool
    """Without asking once more."""


class RestoredLog:
    """The log that is about to be kept."""

    def __init__(self, files: Path, mark: LogMark | None, *, may_break: bool) -> None:
        self._files = files
        self._mark = mark
        self._may_break = may_break
        self.detail: dict[str, str] = {}

    async def check(self, conn: Connection) -> LogHead:
        """Conflict if it was tampered with and nobody said that this is known."""
        report = await backup_log.found_restored(conn, self._files, self._mark)
        say(backup_log.in_words(report))
        self.detail = backup_log.detail_of(report, with_broken_log=self._may_break)
        if not self._may_break:
            backup_log.refuse_tampered(report, _LOG_CURE)
        return LogHead(report.records, report.root) if report else LogHead(0, EMPTY_ROOT.hex())


async def record(conn: Connection, restoration: Restoration, made_at: str, detail: dict[str, str]) -> None:
    said = {"made_at": made_at, "kind": restoration.kind, "restoration": str(restoration.restoration_id), **detail}
    await record_deed(conn, Category.BACKUP, "backup.restored", said)


def agree(*, is_agreed: bool, fills_what_is_empty: bool = False) -> None:
    """Ask whoever restores, now that it was said what he can read of it. What takes nothing's place a script may do."""
    if is_agreed or (fills_what_is_empty and not sys.stdin.isatty()):
        return
    if not sys.stdin.isatty():
        raise InvalidInput("nobody can be asked here whether to go on: call it in a terminal, or say --yes")
    click.confirm("Restore it?", abort=True)


def say(line: str) -> None:
    click.echo(line, err=True)
