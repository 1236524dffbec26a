"""What a backup and its restore find about the audit log: it is verified before one is made, and before one is kept.

A log that was tampered with goes into an archive, and out of it, only where somebody says so; that is recorded.
"""

from pathlib import Path

import click

from appliance.config import Settings
from appliance.db import Connection, Database
from appliance.errors import Conflict
from security.audit.live import verify_live
from security.audit.restored import verify_restored
from security.audit.sealer import KEY_FILE
from security.audit.store import AuditStore
from security.audit.verify import Report, Wanted, keys_in
from security.crypto.archive import LogMark

NOT_BEGUN = "not begun"
TAMPERED = "tampered"

with_broken_log_option = click.option(
    "--with-broken-log", is_flag=True, help="Although the audit log was tampered with; that you said so is recorded."
)


async def found_here(db: Database, settings: Settings) -> tuple[LogMark, Report | None]:
    """How the log of this installation stands now. None where it has not begun."""
    async with db.system() as conn:
        size, latest = await AuditStore(conn).size(), await AuditStore(conn).latest_checkpoint()
        if not size and not (settings.audit_path / KEY_FILE).is_file():
            return LogMark(state=NOT_BEGUN, checkpoint=""), None
        try:
            report = await verify_live(conn, settings.audit_path, _key(settings.audit_path))
        except (OSError, ValueError):
            report = _unverifiable(settings.audit_path, size)
    return LogMark(state=report.status, checkpoint=latest.note if latest else ""), report


async def found_restored(conn: Connection, directory: Path, mark: LogMark | None) -> Report | None:
    """How the log stands that is about to be kept. None where it had not begun."""
    size = await AuditStore(conn).size()
    if not size and not (directory / KEY_FILE).is_file():
        return None
    try:
        return await verify_restored(conn, directory, _key(directory), Wanted(seen=mark.checkpoint if mark else ""))
    except (OSError, ValueError):
        return _unverifiable(directory, size)


def refuse_tampered(report: Report | None, cure: str) -> None:
    """Conflict names the first bad record."""
    if report is not None and report.status == TAMPERED:
        raise Conflict(f"the audit log was tampered with: record {report.first_bad} {report.why}. {cure}")


def in_words(report: Report | None) -> str:
    if report is None:
        return f"audit log: {NOT_BEGUN}"
    if report.status == TAMPERED:
        return f"audit log: TAMPERED WITH, record {report.first_bad} {report.why}"
    remarks = [report.why, *report.warnings] if report.why else report.warnings
    return f"audit log: {report.status}, {report.records} records" + "".join(f"; {each}" for each in remarks)


def detail_of(report: Report | None, *, with_broken_log: bool) -> dict[str, str]:
    """For the record of what was done."""
    detail = {"log": report.status if report else NOT_BEGUN}
    if report is not None and report.status == TAMPERED:
        detail |= {"first_bad": str(report.first_bad), "with_broken_log": str(with_broken_log).lower()}
    return detail


def _key(directory: Path) -> str:
    """The log's first one."""
    return keys_in((directory / KEY_FILE).read_text(encoding="utf-8"))[0]


def _unverifiable(directory: Path, records: int) -> Report:
    """Without the public key no signature can be told from another."""
    why = f"cannot be checked: {directory / KEY_FILE} does not hold the log's public key"
    return Report(TAMPERED, records, 0, records, "", "", 0, why, [])
