"""What the commands about the audit log share: reading it, its public keys, and saying in it what was done."""

import getpass
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from appliance.config import Settings
from appliance.db import Connection, Database
from appliance.db.location import database_url
from appliance.errors import AuditUnavailable, ConfigurationError
from security import errors
from security.audit.append import append, refuse_if_behind, wait_sealed
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target
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


async def record_deed(
    conn: Connection,
    category: Category,
    action: str,
    detail: Mapping[str, str],
    outcome: Outcome = Outcome.SUCCESS,
) -> UUID:
    """Whoever may run commands on this machine did this. Sealed when the sealer comes to it."""
    return (await append(conn, [_deed(category, action, Kind.EVENT, outcome, detail=detail)]))[0]


@asynccontextmanager
async def announced(settings: Settings, category: Category, action: str) -> AsyncIterator[dict[str, str]]:
    """What happens inside is said before, and not begun until that is sealed. Takes the details of the outcome."""
    async with database(settings) as db, intended(db, category, action, is_sealed_first=True) as detail:
        yield detail


@asynccontextmanager
async def intended(
    db: Database,
    category: Category,
    action: str,
    said: Mapping[str, str] | None = None,
    *,
    is_sealed_first: bool = False,
) -> AsyncIterator[dict[str, str]]:
    """What happens inside is said before, with the details `said`, and its outcome after.

    Unsealed, it also goes while no sealer runs.
    """
    request, detail, outcome = str(uuid4()), dict[str, str](), Outcome.FAILURE
    try:
        async with db.system() as conn:
            if is_sealed_first:
                await refuse_if_behind(conn)
            ids = await append(conn, [_deed(category, action, Kind.INTENT, Outcome.PENDING, request, said)])
        if is_sealed_first:
            async with db.system() as conn:
                await wait_sealed(conn, ids)
        yield detail
        outcome = Outcome.SUCCESS
    except errors.AuditUnavailable as late:
        raise AuditUnavailable(f"{late}; is the appliance running?") from late
    finally:
        async with db.system() as conn:
            await append(conn, [_deed(category, action, Kind.OUTCOME, outcome, request, detail)])


def operator() -> Actor:
    """Whoever runs commands on this machine."""
    return Actor(type=ActorType.STAFF, id=getpass.getuser(), role="operator", auth="system account")


def _deed(
    category: Category,
    action: str,
    kind: Kind,
    outcome: Outcome,
    request: str = "",
    detail: Mapping[str, str] | None = None,
) -> AuditEvent:
    return AuditEvent(
        actor=operator(),
        cat=category,
        action=action,
        object=Target(type="appliance", id="this"),
        outcome=outcome,
        kind=kind,
        req=request,
        detail=dict(detail or {}),
    )


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
