"""``appliance admin``: the first administrators, and what only the machine's operator can do about accounts.

There are no default passwords. One-time tokens are printed once; those of others come from a file or from stdin.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TextIO, TypeVar
from uuid import UUID

import click
import msgspec

from appliance import config
from appliance.clock import SystemClock
from appliance.db import Connection, Database
from appliance.db.location import database_url
from appliance.errors import AuditUnavailable, Conflict, InputError, InvalidInput, NotFound
from appliance.identity.staff_access import access_control
from appliance.identity.staff_deeds import Deeds
from appliance.ids import uuid7
from appliance.joints.root_key import open_root
from security import errors
from security.access import records
from security.access.effects import ChangeKind
from security.access.errors import AccessError, Kind
from security.access.installation import FirstToken
from security.access.model import Account, Origin
from security.access.once import Issued
from security.access.records import MACHINE, Deed
from security.access.service import AccessControl
from security.audit.record import Target
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

T = TypeVar("T")

_CONNECTIONS: Final = 2
_ONCE: Final = "Hand each token to its person; it is not shown again, and sets up one account, once."
_UNCONFIRMED: Final = "  (done by one alone: another security or audit administrator confirms it before going live)"
_INSTALLATION: Final = Target(type="installation", id="access")

as_json_option = click.option("--json", "as_json", is_flag=True, help="For a script.")
login_argument = click.argument("login", metavar="LOGIN")
token_option = partial(
    click.option,
    "--token-file",
    type=click.File(),
    help="Where a security administrator's approval stands; - reads it from stdin.",
)


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands work with."""

    access: AccessControl
    deeds: Deeds
    origin: Origin


@click.group()
def admin() -> None:
    """Manage staff accounts from the machine itself."""


@admin.command()
@click.option("--reissue", is_flag=True, help="New tokens for those of the first four that nobody has used.")
@as_json_option
def bootstrap(*, reissue: bool, as_json: bool) -> None:
    """Make the first four administrators, once: one for the system, one for the audit log, two for security."""

    async def make(desk: Desk) -> list[FirstToken]:
        installation = desk.access.installation
        work = installation.reissue if reissue else installation.bootstrap
        return await desk.deeds.do(
            Deed.BOOTSTRAP, MACHINE, _INSTALLATION, desk.origin, lambda conn: work(conn, desk.origin)
        )

    made = _run(make)
    if as_json:
        click.echo(msgspec.json.encode([_described_token(each) for each in made]).decode())
        return
    click.echo(_ONCE)
    for each in made:
        click.echo(f"{each.role:<12} {each.issued.token}  until {each.issued.expires_at:%Y-%m-%d %H:%M} UTC")


@admin.command("list")
@as_json_option
def list_accounts(*, as_json: bool) -> None:
    """List the accounts, those that were disabled too, and say what keeps the installation from going live."""

    async def look(desk: Desk) -> tuple[list[Account], set[UUID]]:
        found = await desk.deeds.look(desk.access.directory.list)
        return found, await desk.deeds.look(desk.access.installation.unconfirmed)

    found, unconfirmed = _run(look)
    if as_json:
        described = [{**_described(account), "is_unconfirmed": account.staff_id in unconfirmed} for account in found]
        click.echo(msgspec.json.encode(described).decode())
        return
    for account in found:
        roles = "+".join(sorted(account.rights.roles))
        line = f"{account.login or '(not set up)':<20} {account.state:<9} {roles:<24} {account.name}"
        click.echo(line + (_UNCONFIRMED if account.staff_id in unconfirmed else ""))


@admin.command()
@login_argument
@token_option()
def disable(*, login: str, token_file: TextIO | None) -> None:
    """Disable an account. Once the installation is live, a security administrator has to have approved it."""
    _run(lambda desk: _end(desk, ChangeKind.DISABLE, login, token_file))
    click.echo(f"{login} is disabled; what was open is closed")


@admin.command("reset-second-factor")
@login_argument
@token_option(required=True)
@as_json_option
def reset_second_factor(*, login: str, token_file: TextIO, as_json: bool) -> None:
    """Take password and second factor from LOGIN, and print the token to set the account up again.

    Whoever reads the token can become LOGIN: it is shown here only, not to the security administrator who approved.
    Hand it to that person face to face, and have them use it at once; the log says when and from where it was used.
    """
    issued = _run(lambda desk: _end(desk, ChangeKind.RESET, login, token_file))
    if issued is None:
        raise Conflict("nothing was reset")
    if as_json:
        click.echo(msgspec.json.encode(issued).decode())
        return
    click.echo(_ONCE)
    click.echo(f"{login:<12} {issued.token}  until {issued.expires_at:%Y-%m-%d %H:%M} UTC")


async def _end(desk: Desk, kind: ChangeKind, login: str, token_file: TextIO | None) -> Issued | None:
    approval = token_file.read().strip() if token_file else None
    account = await desk.deeds.look(lambda conn: desk.access.directory.find_by_login(conn, login))
    thing = records.account(account.staff_id)

    async def work(conn: Connection) -> Issued | None:
        return await desk.access.installation.by_machine(conn, kind, account.staff_id, approval, desk.origin)

    return await desk.deeds.do(Deed.CHANGE_APPLY, MACHINE, thing, desk.origin, work)


def _run(work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    async def at_the_desk() -> T:
        async with _desk() as desk:
            return await work(desk)

    try:
        return asyncio.run(at_the_desk())
    except AccessError as refused:
        raise _KINDS.get(refused.kind, InvalidInput)(refused.detail) from refused
    except errors.AuditUnavailable as late:
        raise AuditUnavailable(f"{late}; is the appliance running?") from late


_KINDS: Final[dict[Kind, type[InputError]]] = {Kind.NOT_FOUND: NotFound, Kind.CONFLICT: Conflict}


@asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    settings = config.load()
    clock = SystemClock()
    suite = Suite[settings.crypto.suite.name]
    db = await Database.open(database_url(settings), size=_CONNECTIONS, name="appliance-admin")
    try:
        ring = KeyRing(open_root(settings), suite, clock)
        access = access_control(settings.access, ring, clock)
        yield Desk(access=access, deeds=Deeds(db), origin=Origin(terminal="command line", request=str(uuid7())))
    finally:
        await db.close()


def _described_token(first: FirstToken) -> dict[str, Any]:
    return {"role": first.role, "token": first.issued.token, "expires_at": first.issued.expires_at}


def _described(account: Account) -> dict[str, Any]:
    return {
        "staff_id": str(account.staff_id),
        "login": account.login,
        "name": account.name,
        "roles": sorted(account.rights.roles),
        "shops": sorted(account.rights.shops),
        "state": account.state,
        "last_used_at": account.last_used_at,
    }
