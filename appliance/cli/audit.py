"""``appliance audit``: check the whole log, live or exported, by the verifier that a stranger would use; export it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from appliance import config
from appliance.config import Settings
from appliance.db import Connection, Database
from appliance.db.location import database_url
from appliance.errors import ConfigurationError, Unavailable
from security.audit import verify as verifier
from security.audit.export import export_lines
from security.audit.live import verify_live
from security.audit.sealer import KEY_FILE


@click.group()
def audit() -> None:
    """Check and export the audit log."""


@audit.command()
@click.option("--export", "export_file", type=click.Path(path_type=Path), help="Check this export, not the live log.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The log's public key, as you keep it.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(export_file: Path | None, key_file: Path | None, *, as_json: bool) -> None:
    """Check every record, hash and signature, and that database and files agree.

    Exit code 0: whole; 1: tampered with, the first bad record is named; 2: incomplete, or it could not be checked.
    """
    key = _text(key_file) if key_file else ""
    report = _verify_export(export_file, key) if export_file else _verify_live(key)
    click.echo(verifier.as_json(report) if as_json else verifier.described(report))
    raise SystemExit(report.exit_code)


@audit.command()
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write the whole log to FILE, which must not exist yet; ``verify --export FILE`` checks it anywhere."""
    size = asyncio.run(_export(config.load(), file))
    click.echo(f"{file}: {size} bytes")


def _verify_export(path: Path, key: str) -> verifier.Report:
    try:
        return verifier.verify_export(path, key)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error


def _verify_live(key: str) -> verifier.Report:
    settings = config.load()
    try:
        return asyncio.run(_live_report(settings, key or _live_key(settings)))
    except (Unavailable, ValueError) as failed:
        # exit code 1 is kept for a log that was touched
        raise ConfigurationError(f"the log could not be checked: {failed}") from failed


async def _live_report(settings: Settings, key: str) -> verifier.Report:
    async with _reading(settings) as conn:
        return await verify_live(conn, settings.audit_path, key)


async def _export(settings: Settings, file: Path) -> int:
    key = _live_key(settings)
    size = 0
    try:
        with file.open("xb") as output:
            async with _reading(settings) as conn:
                async for line in export_lines(conn, key):
                    size += output.write(line)
    except FileExistsError:
        raise ConfigurationError(f"{file} is there already; name another file") from None
    return size


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Connection]:
    db = await Database.open(database_url(settings), size=1, name="appliance-audit")
    try:
        async with db.system() as conn:
            yield conn
    finally:
        await db.close()


def _live_key(settings: Settings) -> str:
    path = settings.audit_path / KEY_FILE
    if not path.is_file():
        raise ConfigurationError(f"{path} is not there: the log begins when the appliance is first started")
    return _text(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
