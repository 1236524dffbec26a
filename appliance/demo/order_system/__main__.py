"""``python -m appliance.demo.order_system --port 8801 --storage shop.db --admin-key-file admin.key``"""

import sqlite3
from pathlib import Path

import click

from appliance.demo.order_system.server import serve

_SHORTEST_KEY = 16


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), required=True)
@click.option("--storage", type=click.Path(dir_okay=False, path_type=Path), required=True, help="SQLite file.")
@click.option(
    "--admin-key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help=f"Holds the administrator's key, at least {_SHORTEST_KEY} characters.",
)
def main(host: str, port: int, storage: Path, admin_key_file: Path) -> None:
    """Run the demo order system until it is told to stop."""
    admin_key = admin_key_file.read_text("utf-8").strip()
    if len(admin_key) < _SHORTEST_KEY:
        raise click.ClickException(f"{admin_key_file} holds fewer than {_SHORTEST_KEY} characters")
    try:
        serve(host, port, storage, admin_key)
    except sqlite3.OperationalError as error:
        raise click.ClickException(f"cannot use {storage}: {error}; does another process have it open?") from error


if __name__ == "__main__":
    main()
