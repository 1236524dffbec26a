"""What a person of the staff does about their own account: password, authenticator app, passkeys, sessions."""

from collections.abc import Sequence
from uuid import UUID

from appliance.identity.staff_deeds import Deeds, T, Work
from security.access import records
from security.access.model import Origin, Principal, Session
from security.access.once import Issued
from security.access.own import Asked
from security.access.passkeys import Assertion, Passkey
from security.access.records import Deed
from security.access.service import AccessControl
from security.access.set_up import Enrolment


class StaffAccount:
    def __init__(self, deeds: Deeds, access: AccessControl) -> None:
        self._deeds = deeds
        self._access = access
        self._own = access.own

    async def change_password(self, principal: Principal, current: str, new: str, origin: Origin) -> None:
        deed, passwords = Deed.PASSWORD_CHANGE, self._access.passwords
        asked = await self._ask(principal, current, origin, deed)
        actor, thing = records.actor_of(principal), records.account(principal.staff_id)
        async with self._deeds.noting(deed, actor, thing, origin):
            await self._own.check_new(passwords, asked, new)
        hashed = await passwords.hash(new)
        await self._do(deed, principal, origin, lambda conn: self._own.set_password(conn, principal, hashed, origin))

    async def begin_totp(self, principal: Principal, password: str, origin: Origin) -> tuple[Enrolment, Issued]:
        await self._ask(principal, password, origin, Deed.TOTP_BEGIN)
        return await self._do(
            Deed.TOTP_BEGIN, principal, origin, lambda conn: self._own.begin_totp(conn, principal, origin)
        )

    async def replace_totp(self, principal: Principal, token: str, code: str, origin: Origin) -> None:
        await self._do(
            Deed.TOTP_REPLACE,
            principal,
            origin,
            lambda conn: self._own.replace_totp(conn, principal, token, code, origin),
        )

    async def passkeys(self, principal: Principal) -> Sequence[Passkey]:
        return await self._deeds.look(lambda conn: self._access.passkeys.of(conn, principal.staff_id))

    async def begin_passkey(self, principal: Principal, password: str, origin: Origin) -> tuple[str, Issued]:
        """Options for the browser's own dialogue, as JSON, and the token to come back with."""
        await self._ask(principal, password, origin, Deed.PASSKEY_BEGIN)
        return await self._do(
            Deed.PASSKEY_BEGIN, principal, origin, lambda conn: self._own.begin_passkey(conn, principal, origin)
        )

    async def add_passkey(self, principal: Principal, token: str, answer: Assertion, origin: Origin) -> UUID:
        return await self._do(
            Deed.PASSKEY_ADD,
            principal,
            origin,
            lambda conn: self._own.add_passkey(conn, principal, token, answer, origin),
        )

    async def remove_passkey(self, principal: Principal, passkey_id: UUID, origin: Origin) -> None:
        await self._do(
            Deed.PASSKEY_REMOVE,
            principal,
            origin,
            lambda conn: self._own.remove_passkey(conn, principal, passkey_id, origin),
        )

    async def sessions(self, principal: Principal) -> Sequence[Session]:
        return await self._deeds.look(lambda conn: self._access.sessions.of(conn, principal.staff_id))

    async def end_session(self, principal: Principal, session_id: UUID, origin: Origin) -> None:
        await self._do(
            Deed.SESSION_REVOKE,
            principal,
            origin,
            lambda conn: self._access.sessions.revoke(conn, principal, session_id, origin),
        )

    async def _ask(self, principal: Principal, password: str, origin: Origin, deed: Deed) -> Asked:
        """A wrong password is recorded as a failure of what it was asked for."""
        asked = await self._deeds.look(lambda conn: self._own.ask(conn, principal, origin))
        is_right = await self._access.passwords.verify(asked.kept[0], password)
        await self._deeds.keep(
            lambda conn: self._own.answered(conn, principal, asked, origin, is_right=is_right, deed=deed)
        )
        return asked

    async def _do(self, deed: Deed, principal: Principal, origin: Origin, work: Work[T]) -> T:
        actor, thing = records.actor_of(principal), records.account(principal.staff_id)
        return await self._deeds.do(deed, actor, thing, origin, work)
