"""The page of the latest checkpoint: to print and sign, once a day by itself, and whenever somebody asks."""

import asyncio
from pathlib import Path

import segno

from appliance.clock import Clock
from appliance.db import Connection, Database
from appliance.errors import ConfigurationError
from security.audit.printout import page
from security.audit.sealer import KEY_FILE
from security.audit.store import AuditStore
from security.audit.verify import keys_in

FOLDER = "daily"
"""Beside the segments; an auditor collects it."""


async def latest_page(conn: Connection, directory: Path) -> str:
    latest = await AuditStore(conn).latest_checkpoint()
    if latest is None:
        raise ConfigurationError("there is no checkpoint yet: the first is signed when the appliance starts")
    keys = await asyncio.to_thread((directory / KEY_FILE).read_text, encoding="utf-8")
    return page(latest.note, keys_in(keys)[-1], code)


def code(note: str) -> str:
    """The whole note, for a scanner: a page that was photographed can be checked without typing it."""
    return segno.make(note, error="m", micro=False).svg_inline(scale=3, border=2)


class DailyPage:
    def __init__(self, db: Database, directory: Path, clock: Clock) -> None:
        self._db = db
        self._directory = directory
        self._clock = clock

    async def write(self) -> None:
        """Today's page; once written it stays as it is."""
        async with self._db.system() as conn:
            text = await latest_page(conn, self._directory)
        await asyncio.to_thread(self._keep, f"{self._clock.now():%Y-%m-%d}.html", text)

    def _keep(self, name: str, text: str) -> None:
        folder = self._directory / FOLDER
        folder.mkdir(mode=0o750, exist_ok=True)
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
