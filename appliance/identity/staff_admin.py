"""What administrators do about accounts: propose, agree, end sessions, approve for the machine, go live."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from appliance.db import Connection
from appliance.errors import NotFound
from appliance.identity import store
from appliance.identity.staff_deeds import Deeds, T, Work
from appliance.ids import ShopId
from security.access import records
from security.access.changes import Change, Result
from security.access.effects import ChangeKind
from security.access.labels import Label
from security.access.model import Account, Origin, Principal, Session
from security.access.once import Issued, Purpose
from security.access.permissions import Role
from security.access.records import Deed
from security.access.rights import fitting
from security.access.service import AccessControl
from security.access.store import PhaseRow
from security.audit.record import Target

_NEW: Final = Target(type="staff", id="new")
_INSTALLATION: Final = Target(type="installation", id="access")


class StaffAdmin:
    def __init__(self, deeds: Deeds, access: AccessControl) -> None:
        self._deeds = deeds
        self._access = access
        self._changes = access.changes

    async def accounts(self) -> Sequence[Account]:
        return await self._deeds.look(self._access.directory.list)

    async def account(self, staff_id: UUID) -> Account:
        return await self._deeds.look(lambda conn: self._access.directory.get(conn, staff_id))

    async def create(
        self,
        principal: Principal,
        login: str,
        name: str,
        roles: Iterable[Role],
        shops: Iterable[str],
        label: Label | None,
        origin: Origin,
    ) -> Result:
        async def work(conn: Connection) -> Result:
            rights = fitting(roles, shops, label)
            return await self._changes.create(conn, principal, login, name, rights, origin)

        return await self._do(Deed.CHANGE_PROPOSE, principal, _NEW, origin, work)

    async def request(
        self, principal: Principal, login: str, name: str, role: Role, shop: str, origin: Origin
    ) -> Result:
        """An account of the business for one shop; a security administrator agrees to it or not."""

        async def work(conn: Connection) -> Result:
            if await store.select_shop(conn, ShopId(shop)) is None:
                raise NotFound("no such shop")
            rights = fitting((role,), (shop,))
            return await self._changes.request(conn, principal, login, name, rights, origin)

        return await self._do(Deed.CHANGE_PROPOSE, principal, _NEW, origin, work)

    async def set_rights(
        self,
        principal: Principal,
        staff_id: UUID,
        roles: Iterable[Role],
        shops: Iterable[str],
        label: Label | None,
        origin: Origin,
    ) -> Result:
        async def work(conn: Connection) -> Result:
            rights = fitting(roles, shops, label)
            return await self._changes.propose(conn, principal, ChangeKind.SET_RIGHTS, staff_id, rights, origin)

        return await self._do(Deed.CHANGE_PROPOSE, principal, records.account(staff_id), origin, work)

    async def end(self, principal: Principal, kind: ChangeKind, staff_id: UUID, origin: Origin) -> Result:
        """DISABLE or RESET."""
        return await self._do(
            Deed.CHANGE_PROPOSE,
            principal,
            records.account(staff_id),
            origin,
            lambda conn: self._changes.propose(conn, principal, kind, staff_id, None, origin),
        )

    async def changes(self) -> Sequence[Change]:
        return await self._deeds.look(self._changes.list)

    async def approve(self, principal: Principal, change_id: UUID, origin: Origin) -> Result:
        return await self._do(
            Deed.CHANGE_APPLY,
            principal,
            _change(change_id),
            origin,
            lambda conn: self._changes.approve(conn, principal, change_id, origin),
        )

    async def refuse(self, principal: Principal, change_id: UUID, origin: Origin) -> Result:
        return await self._do(
            Deed.CHANGE_REFUSE,
            principal,
            _change(change_id),
            origin,
            lambda conn: self._changes.refuse(conn, principal, change_id, origin),
        )

    async def confirm(self, principal: Principal, change_id: UUID, origin: Origin) -> None:
        await self._do(
            Deed.CHANGE_CONFIRM,
            principal,
            _change(change_id),
            origin,
            lambda conn: self._changes.confirm(conn, principal, change_id, origin),
        )

    async def issue_approval(self, principal: Principal, purpose: Purpose, staff_id: UUID, origin: Origin) -> Issued:
        return await self._do(
            Deed.APPROVAL_ISSUE,
            principal,
            records.account(staff_id),
            origin,
            lambda conn: self._changes.issue_approval(conn, principal, purpose, staff_id, origin),
        )

    async def end_sessions(self, principal: Principal, staff_id: UUID, origin: Origin) -> int:
        return await self._do(
            Deed.SESSION_REVOKE,
            principal,
            records.account(staff_id),
            origin,
            lambda conn: self._access.sessions.revoke_all(conn, principal, staff_id, origin),
        )

    async def sessions(self) -> Sequence[Session]:
        """Everybody's."""
        return await self._deeds.look(self._access.sessions.all)

    async def end_session(self, principal: Principal, staff_id: UUID, session_id: UUID, origin: Origin) -> None:
        await self._do(
            Deed.SESSION_REVOKE,
            principal,
            records.account(staff_id),
            origin,
            lambda conn: self._access.sessions.revoke(conn, principal, session_id, origin, whose=staff_id),
        )

    async def phase(self) -> PhaseRow | None:
        return await self._deeds.look(self._access.installation.phase)

    async def go_live(self, principal: Principal, origin: Origin) -> None:
        await self._do(
            Deed.GO_LIVE,
            principal,
            _INSTALLATION,
            origin,
            lambda conn: self._access.installation.go_live(conn, principal, origin),
        )

    async def _do(self, deed: Deed, principal: Principal, thing: Target, origin: Origin, work: Work[T]) -> T:
        return await self._deeds.do(deed, records.actor_of(principal), thing, origin, work)


def _change(change_id: UUID) -> Target:
    return Target(type="change", id=str(change_id))
