"""What changes how the log itself is kept: its signing key, and how far back its records reach."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import click
import psycopg

from appliance import config
from appliance.cli.audit_log import database, first_key, key_file, log_keys, reading, record_deed
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.location import database_url, owner_url
from appliance.errors import AuditUnavailable, ConfigurationError, InvalidInput
from appliance.identity.staff_access import access_control
from appliance.joints.root_key import existing_root
from security import errors
from security.access.errors import AccessError
from security.audit.append import SQL, append, wait_sealed
from security.audit.export import export_lines
from security.audit.file_signer import FileSuccession
from security.audit.live import verify_live
from security.audit.prune import LONG_RETENTION, Approval, Bound, find_bound, finish, intent, outcome, request_of
from security.audit.record import Category
from security.audit.store import AuditStore
from security.audit.verify import verify_export
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

_SEAL_S = 30.0


@click.command("change-key")
def change_key() -> None:
    """Let the log be signed by a new key from now on; a record signed by both says so, and the old key is destroyed.

    The running appliance does it at its next record. Give the new verifier.key to those who keep the old one, and have
    the witness take it up (`witness.py trust`): what only the old key has signed proves nothing from then on.
    """
    settings = config.load()
    asyncio.run(_change_key(settings))
    click.echo(f"a new key waits for the sealer; {key_file(settings)} will list it after the old one")


async def _change_key(settings: Settings) -> None:
    path = settings.state_path / "secrets" / "audit.key"
    log_keys(key_file(settings))
    FileSuccession(path).begin()
    async with database(settings) as db, db.system() as conn:
        await record_deed(conn, Category.KEYS, "keys.audit_key_asked", {})
        await conn.execute(SQL["wake_sealer"])


@click.command()
@click.option(
    "--older-than-days",
    "days",
    type=click.IntRange(180, 36_500),
    default=LONG_RETENTION.days,
    show_default=True,
    help="What is younger stays.",
)
@click.option("--export", "file", type=click.Path(path_type=Path), help="Where the whole log goes before.")
@click.option("--by", "login", default="", help="Login name of the audit administrator who does it.")
@click.option(
    "--approvals",
    type=click.File(),
    help="Where the tokens of two security administrators stand, a line each; -: stdin.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(*, days: int, file: Path | None, login: str, approvals: TextIO | None, dry_run: bool) -> None:
    """Take out old records, and keep their hashes for ever, so that every proof still works.

    Two security administrators approve it first, logged in: each issues an approval `prune_log` about the audit
    administrator's account. The whole log is exported and verified before; keep that file. Whole months go, up to a
    signed checkpoint.
    """
    settings = config.load()
    try:
        bound = asyncio.run(_bound(settings, timedelta(days=days)))
        if bound is None:
            click.echo("no month is old enough")
            return
        click.echo(f"records {bound.pruned} to {bound.next - 1}, signed at {bound.ts}")
        if dry_run:
            return
        if file is None:
            raise InvalidInput("name the file that the log is exported to: --export FILE")
        tokens = approvals.read().split() if approvals else []
        taken = asyncio.run(_Pruning(settings, login, tokens).run(bound, file))
    except AccessError as refused:
        raise InvalidInput(refused.detail) from refused
    except errors.PruningRefused as refused:
        raise InvalidInput(str(refused)) from refused
    except errors.AuditUnavailable as late:
        raise AuditUnavailable(f"{late}; is the appliance running?") from late
    click.echo(f"{taken} records pruned; their hashes are kept")


async def _bound(settings: Settings, older_than: timedelta) -> Bound | None:
    async with database(settings) as db:
        async with db.system() as conn:
            unfinished = await AuditStore(conn).prunable()
        if unfinished:
            await _finish(settings)
        async with db.system() as conn:
            return await find_bound(conn, settings.audit_path, older_than, SystemClock().now())


class _Pruning:
    def __init__(self, settings: Settings, login: str, tokens: list[str]) -> None:
        clock = SystemClock()
        ring = KeyRing(existing_root(settings), Suite[settings.crypto.suite.name], clock)
        self._approvals = access_control(settings.access, ring, clock).prune_approvals
        self._settings = settings
        self._login = login
        self._tokens = tokens

    async def run(self, bound: Bound, file: Path) -> int:
        async with database(self._settings) as db:
            async with db.system() as conn:
                log_id = await AuditStore(conn).log_id()
                await self._approvals.check(conn, self._login, self._tokens)
            digest = await _exported(db, self._settings, file)
            await self._say_and_wait(db, log_id, bound, digest)
        return await _finish(self._settings)

    async def _say_and_wait(self, db: Database, log_id: str, bound: Bound, digest: str) -> None:
        """The approvals are used up with what is said, or not at all."""
        async with db.system() as conn:
            people = await self._approvals.use(conn, self._login, self._tokens)
            approval = Approval(str(people.approved_by), str(people.seconded_by), digest, str(people.done_by))
            ids = await append(conn, [intent(log_id, bound, approval)])
        async with db.system() as conn:
            await wait_sealed(conn, ids, _SEAL_S)


async def _exported(db: Database, settings: Settings, file: Path) -> str:
    """Only what was read back and found whole may go."""
    key, digest = first_key(settings), hashlib.sha256()
    try:
        output = file.open("xb")
    except FileExistsError:
        raise ConfigurationError(f"{file} is there already; name another file") from None
    with output:
        async with db.system() as conn:
            async for line in export_lines(conn, key):
                output.write(line)
                digest.update(line)
    report = verify_export(file, key)
    if report.status != "ok":
        raise errors.PruningRefused(f"the log is {report.status}: {report.why}; nothing was pruned")
    return digest.hexdigest()


async def _refuse_unless_whole(settings: Settings) -> None:
    """Rows that say what may go count only where the second sink holds them, too."""
    async with reading(settings) as conn:
        report = await verify_live(conn, settings.audit_path, first_key(settings))
    if report.status != "ok":
        raise errors.PruningRefused(f"the log is {report.status}: {report.why}; nothing is pruned")


async def _finish(settings: Settings) -> int:
    """No transaction around it: files may only go once their rows have gone for good. Tells what came of it."""
    await _refuse_unless_whole(settings)
    async with (
        await psycopg.AsyncConnection.connect(owner_url(settings), autocommit=True) as owner,
        await psycopg.AsyncConnection.connect(database_url(settings), autocommit=True) as conn,
    ):
        store = AuditStore(conn)
        await store.enter_reading()
        size, taken = await store.prunable(), await finish(conn, owner, settings.audit_path)
        if not await store.is_pruning_told(request_of(size)):
            await append(conn, [outcome(await store.log_id(), size, taken)])
        return taken
