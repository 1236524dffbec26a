"""What a check of ``appliance doctor`` is: it looks, changes nothing, and answers what it found and what to do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from psycopg.rows import dict_row

from appliance.config import Settings
from appliance.config_platform import Keeper
from appliance.db import Connection, Database, Queries
from appliance.db.location import database_url
from appliance.installation.model import Grade
from appliance.joints.root_key import is_made
from security.audit.sealer import KEY_FILE

Outcome = tuple[Grade, str, str]
"""How well it is, what was found, and the cure where it is not well."""


class Passing(NamedTuple):
    """An outcome that is wrong, and perhaps no more in a while, without anybody's doing: an upgrade waits a little."""

    grade: Grade
    found: str
    cure: str


Check = Callable[[Settings], Awaitable[Outcome]]

SQL: Final = Queries(Path(__file__).with_name("findings.sql"))
START: Final = "start it: 'appliance up'"
_CONNECT_S = 2.0
_NOT_BEGUN: Outcome = (Grade.SKIPPED, "nothing was ever started here", "start once: 'appliance up'")


def well(found: str) -> Outcome:
    return Grade.OK, found, ""


def wrong(found: str, cure: str) -> Outcome:
    return Grade.WRONG, found, cure


def passing(found: str, cure: str) -> Outcome:
    return Passing(Grade.WRONG, found, cure)


def warning(found: str, cure: str) -> Outcome:
    return Grade.WARNING, found, cure


def not_begun(settings: Settings) -> Outcome | None:
    """None: there is a log, or keys of one whose files are away, and so an installation."""
    return None if (settings.audit_path / KEY_FILE).is_file() or is_made(settings) else _NOT_BEGUN


def is_kept_elsewhere(settings: Settings) -> bool:
    """A platform keeps the processes, each in a container of its own."""
    return settings.platform.kept_by is Keeper.PLATFORM


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    db = await Database.open(database_url(settings), size=1, name="appliance-doctor", wait_s=_CONNECT_S)
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Connection]:
    """One transaction over all shops."""
    async with opened(settings) as db, db.system() as conn:
        yield conn


async def rows(conn: Connection, name: str, **values: Any) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], values)
        return await cursor.fetchall()


def listed(names: list[str], most: int = 5) -> str:
    """The first few in words, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
