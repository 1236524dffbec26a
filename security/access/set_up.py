"""The first hour of an account: whoever holds its one-time token chooses the password and takes the second factor.

There is no first password that anybody else knows, and no account that works without a second factor.
"""

import secrets
from typing import NamedTuple
from uuid import UUID

import msgspec

from security.access import passwords, records, store, totp
from security.access.directory import Directory
from security.access.errors import PasswordUnfit, RightsUnfit, TokenRefused
from security.access.limits import Limits
from security.access.model import Origin, State, login_from, name_from
from security.access.once import Once, Purpose
from security.access.records import Deed
from security.access.sessions import End, Sessions
from security.access.store import TokenRow
from security.audit.append import append
from security.clock import Clock
from security.sql import Connection

ISSUER = "Aftersales appliance"
_NEW = "console"


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app has to be told."""

    seed: str
    uri: str
    login: str | None
    """None: it is yours to choose."""

    def __repr__(self) -> str:
        return "Enrolment()"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the person decides."""

    password: str
    code: str
    login: str | None = None
    name: str | None = None

    def __repr__(self) -> str:
        return "Chosen()"


class Prepared(NamedTuple):
    """Everything is good; what is left is to hash the password and to write it down."""

    token: TokenRow
    seed: bytes
    step: int
    login: str | None
    name: str | None


class SetUp:
    def __init__(self, directory: Directory, once: Once, sessions: Sessions, clock: Clock, limits: Limits) -> None:
        self._directory = directory
        self._once = once
        self._sessions = sessions
        self._clock = clock
        self._limits = limits

    async def begin(self, conn: Connection, token: str, origin: Origin) -> Enrolment:
        """A new seed at every call; the last one counts."""
        row = await self._once.find(conn, Purpose.SET_UP, token)
        account = await self._directory.get(conn, row.staff_id)
        seed = secrets.token_bytes(totp.SEED_BYTES)
        await self._once.keep_secret(conn, row, seed)
        actor, thing = records.person(row.staff_id), records.account(row.staff_id)
        await append(conn, [records.record(Deed.SET_UP_BEGIN, actor, thing, origin)])
        return enrolment(seed, account.login)

    async def prepare(self, conn: Connection, token: str, chosen: Chosen) -> Prepared:
        """The first transaction of finishing: nothing is written, everything is looked at."""
        row = await self._once.find(conn, Purpose.SET_UP, token)
        account = await self._directory.get(conn, row.staff_id)
        if account.login is None and (chosen.login is None or chosen.name is None):
            raise RightsUnfit("choose a login name and say your name")
        if account.login is not None and chosen.login is not None:
            raise RightsUnfit("this account has its login name already")
        login = login_from(chosen.login) if chosen.login else None
        name = name_from(chosen.name) if chosen.name else None
        passwords.check(chosen.password, login=login or account.login or "", length=self._limits.password_length)
        seed = await self._once.secret(conn, row)
        step = totp.matching_step(seed, chosen.code, self._clock.now())
        if step is None:
            raise PasswordUnfit("the code does not fit the seed; compare the clocks of both devices")
        return Prepared(row, seed, step, login, name)

    async def finish(self, conn: Connection, prepared: Prepared, hashed: str, origin: Origin) -> UUID:
        """The second one: all of it, or nothing."""
        now, staff_id = self._clock.now(), prepared.token.staff_id
        await self._once.use(conn, prepared.token)
        account = await self._directory.find(conn, staff_id, lock=True)
        if account.state != State.INVITED:
            raise TokenRefused
        if prepared.login and prepared.name:
            await self._directory.choose_login(conn, staff_id, prepared.login, prepared.name)
        await store.insert_password(conn, staff_id, hashed, now, self._limits.passwords_remembered)
        keys = await self._directory.keys.of(conn, staff_id)
        sealed = keys.seal("staff_totp", "seed", staff_id, prepared.seed)
        await store.put_totp(conn, staff_id, sealed, prepared.step, now)
        await self._directory.put_rights(conn, staff_id, account.rights, State.ACTIVE)
        await conn.execute(store.SQL["touch_account"], {"staff_id": staff_id, "now": now})
        await self._sessions.end_all(conn, staff_id, End.ACCOUNT)
        actor, thing = records.person(staff_id), records.account(staff_id)
        await append(conn, [records.record(Deed.SET_UP_FINISH, actor, thing, origin)])
        return staff_id


def enrolment(seed: bytes, login: str | None) -> Enrolment:
    uri = totp.uri(seed, issuer=ISSUER, account=login or _NEW)
    return Enrolment(seed=totp.in_words(seed), uri=uri, login=login)
