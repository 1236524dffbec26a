"""Changes of accounts and rights: proposed by one security administrator, agreed to by another.

Accounts of the business may be asked for by a system administrator too, who agrees to none.

Until the installation is live one may act alone; every such deed is marked ``bootstrap``, and somebody else confirms it
before it goes live. Nobody decides about themselves, and the last administrators of a kind cannot be taken away.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from security.access import records, store
from security.access.directory import Directory
from security.access.effects import ChangeKind, Effects
from security.access.errors import ChangeRefused, NotThere
from security.access.model import Origin, Principal, Rights, State, login_from, name_from
from security.access.once import Issued, Once, Purpose
from security.access.permissions import ADMINISTRATORS
from security.access.records import Deed
from security.access.store import SQL
from security.audit.append import append
from security.clock import Clock
from security.sql import Connection

_MOST_LISTED: Final = 200


class Decision(StrEnum):
    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    change_id: UUID
    kind: ChangeKind
    staff_id: UUID
    rights: Rights | None
    proposed_by: UUID
    proposed_at: datetime
    state: Decision
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    confirmed_by: UUID | None = None
    is_unconfirmed: bool = False
    """Done by one alone before the installation was live, and still waiting for somebody else to look at it."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """``set_up`` is there if somebody now has to be handed a one-time token."""

    change_id: UUID
    staff_id: UUID
    state: Decision
    set_up: Issued | None = None


class Changes:
    def __init__(
        self, directory: Directory, effects: Effects, once: Once, clock: Clock, new_id: Callable[[], UUID]
    ) -> None:
        self._directory = directory
        self._effects = effects
        self._once = once
        self._clock = clock
        self._new_id = new_id

    async def create(
        self, conn: Connection, principal: Principal, login: str, name: str, rights: Rights, origin: Origin
    ) -> Result:
        login, name = login_from(login), name_from(name)
        staff_id = await self._directory.create(
            conn, login=login, name=name, rights=rights, state=State.PROPOSED, by=principal.staff_id
        )
        return await self._enter(conn, principal, ChangeKind.CREATE, staff_id, rights, origin)

    async def request(
        self, conn: Connection, principal: Principal, login: str, name: str, rights: Rights, origin: Origin
    ) -> Result:
        """By who may not agree to it: it waits for a security administrator, also before going live.

        Administrators are not asked for in this way.
        """
        if rights.roles & ADMINISTRATORS:
            raise ChangeRefused("administrators are proposed by a security administrator")
        login, name = login_from(login), name_from(name)
        staff_id = await self._directory.create(
            conn, login=login, name=name, rights=rights, state=State.PROPOSED, by=principal.staff_id
        )
        return await self._enter(conn, principal, ChangeKind.CREATE, staff_id, rights, origin, may_act=False)

    async def propose(
        self,
        conn: Connection,
        principal: Principal,
        kind: ChangeKind,
        staff_id: UUID,
        rights: Rights | None,
        origin: Origin,
    ) -> Result:
        """``rights`` with SET_RIGHTS only."""
        account = await self._effects.account(conn, staff_id)
        if staff_id == principal.staff_id:
            raise ChangeRefused("nobody changes their own account's rights")
        if account.state == State.PROPOSED:
            raise ChangeRefused("this account itself is still to be agreed to")
        return await self._enter(conn, principal, kind, staff_id, rights, origin)

    async def approve(self, conn: Connection, principal: Principal, change_id: UUID, origin: Origin) -> Result:
        change = await self._open(conn, change_id)
        if principal.staff_id in (change.proposed_by, change.staff_id):
            raise ChangeRefused("somebody else has to agree: neither who proposed it, nor whom it is about")
        await self._decide(conn, change, Decision.APPLIED, principal.staff_id)
        issued = await self._effects.apply(conn, change.kind, change.staff_id, change.rights)
        await self._note(conn, Deed.CHANGE_APPLY, principal, change, origin)
        return Result(change_id=change_id, staff_id=change.staff_id, state=Decision.APPLIED, set_up=issued)

    async def refuse(self, conn: Connection, principal: Principal, change_id: UUID, origin: Origin) -> Result:
        """By anybody who could have agreed, or by who proposed it."""
        change = await self._open(conn, change_id)
        await self._decide(conn, change, Decision.REFUSED, principal.staff_id)
        if change.kind is ChangeKind.CREATE:
            await self._effects.drop(conn, change.staff_id)
        await self._note(conn, Deed.CHANGE_REFUSE, principal, change, origin)
        return Result(change_id=change_id, staff_id=change.staff_id, state=Decision.REFUSED)

    async def confirm(self, conn: Connection, principal: Principal, change_id: UUID, origin: Origin) -> None:
        """That what one did alone before going live is right.

        Not by who did it, by whom it is about, nor by somebody whose own account still waits for it.
        """
        await conn.execute(SQL["lock_accounts"])
        change = await self._locked(conn, change_id)
        if not change.is_unconfirmed:
            raise ChangeRefused("there is nothing to confirm about this change")
        if principal.staff_id in (change.proposed_by, change.staff_id):
            raise ChangeRefused("somebody else has to confirm it: neither who did it, nor whom it is about")
        if principal.staff_id in {row.staff_id for row in await store.select_unconfirmed(conn)}:
            raise ChangeRefused("what was done about your own account has to be confirmed first, by somebody else")
        values = {"change_id": change_id, "staff_id": principal.staff_id, "now": self._clock.now()}
        await conn.execute(SQL["confirm_change"], values)
        await self._note(conn, Deed.CHANGE_CONFIRM, principal, change, origin)

    async def list(self, conn: Connection) -> list[Change]:
        """The newest first."""
        cursor = conn.cursor(row_factory=dict_row)
        rows = await (await cursor.execute(SQL["select_changes"], {"limit": _MOST_LISTED})).fetchall()
        return [msgspec.convert(row, Change) for row in rows]

    async def issue_approval(
        self, conn: Connection, principal: Principal, purpose: Purpose, staff_id: UUID, origin: Origin
    ) -> Issued:
        """Approval of one deed about one account, to be carried to the machine itself."""
        if staff_id == principal.staff_id:
            raise ChangeRefused("somebody else has to approve what is done about you")
        await self._directory.get(conn, staff_id)
        issued = await self._once.issue(conn, purpose, staff_id, by=principal.staff_id)
        actor, thing = records.actor_of(principal), records.account(staff_id)
        detail = {"purpose": purpose.value}
        await append(conn, [records.record(Deed.APPROVAL_ISSUE, actor, thing, origin, detail=detail)])
        return issued

    async def _enter(
        self,
        conn: Connection,
        principal: Principal,
        kind: ChangeKind,
        staff_id: UUID,
        rights: Rights | None,
        origin: Origin,
        *,
        may_act: bool = True,
    ) -> Result:
        """``may_act``: who proposes it may do it alone until the installation is live."""
        await conn.execute(SQL["lock_accounts"])  # so that it does not go live between this look and the deed
        now, waits = self._clock.now(), not may_act or await self._effects.is_live(conn)
        change = Change(
            change_id=self._new_id(),
            kind=kind,
            staff_id=staff_id,
            rights=rights,
            proposed_by=principal.staff_id,
            proposed_at=now,
            state=Decision.PROPOSED if waits else Decision.APPLIED,
            decided_by=None if waits else principal.staff_id,
            decided_at=None if waits else now,
        )
        await self._insert(conn, change, in_bootstrap=not waits)
        issued = None if waits else await self._effects.apply(conn, kind, staff_id, rights)
        deed, more = (Deed.CHANGE_PROPOSE, {}) if waits else (Deed.CHANGE_APPLY, {"bootstrap": "true"})
        await self._note(conn, deed, principal, change, origin, **more)
        return Result(change_id=change.change_id, staff_id=staff_id, state=change.state, set_up=issued)

    async def _open(self, conn: Connection, change_id: UUID) -> Change:
        change = await self._locked(conn, change_id)
        if change.state is not Decision.PROPOSED:
            raise ChangeRefused("this change is decided already")
        return change

    async def _locked(self, conn: Connection, change_id: UUID) -> Change:
        cursor = conn.cursor(row_factory=dict_row)
        row = await (await cursor.execute(SQL["select_change"], {"change_id": change_id})).fetchone()
        if row is None:
            raise NotThere("no such change")
        return msgspec.convert(row, Change)

    async def _insert(self, conn: Connection, change: Change, *, in_bootstrap: bool) -> None:
        values: dict[str, Any] = msgspec.structs.asdict(change)
        values |= {"rights": Jsonb(msgspec.to_builtins(change.rights)), "now": change.proposed_at}
        await conn.execute(SQL["insert_change"], {**values, "in_bootstrap": in_bootstrap})

    async def _decide(self, conn: Connection, change: Change, state: Decision, by: UUID) -> None:
        values = {"change_id": change.change_id, "state": state, "decided_by": by, "now": self._clock.now()}
        await conn.execute(SQL["decide_change"], values)

    async def _note(
        self, conn: Connection, deed: Deed, principal: Principal, change: Change, origin: Origin, **more: str
    ) -> None:
        detail = {"change": str(change.change_id), "kind": change.kind.value, **_in_words(change.rights), **more}
        thing = records.account(change.staff_id)
        await append(conn, [records.record(deed, records.actor_of(principal), thing, origin, detail=detail)])


def _in_words(rights: Rights | None) -> dict[str, str]:
    if rights is None:
        return {}
    label = rights.label
    return {
        "roles": " ".join(sorted(rights.roles)),
        "shops": " ".join(sorted(rights.shops)),
        "label": " ".join([label.level.value, *sorted(label.categories)]),
    }
