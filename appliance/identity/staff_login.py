"""How staff come in: first set-up, password, second factor, and the session at every request after."""

from typing import Final
from uuid import UUID

from appliance.db.restoration import is_reconciling
from appliance.identity.refusals import Refusals
from appliance.identity.staff_deeds import Deeds
from security.access import records
from security.access.errors import RightsTampered, SessionTampered
from security.access.login import Ticket
from security.access.model import Account, Origin, Principal
from security.access.passkeys import Assertion
from security.access.records import NOBODY, Deed
from security.access.service import AccessControl
from security.access.sessions import Opened
from security.access.set_up import Chosen, Enrolment
from security.audit.record import Target

_SET_UP: Final = Target(type="token", id="set_up")


class StaffLogin:
    def __init__(self, deeds: Deeds, access: AccessControl, refusals: Refusals) -> None:
        self._deeds = deeds
        self._refusals = refusals
        self._access = access

    async def password(self, login: str, password: str, origin: Origin) -> Ticket:
        """The first step. Two short transactions, with the slow comparison between them."""
        steps = self._access.login
        candidate = await self._deeds.keep(lambda conn: steps.begin(conn, login, origin))
        is_right = await steps.compare(candidate, password)
        return await self._deeds.keep(lambda conn: steps.go_on(conn, candidate, is_right=is_right))

    async def second_factor(self, ticket: str, proof: str | Assertion, origin: Origin) -> Opened:
        return await self._deeds.keep(lambda conn: self._access.login.finish(conn, ticket, proof, origin))

    async def resume(self, token: str, origin: Origin, *, is_use: bool = True) -> Principal:
        """Whose session it is, at every request."""
        try:
            return await self._deeds.look(lambda conn: self._access.sessions.resume(conn, token, is_use=is_use))
        except (SessionTampered, RightsTampered) as tampered:
            await self.deny(None, "session", tampered.code, origin)
            raise

    async def deny(self, principal: Principal | None, what: str, reason: str, origin: Origin) -> None:
        """Record that somebody asked for what they may not. ``what``: the permission that was needed."""
        actor = records.actor_of(principal) if principal else NOBODY
        await self._refusals.note(actor, what, reason, origin)

    async def log_out(self, principal: Principal, origin: Origin) -> None:
        await self._deeds.look(lambda conn: self._access.sessions.logout(conn, principal, origin))

    async def begin_set_up(self, token: str, origin: Origin) -> Enrolment:
        set_up = self._access.set_up
        return await self._deeds.do(
            Deed.SET_UP_BEGIN, NOBODY, _SET_UP, origin, lambda conn: set_up.begin(conn, token, origin)
        )

    async def finish_set_up(self, token: str, chosen: Chosen, origin: Origin) -> UUID:
        deed, set_up = Deed.SET_UP_FINISH, self._access.set_up
        prepared = await self._deeds.do(deed, NOBODY, _SET_UP, origin, lambda conn: set_up.prepare(conn, token, chosen))
        hashed = await self._access.passwords.hash(chosen.password)
        thing = records.account(prepared.token.staff_id)
        return await self._deeds.do(
            deed, NOBODY, thing, origin, lambda conn: set_up.finish(conn, prepared, hashed, origin)
        )

    async def is_reconciling(self) -> bool:
        return await self._deeds.look(is_reconciling)

    async def account(self, staff_id: UUID) -> Account:
        return await self._deeds.look(lambda conn: self._access.directory.get(conn, staff_id))
