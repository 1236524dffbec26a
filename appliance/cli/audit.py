"""``appliance audit``: check the whole log, live or exported, by the verifier that a stranger would use; export it.

What auditors take away is in `audit_outside`, what changes the log's own keeping in `audit_care`.
"""

import asyncio
import json
from pathlib import Path

import click

from appliance import config
from appliance.cli.audit_care import change_key, prune
from appliance.cli.audit_log import announced, first_key, log_keys, reading, text_of
from appliance.cli.audit_outside import print_checkpoint, prove, serve, witness
from appliance.cli.audit_sink import new_sink
from appliance.config import Settings
from appliance.errors import ConfigurationError, InvalidInput, Unavailable
from security.audit import verify as verifier
from security.audit.export import export_lines
from security.audit.live import verify_live
from security.audit.record import Category
from security.audit.store import AuditStore

_HOURS = 24.0


@click.group()
def audit() -> None:
    """Check, export, witness and prune the audit log."""


for each in (change_key, new_sink, print_checkpoint, prove, prune, serve, witness):
    audit.add_command(each)


@audit.command()
@click.option("--export", "export_file", type=click.Path(path_type=Path), help="Check this export, not the live log.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The log's public keys that you keep.")
@click.option("--seen", "seen_file", type=click.Path(path_type=Path), help="A checkpoint that the log must contain.")
@click.option(
    "--open-after",
    "hours",
    type=click.FloatRange(0, 10_000),
    default=_HOURS,
    show_default=True,
    help="Hours after which an intent without outcome is listed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--progress", is_flag=True, help="Print a line of JSON now and then for how far it is. Live log only.")
def verify(
    export_file: Path | None,
    key_file: Path | None,
    seen_file: Path | None,
    hours: float,
    *,
    as_json: bool,
    progress: bool,
) -> None:
    """Check every record, hash and signature, and that database and files agree.

    Exit code 0: whole; 1: tampered with, the first bad record is named; 2: incomplete, or it could not be checked. A
    log is incomplete, too, while its newest key has signed nothing, and with more than 2,000 records behind the last
    checkpoint, or one of more than 75 minutes after it: a sealer at work leaves fewer.
    """
    if export_file and progress:
        raise InvalidInput("--progress is told of the live log only: leave it out with --export")
    keys = log_keys(key_file) if key_file else []
    try:
        wanted = verifier.Wanted.of(keys, text_of(seen_file) if seen_file else None, hours)
    except ValueError as useless:
        raise InvalidInput(f"{seen_file}: {useless}; give one as print-checkpoint or your witness shows it") from None
    report = _verify_export(export_file, wanted) if export_file else _verify_live(wanted, is_watched=progress)
    click.echo(verifier.as_json(report) if as_json else verifier.described(report))
    raise SystemExit(report.exit_code)


@audit.command()
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write the whole log to FILE, which must not exist yet; ``verify --export FILE`` checks it anywhere.

    The log has to take the record of it first: nothing is exported while it seals nothing.
    """
    size = asyncio.run(_export(config.load(), file))
    click.echo(f"{file}: {size} bytes")


def _verify_export(path: Path, wanted: verifier.Wanted) -> verifier.Report:
    try:
        return verifier.verify_export(path, wanted.keys[-1] if wanted.keys else "", wanted)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error


def _verify_live(wanted: verifier.Wanted, *, is_watched: bool) -> verifier.Report:
    settings = config.load()
    try:
        return asyncio.run(_live_report(settings, wanted, is_watched=is_watched))
    except (Unavailable, ValueError) as failed:
        # exit code 1 is kept for a log that was touched
        raise ConfigurationError(f"the log could not be checked: {failed}") from failed


async def _live_report(settings: Settings, wanted: verifier.Wanted, *, is_watched: bool) -> verifier.Report:
    async with reading(settings) as conn:
        size = await AuditStore(conn).size()

        def tell(checked: int) -> None:
            if is_watched:
                click.echo(json.dumps({"checked": checked, "of": size}))

        return await verify_live(conn, settings.audit_path, first_key(settings), wanted, tell)


async def _export(settings: Settings, file: Path) -> int:
    key = first_key(settings)
    async with announced(settings, Category.AUDIT, "audit.export") as detail:
        try:
            output = file.open("xb")
        except FileExistsError:
            raise ConfigurationError(f"{file} is there already; name another file") from None
        with output:
            async with reading(settings) as conn:
                size = sum([output.write(line) async for line in export_lines(conn, key)])
        detail["bytes"] = str(size)
    return size
