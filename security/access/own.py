"""What a person changes about their own account: password, authenticator app, passkeys.

Each asks for the password again: a stolen session alone changes nothing, and wrong ones count like failed log-ins.
"""

import secrets
from typing import NamedTuple
from uuid import UUID

from security.access import passwords, records, store, totp
from security.access.attempts import Attempts, Standing
from security.access.directory import Directory
from security.access.errors import ChangeRefused, NotThere, PasswordUnfit, PasswordWrong
from security.access.limits import Limits
from security.access.login import Refused
from security.access.model import Origin, Principal
from security.access.once import Issued, Once, Purpose
from security.access.passkeys import Assertion, Passkeys
from security.access.passwords import Passwords
from security.access.records import Deed
from security.access.sessions import End, Sessions
from security.access.set_up import Enrolment, enrolment
from security.access.store import SQL
from security.audit.append import append
from security.audit.record import Outcome
from security.clock import Clock
from security.sql import Connection

_CHALLENGE_BYTES = 32


class Asked(NamedTuple):
    """The password was asked for again: what it is to be compared with."""

    login: str
    login_digest: bytes
    standing: Standing
    kept: tuple[str, ...]
    """Hashes; the first is the one that counts."""


class OwnAccount:
    def __init__(
        self,
        directory: Directory,
        attempts: Attempts,
        sessions: Sessions,
        once: Once,
        passkeys: Passkeys,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._directory = directory
        self._attempts = attempts
        self._sessions = sessions
        self._once = once
        self._passkeys = passkeys
        self._clock = clock
        self._limits = limits

    async def ask(self, conn: Connection, principal: Principal, origin: Origin) -> Asked:
        account = await self._directory.find(conn, principal.staff_id)
        marks = await self._directory.keys.marks(conn)
        digest = bytes(account.login_digest or b"")
        standing = await self._attempts.reserve(conn, digest, marks.source(origin.ip))
        kept = await store.select_passwords(conn, principal.staff_id)
        login = (await self._directory.get(conn, principal.staff_id)).login or ""
        return Asked(login, digest, standing, tuple(row.hash for row in kept))

    async def answered(
        self, conn: Connection, principal: Principal, asked: Asked, origin: Origin, *, is_right: bool, deed: Deed
    ) -> Refused | None:
        """None if the deed may go on. A refusal is recorded here and counts as a failed attempt."""
        if is_right and not asked.standing.is_locked:
            await self._attempts.was_right(conn, asked.standing)
            return None
        await self._attempts.was_wrong(conn, asked.login_digest, asked.standing)
        actor, thing = records.actor_of(principal), records.account(principal.staff_id)
        reason = "locked" if asked.standing.is_locked else "wrong_password"
        await append(conn, [records.record(deed, actor, thing, origin, outcome=Outcome.FAILURE, reason=reason)])
        return Refused(PasswordWrong())

    async def check_new(self, hasher: Passwords, asked: Asked, new: str) -> None:
        """Needs no transaction, and takes a while: PasswordUnfit if it does not fit or was used before."""
        passwords.check(new, login=asked.login, length=self._limits.password_length)
        if await hasher.is_any_of(asked.kept, new):
            raise PasswordUnfit(f"the last {self._limits.passwords_remembered} passwords may not come back")

    async def set_password(self, conn: Connection, principal: Principal, hashed: str, origin: Origin) -> None:
        now = self._clock.now()
        await store.insert_password(conn, principal.staff_id, hashed, now, self._limits.passwords_remembered)
        await self._sessions.end_all(conn, principal.staff_id, End.ACCOUNT, but=principal.session_id)
        await self._note(conn, Deed.PASSWORD_CHANGE, principal, origin)

    async def begin_totp(self, conn: Connection, principal: Principal, origin: Origin) -> tuple[Enrolment, Issued]:
        """The present app counts until the new one has shown a code."""
        account = await self._directory.get(conn, principal.staff_id)
        seed = secrets.token_bytes(totp.SEED_BYTES)
        issued = await self._once.issue(conn, Purpose.TOTP, principal.staff_id, by=principal.staff_id, secret=seed)
        await self._note(conn, Deed.TOTP_BEGIN, principal, origin)
        return enrolment(seed, account.login), issued

    async def replace_totp(self, conn: Connection, principal: Principal, token: str, code: str, origin: Origin) -> None:
        row = await self._once.find(conn, Purpose.TOTP, token)
        if row.staff_id != principal.staff_id:
            raise NotThere("no such enrolment of yours")
        seed, now = await self._once.secret(conn, row), self._clock.now()
        step = totp.matching_step(seed, code, now)
        if step is None:
            raise ChangeRefused("the code does not fit the new seed; compare the clocks of both devices")
        await self._once.use(conn, row)
        keys = await self._directory.keys.of(conn, principal.staff_id)
        sealed = keys.seal("staff_totp", "seed", principal.staff_id, seed)
        await store.put_totp(conn, principal.staff_id, sealed, step, now)
        await self._sessions.end_all(conn, principal.staff_id, End.ACCOUNT, but=principal.session_id)
        await self._note(conn, Deed.TOTP_REPLACE, principal, origin)

    async def begin_passkey(self, conn: Connection, principal: Principal, origin: Origin) -> tuple[str, Issued]:
        """Options for the browser, and the token to come back with."""
        account = await self._directory.get(conn, principal.staff_id)
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        options = await self._passkeys.creation_options(conn, principal.staff_id, account.login or "", challenge)
        issued = await self._once.issue(
            conn, Purpose.PASSKEY, principal.staff_id, by=principal.staff_id, secret=challenge
        )
        await self._note(conn, Deed.PASSKEY_BEGIN, principal, origin)
        return options, issued

    async def add_passkey(
        self, conn: Connection, principal: Principal, token: str, answer: Assertion, origin: Origin
    ) -> UUID:
        row = await self._once.find(conn, Purpose.PASSKEY, token)
        if row.staff_id != principal.staff_id:
            raise NotThere("no such enrolment of yours")
        await self._once.use(conn, row)
        challenge = await self._once.secret(conn, row)
        passkey_id = await self._passkeys.add(conn, principal.staff_id, challenge, answer)
        await self._note(conn, Deed.PASSKEY_ADD, principal, origin, passkey=str(passkey_id))
        return passkey_id

    async def remove_passkey(self, conn: Connection, principal: Principal, passkey_id: UUID, origin: Origin) -> None:
        """The authenticator app stays: nobody is ever without a second factor."""
        values = {"staff_id": principal.staff_id, "passkey_id": passkey_id}
        if (await conn.execute(SQL["delete_passkey"], values)).rowcount != 1:
            raise NotThere("you have no such passkey")
        await self._note(conn, Deed.PASSKEY_REMOVE, principal, origin, passkey=str(passkey_id))

    async def _note(self, conn: Connection, deed: Deed, principal: Principal, origin: Origin, **detail: str) -> None:
        actor, thing = records.actor_of(principal), records.account(principal.staff_id)
        await append(conn, [records.record(deed, actor, thing, origin, detail=detail)])
