"""What auditors take away from the log, to hold it against later: proofs, checkpoints, a printed page."""

import asyncio
import importlib
import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from appliance import config
from appliance.cli.audit_log import key_file, log_keys, reading
from appliance.config import Settings
from appliance.db import Connection
from appliance.errors import ConfigurationError, InvalidInput
from security.audit import proofs
from security.audit.printout import Drawn, no_code, page
from security.audit.store import AuditStore
from security.errors import RecordRefused

out_option = click.option("--out", type=click.Path(path_type=Path), help="Write it here instead of printing it.")


@click.command()
@click.option("--since", type=click.IntRange(0), required=True, help="How many records your witness has seen.")
@out_option
def witness(since: int, out: Path | None) -> None:
    """Prove to your witness that the log only grew.

    The witness is security/audit/witness.py on a machine of the auditor's own: `witness.py size` says what it has seen,
    `witness.py watch FILE` takes what this command wrote.
    """
    _tell(_asked(lambda conn: proofs.consistency(conn, since)), out)


@click.command()
@click.argument("record")
@out_option
def prove(record: str, out: Path | None) -> None:
    """Prove that RECORD, a number or an id, stands in the signed log; `witness.py check FILE` checks it anywhere."""
    _tell(_asked(lambda conn: proofs.inclusion(conn, record)), out)


@click.command("print")
@out_option
def print_checkpoint(out: Path | None) -> None:
    """Write the latest checkpoint as a page to print, sign and file."""
    settings = config.load()
    _tell(asyncio.run(latest_page(settings)), out)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the auditors' network.")
@click.option("--port", type=click.IntRange(1, 65535), default=8091, show_default=True, help="TCP port.")
def serve(host: str, port: int) -> None:
    """Answer witnesses over HTTP until Ctrl-C: checkpoints and proofs, which are hashes, and nothing else."""
    from appliance.cli.audit_serve import run

    run(config.load(), host, port)


async def latest_page(settings: Settings) -> str:
    async with reading(settings) as conn:
        latest = await AuditStore(conn).latest_checkpoint()
    if latest is None:
        raise ConfigurationError("there is no checkpoint yet: the first is signed when the appliance starts")
    return page(latest.note, log_keys(key_file(settings))[-1], drawn())


def drawn() -> Drawn:
    """Codes to scan are made where ``segno`` is installed; without it the page has the text alone."""
    if importlib.util.find_spec("segno") is None:
        return no_code
    segno = importlib.import_module("segno")

    def code(text: str) -> str:
        made: str = segno.make(text, error="m", micro=False).svg_inline(scale=3, border=2)
        return made

    return code


def _asked(question: Callable[[Connection], Awaitable[str]]) -> str:
    async def ask() -> str:
        async with reading(config.load()) as conn:
            return await question(conn)

    try:
        return asyncio.run(ask())
    except RecordRefused as refused:
        raise InvalidInput(str(refused)) from refused


def _tell(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigurationError(f"{out} is there already; name another file") from None
    click.echo(f"{out}: written")
