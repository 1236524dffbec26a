"""What auditors take away from the log, to hold it against later: proofs, checkpoints, a printed page."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from appliance import config
from appliance.cli.audit_log import key_file, reading
from appliance.clock import SystemClock
from appliance.db import Connection
from appliance.errors import ConfigurationError, InvalidInput
from appliance.installation import witnessed
from appliance.installation.witnessed import Witnessed
from appliance.joints.audit_page import latest_page
from security.audit import proofs
from security.errors import RecordRefused

out_option = click.option("--out", type=click.Path(path_type=Path), help="Write it here instead of printing it.")


@click.command()
@click.option("--since", type=click.IntRange(0), required=True, help="How many records your witness has seen.")
@click.option("--restored", "is_restored", is_flag=True, help="What it has seen was lost, and a backup restored.")
@out_option
def witness(since: int, *, is_restored: bool, out: Path | None) -> None:
    """Prove to your witness that the log only grew.

    The witness is security/audit/witness.py on a machine of the auditor's own: `witness.py size` says what it has seen,
    `witness.py watch FILE` takes what this command wrote; after a restore, with --restored, `witness.py restored FILE`.
    """
    proof = proofs.restored if is_restored else proofs.consistency
    _tell(_asked(lambda conn: proof(conn, since)), out)
    witnessed.note(config.load().state_path, Witnessed(at=SystemClock().now(), size=since))


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
    key_file(settings)
    _tell(_asked(lambda conn: latest_page(conn, settings.audit_path)), out)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the auditors' network.")
@click.option("--port", type=click.IntRange(1, 65535), default=8091, show_default=True, help="TCP port.")
def serve(host: str, port: int) -> None:
    """Answer witnesses over HTTP until Ctrl-C: checkpoints and proofs, which are hashes, and nothing else."""
    from appliance.cli.audit_serve import run

    run(config.load(), host, port)


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
