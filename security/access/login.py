"""Logging in, in two steps: the password, then a second factor that nobody can switch off. Two steps, one message.

A name that nobody has, a locked one and a disabled one cost the same work as any other and hear the same words.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from security.access import records, store, tokens, totp
from security.access.attempts import Attempts, Standing
from security.access.directory import Directory
from security.access.errors import AccessError, LoginRefused, TooManyAttempts
from security.access.model import Factor, Origin, State
from security.access.passkeys import Assertion, Passkeys
from security.access.passwords import Passwords
from security.access.records import Deed
from security.access.sessions import Opened, Sessions
from security.access.store import SQL, AccountRow
from security.audit.append import append
from security.audit.record import Outcome
from security.clock import Clock
from security.sql import Connection

TICKET_LIFE: Final = timedelta(minutes=5)
_CHALLENGE_BYTES: Final = 32


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right; a second factor is missing."""

    ticket: str
    factors: tuple[Factor, ...]
    passkey: str | None
    """Options for the browser's own dialogue, as JSON."""
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Ticket({self.factors})"


class Refused(msgspec.Struct, frozen=True):
    """A failure that must be kept: raise it once the transaction has committed."""

    error: AccessError


class Candidate(NamedTuple):
    """An attempt on its way: what the password is to be compared with, and what already speaks against it."""

    login_digest: bytes
    standing: Standing
    account: AccountRow | None
    kept: str | None
    origin: Origin

    @property
    def objection(self) -> str:
        if self.standing.is_locked:
            return "locked"
        if self.account is None:
            return "unknown"
        return "" if self.account.state == State.ACTIVE else "not_active"


class _TicketRow(NamedTuple):
    sha256: bytes
    staff_id: UUID
    login_digest: bytes
    challenge: bytes


class Login:
    def __init__(
        self,
        directory: Directory,
        attempts: Attempts,
        passwords: Passwords,
        sessions: Sessions,
        passkeys: Passkeys,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._attempts = attempts
        self._passwords = passwords
        self._sessions = sessions
        self._passkeys = passkeys
        self._clock = clock

    async def begin(self, conn: Connection, login: str, origin: Origin) -> Candidate | Refused:
        """The first transaction of the first step."""
        marks = await self._directory.keys.marks(conn)
        digest = marks.login(login)
        standing = await self._attempts.reserve(conn, digest, marks.source(origin.ip))
        if standing.is_flood:
            thing = records.login_name(digest)
            event = records.record(
                Deed.LOGIN_PASSWORD, records.NOBODY, thing, origin, outcome=Outcome.DENIED, reason="too_many_attempts"
            )
            await append(conn, [event])
            return Refused(TooManyAttempts(self._attempts.wait_s))
        account = await store.select_account_by_login(conn, digest)
        passwords = await store.select_passwords(conn, account.staff_id if account else UUID(int=0))
        return Candidate(digest, standing, account, passwords[0].hash if passwords else None, origin)

    async def compare(self, candidate: Candidate, password: str) -> bool:
        """Between the two transactions: slow on purpose, and the same for everybody."""
        return await self._passwords.verify(candidate.kept, password)

    async def go_on(self, conn: Connection, candidate: Candidate, *, is_right: bool) -> Ticket | Refused:
        """The second transaction of the first step."""
        account, objection = candidate.account, candidate.objection or ("" if is_right else "wrong_password")
        if objection or account is None:
            return await self._failed(conn, Deed.LOGIN_PASSWORD, candidate.login_digest, candidate, objection)
        await self._attempts.was_right(conn, candidate.standing)
        actor, thing = records.person(account.staff_id), records.account(account.staff_id)
        await append(conn, [records.record(Deed.LOGIN_PASSWORD, actor, thing, candidate.origin)])
        return await self._ticket(conn, account)

    async def finish(self, conn: Connection, ticket: str, proof: str | Assertion, origin: Origin) -> Opened | Refused:
        """The second step: a code, or what a passkey has signed."""
        now = self._clock.now()
        cursor = conn.cursor(row_factory=class_row(_TicketRow))
        values = {"sha256": tokens.digest(ticket), "now": now}
        row = await (await cursor.execute(SQL["select_ticket"], values)).fetchone()
        if row is None:
            thing = records.login_name(b"")
            event = records.record(
                Deed.LOGIN_SECOND_FACTOR, records.NOBODY, thing, origin, outcome=Outcome.FAILURE, reason="no_ticket"
            )
            await append(conn, [event])
            return Refused(LoginRefused())
        return await self._second(conn, row, proof, origin)

    async def _second(
        self, conn: Connection, row: _TicketRow, proof: str | Assertion, origin: Origin
    ) -> Opened | Refused:
        marks = await self._directory.keys.marks(conn)
        standing = await self._attempts.reserve(conn, bytes(row.login_digest), marks.source(origin.ip))
        account = await store.select_account(conn, row.staff_id)
        candidate = Candidate(bytes(row.login_digest), standing, account, None, origin)
        objection = candidate.objection or await self._objection_to(conn, row, proof)
        used = {"sha256": row.sha256, "now": self._clock.now()}
        if not objection and (await conn.execute(SQL["use_ticket"], used)).rowcount != 1:
            objection = "used_ticket"
        if objection or account is None:
            return await self._failed(conn, Deed.LOGIN_SECOND_FACTOR, candidate.login_digest, candidate, objection)
        if not self._directory.is_sound(marks, account):
            return await self._tampered(conn, account, origin)
        await self._attempts.is_in(conn, candidate.login_digest)
        await conn.execute(SQL["touch_account"], {"staff_id": account.staff_id, "now": self._clock.now()})
        opened = await self._sessions.open(conn, account.staff_id, _factor(proof), origin)
        thing = records.account(account.staff_id)
        detail = {"session": str(opened.principal.session_id)}
        actor = records.actor_of(opened.principal)
        await append(conn, [records.record(Deed.LOGIN_SECOND_FACTOR, actor, thing, origin, detail=detail)])
        return opened

    async def _objection_to(self, conn: Connection, row: _TicketRow, proof: str | Assertion) -> str:
        if isinstance(proof, Assertion):
            is_good = await self._passkeys.accept(conn, row.staff_id, bytes(row.challenge), proof)
            return "" if is_good else "wrong_passkey"
        return await self.objection_to_code(conn, row.staff_id, proof)

    async def objection_to_code(self, conn: Connection, staff_id: UUID, code: str) -> str:
        """Empty if the code is right and was never used; then it is spent."""
        kept = await store.select_totp(conn, staff_id)
        if kept is None:
            return "no_second_factor"
        seed = (await self._directory.keys.of(conn, staff_id)).open("staff_totp", "seed", staff_id, bytes(kept.seed))
        step = totp.matching_step(seed, code, self._clock.now())
        if step is None:
            return "wrong_code"
        return "" if await store.spend_step(conn, staff_id, step) else "replayed_code"

    async def _ticket(self, conn: Connection, account: AccountRow) -> Ticket:
        ticket, challenge = tokens.new(), secrets.token_bytes(_CHALLENGE_BYTES)
        expires_at = self._clock.now() + TICKET_LIFE
        values = {
            "sha256": tokens.digest(ticket),
            "staff_id": account.staff_id,
            "login_digest": account.login_digest,
            "challenge": challenge,
            "expires_at": expires_at,
        }
        await conn.execute(SQL["insert_ticket"], values)
        options = await self._passkeys.request_options(conn, account.staff_id, challenge)
        factors = (Factor.TOTP, Factor.PASSKEY) if options else (Factor.TOTP,)
        return Ticket(ticket=ticket, factors=factors, passkey=options, expires_at=expires_at)

    async def _failed(self, conn: Connection, deed: Deed, digest: bytes, candidate: Candidate, reason: str) -> Refused:
        until = await self._attempts.was_wrong(conn, digest, candidate.standing)
        account = candidate.account
        actor = records.person(account.staff_id) if account else records.NOBODY
        thing = records.account(account.staff_id) if account else records.login_name(digest)
        events = [records.record(deed, actor, thing, candidate.origin, outcome=Outcome.FAILURE, reason=reason)]
        if until:
            detail = {"until": until.isoformat()}
            events.append(records.record(Deed.LOGIN_LOCK, actor, thing, candidate.origin, detail=detail))
        await append(conn, events)
        return Refused(LoginRefused())

    async def _tampered(self, conn: Connection, account: AccountRow, origin: Origin) -> Refused:
        actor, thing = records.person(account.staff_id), records.account(account.staff_id)
        await append(conn, [records.record(Deed.RIGHTS_TAMPERED, actor, thing, origin, outcome=Outcome.DENIED)])
        return Refused(LoginRefused())


def _factor(proof: str | Assertion) -> Factor:
    return Factor.PASSKEY if isinstance(proof, Assertion) else Factor.TOTP
