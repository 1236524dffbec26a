"""Access control over a real database, with a clock that a test moves and a hasher that counts and is quick."""

from base64 import b32decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import psycopg

from security.access import totp
from security.access.errors import AccessError
from security.access.limits import Limits
from security.access.login import Refused, Ticket
from security.access.model import Origin, Principal
from security.access.permissions import Role
from security.access.rights import fitting
from security.access.service import AccessControl
from security.access.sessions import Opened
from security.access.set_up import Chosen
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

Connection = psycopg.AsyncConnection[Any]
T = TypeVar("T")

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PASSWORD = "Correct-horse-7"
HERE = Origin(ip="10.0.0.9", terminal="test", request="r-1")
RECORDS = """
SELECT event FROM (
  SELECT 0 AS part, seq AS place, convert_from(raw, 'UTF8')::jsonb AS event FROM audit_record
  UNION ALL
  SELECT 1, position, event FROM audit_pending
) AS every
WHERE NOT (event ->> 'cat' = 'audit' AND event #>> '{actor,type}' = 'service')
ORDER BY part, place
"""
SITE = "https://console.example.internal"


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class CountingHasher:
    def __init__(self) -> None:
        self.verified = 0

    def hash(self, password: str) -> str:
        return "h:" + sha256(password.encode()).hexdigest()

    def verify(self, kept: str, password: str) -> bool:
        self.verified += 1
        return kept == self.hash(password)


class Person:
    """Somebody with an account and an authenticator app."""

    def __init__(self, world: "World", staff_id: UUID, login: str, seed: bytes) -> None:
        self.world = world
        self.staff_id = staff_id
        self.login = login
        self.seed = seed
        self.password = PASSWORD

    def code(self, drift: int = 0) -> str:
        return totp.code(self.seed, totp.step_at(self.world.clock.now()) + drift)

    async def log_in(self) -> Opened:
        """Waits for a fresh code first: each counts once."""
        self.world.clock.move(seconds=totp.STEP_S)
        return await self.world.log_in(self.login, self.password, self.code())


class World:
    def __init__(self, url: str, home: Path, limits: Limits | None = None) -> None:
        self._url = url
        self._free: list[Connection] = []
        self.clock = Clock()
        self.hasher = CountingHasher()
        self.root = FileRootKey(home / "root.key")
        self.ring = KeyRing(self.root, Suite.AES_256_GCM, self.clock)
        self.access = AccessControl(self.ring, self.clock, uuid4, limits=limits, origin=SITE, hasher=self.hasher)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        conn = self._free.pop() if self._free else await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        try:
            async with conn.transaction():
                await conn.execute("SET LOCAL ROLE appliance_system")
                yield conn
        finally:
            self._free.append(conn)

    async def close(self) -> None:
        for conn in self._free:
            await conn.close()

    async def do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """One deed in one transaction."""
        async with self.transaction() as conn:
            return await work(conn)

    async def step_one(self, login: str, password: str, origin: Origin = HERE) -> Ticket | AccessError:
        begun = await self.do(lambda conn: self.access.login.begin(conn, login, origin))
        if isinstance(begun, Refused):
            return begun.error
        is_right = await self.access.login.compare(begun, password)
        went_on = await self.do(lambda conn: self.access.login.go_on(conn, begun, is_right=is_right))
        return went_on.error if isinstance(went_on, Refused) else went_on

    async def step_two(self, ticket: str, proof: Any, origin: Origin = HERE) -> Opened | AccessError:
        finished = await self.do(lambda conn: self.access.login.finish(conn, ticket, proof, origin))
        return finished.error if isinstance(finished, Refused) else finished

    async def log_in(self, login: str, password: str, code: str, origin: Origin = HERE) -> Opened:
        ticket = await self.step_one(login, password, origin)
        assert isinstance(ticket, Ticket), ticket
        opened = await self.step_two(ticket.ticket, code, origin)
        assert isinstance(opened, Opened), opened
        return opened

    async def resume(self, token: str) -> Principal:
        return await self.do(lambda conn: self.access.sessions.resume(conn, token))

    async def set_up(self, token: str, login: str | None, password: str = PASSWORD) -> Person:
        enrolled = await self.do(lambda conn: self.access.set_up.begin(conn, token, HERE))
        seed = seed_of(enrolled.uri)
        code = totp.code(seed, totp.step_at(self.clock.now()))
        name = f"{login} 先生" if login else None
        chosen = Chosen(password=password, code=code, login=login, name=name)
        prepared = await self.do(lambda conn: self.access.set_up.prepare(conn, token, chosen))
        hashed = await self.access.passwords.hash(password)
        staff_id = await self.do(lambda conn: self.access.set_up.finish(conn, prepared, hashed, HERE))
        return Person(self, staff_id, login or enrolled.login or "", seed)

    async def first_four(self) -> dict[str, Person]:
        made = await self.do(lambda conn: self.access.installation.bootstrap(conn, HERE))
        logins = iter(["sys.zhao", "audit.qian", "sec.sun", "sec.li"])
        return {login: await self.set_up(each.issued.token, login) for each, login in zip(made, logins, strict=True)}

    async def appoint(self, by: Principal, login: str, *roles: Role, shops: Iterable[str] = ()) -> Person:
        """In the bootstrap phase, where one administrator may act alone."""
        rights = fitting(roles, shops)
        made = await self.do(lambda conn: self.access.changes.create(conn, by, login, login, rights, HERE))
        assert made.set_up is not None
        person = await self.set_up(made.set_up.token, None)
        person.login = login
        return person

    async def confirm_all(self, by: Principal) -> None:
        for change in await self.do(self.access.changes.list):
            if change.is_unconfirmed:
                await self.confirm(by, change.change_id)

    async def confirm(self, by: Principal, change_id: UUID) -> None:
        await self.do(lambda conn: self.access.changes.confirm(conn, by, change_id, HERE))

    async def go_live(self, by: Principal) -> None:
        await self.do(lambda conn: self.access.installation.go_live(conn, by, HERE))

    async def records(self) -> list[dict[str, Any]]:
        """Audit records, sealed or not, oldest first; but those of the log about itself."""
        async with self.transaction() as conn:
            rows = await (await conn.execute(RECORDS)).fetchall()
        return [event for (event,) in rows]

    async def deeds(self) -> list[tuple[str, str, str]]:
        return [(event["action"], event["outcome"], event["reason"]) for event in await self.records()]


def seed_of(uri: str) -> bytes:
    [secret] = parse_qs(urlsplit(uri).query)["secret"]
    return b32decode(secret)
