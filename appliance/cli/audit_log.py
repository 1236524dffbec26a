"""What the commands about the audit log share: reading it, its public keys, and saying in it what was done."""

import getpass
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from appliance.config import Settings
from appliance.db import Connection, Database
from appliance.db.location import database_url
from appliance.errors import ConfigurationError
from security.audit.append import append
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target
from security.audit.sealer import KEY_FILE
from security.audit.verify import keys_in


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Connection]:
    """One transaction over all shops."""
    async with database(settings) as db, db.system() as conn:
        yield conn


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    db = await Database.open(database_url(settings), size=2, name="appliance-audit")
    try:
        yield db
    finally:
        await db.close()


async def record_deed(conn: Connection, category: Category, action: str, detail: Mapping[str, str]) -> UUID:
    """Whoever may run commands on this machine did this. Sealed when the sealer comes to it."""
    event = AuditEvent(
        actor=Actor(type=ActorType.STAFF, id=getpass.getuser(), role="operator", auth="system account"),
        cat=category,
        action=action,
        object=Target(type="appliance", id="this"),
        outcome=Outcome.SUCCESS,
        detail=dict(detail),
    )
    return (await append(conn, [event]))[0]


def first_key(settings: Settings) -> str:
    return log_keys(key_file(settings))[0]


def key_file(settings: Settings) -> Path:
    path = settings.audit_path / KEY_FILE
    if not path.is_file():
        raise ConfigurationError(f"{path} is not there: the log begins when the appliance is first started")
    return path


def log_keys(path: Path) -> list[str]:
    """Oldest first."""
    try:
        return keys_in(text_of(path))
    except ValueError as wrong:
        raise ConfigurationError(f"{path}: {wrong}") from wrong


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
