"""The installation's own deeds: the first administrators, going live, what the machine's operator may do, and upkeep.

There are no default accounts and no default passwords: four one-time tokens, once.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from security.access import records, store
from security.access.approvals import approver_of
from security.access.directory import Directory
from security.access.effects import FEWEST_SEC_ADMINS, ChangeKind, Effects
from security.access.errors import ChangeRefused, NotConfirmed
from security.access.limits import Limits
from security.access.model import Origin, Principal, State
from security.access.once import Issued, Once, Purpose
from security.access.permissions import ADMINISTRATORS, Role
from security.access.records import MACHINE, Deed
from security.access.rights import fitting
from security.access.store import SQL, PhaseRow, UnconfirmedRow
from security.audit.append import append
from security.audit.record import Target
from security.clock import Clock
from security.sql import Connection

FIRST: Final = (Role.SYS_ADMIN, Role.AUDIT_ADMIN, Role.SEC_ADMIN, Role.SEC_ADMIN)
_MOST_NAMED: Final = 20
_INSTALLATION: Final = Target(type="installation", id="access")


class FirstToken(msgspec.Struct, frozen=True, kw_only=True):
    role: Role
    issued: Issued


class Installation:
    def __init__(self, directory: Directory, effects: Effects, once: Once, clock: Clock, limits: Limits) -> None:
        self._directory = directory
        self._effects = effects
        self._once = once
        self._clock = clock
        self._limits = limits

    async def bootstrap(self, conn: Connection, origin: Origin) -> list[FirstToken]:
        """The first four administrators' tokens. ChangeRefused if that has been done: it is done once."""
        if (await conn.execute(SQL["insert_phase"], {"now": self._clock.now()})).rowcount != 1:
            raise ChangeRefused("the first administrators have been made; a security administrator makes more accounts")
        made = []
        for role in FIRST:
            staff_id = await self._directory.create(
                conn, login=None, name=role.value, rights=fitting([role]), state=State.INVITED, by=None
            )
            made.append(FirstToken(role=role, issued=await self._once.issue(conn, Purpose.SET_UP, staff_id)))
        await append(conn, [records.record(Deed.BOOTSTRAP, MACHINE, _INSTALLATION, origin)])
        return made

    async def reissue(self, conn: Connection, origin: Origin) -> list[FirstToken]:
        """New tokens for those of the first four that nobody has used; the old ones are void. Not once it is live."""
        if await self._effects.is_live(conn):
            raise ChangeRefused("the installation is live; a security administrator resets accounts")
        cursor = await conn.execute(SQL["never_set_up"])
        made: list[FirstToken] = []
        for (staff_id,) in await cursor.fetchall():
            account = await self._directory.find(conn, staff_id, lock=True)
            issued = await self._once.issue(conn, Purpose.SET_UP, staff_id)
            made.extend(FirstToken(role=role, issued=issued) for role in account.rights.roles)
        if not made:
            raise ChangeRefused("none of the first administrators' tokens is unused")
        detail = {"reissued": str(len(made))}
        await append(conn, [records.record(Deed.BOOTSTRAP, MACHINE, _INSTALLATION, origin, detail=detail)])
        return made

    async def phase(self, conn: Connection) -> PhaseRow | None:
        return await store.select_phase(conn)

    async def unconfirmed(self, conn: Connection) -> set[UUID]:
        """The accounts about which one administrator did something alone that nobody else has confirmed."""
        return {row.staff_id for row in await store.select_unconfirmed(conn)}

    async def go_live(self, conn: Connection, principal: Principal, origin: Origin) -> None:
        """From now on every change needs two.

        ChangeRefused while an administrator is missing, or a second time; NotConfirmed while something stands that one
        administrator did alone.
        """
        await conn.execute(SQL["lock_accounts"])
        active = await store.count_active(conn)
        missing = [role.value for role in sorted(ADMINISTRATORS) if active[role] < _fewest(role)]
        if missing:
            raise ChangeRefused(f"not enough people have set up their accounts yet: {', '.join(missing)}")
        if waiting := await store.select_unconfirmed(conn):
            raise NotConfirmed(_waiting(waiting))
        values = {"now": self._clock.now(), "staff_id": principal.staff_id}
        if (await conn.execute(SQL["go_live"], values)).rowcount != 1:
            raise ChangeRefused("the installation is live already")
        await append(conn, [records.record(Deed.GO_LIVE, records.actor_of(principal), _INSTALLATION, origin)])

    async def by_machine(
        self, conn: Connection, kind: ChangeKind, staff_id: UUID, approval: str | None, origin: Origin
    ) -> Issued | None:
        """From the command line, with the approval that a security administrator has given for exactly this.

        Disabling needs none while the installation is not live; a reset always does.
        """
        is_live = await self._effects.is_live(conn)
        detail = {"kind": kind.value, "bootstrap": "false" if is_live else "true"}
        if approval is not None:
            detail["approved_by"] = str(await self._approver(conn, kind, staff_id, approval))
        elif is_live or kind is not ChangeKind.DISABLE:
            raise ChangeRefused("a security administrator's approval is needed: hand its token in")
        issued = await self._effects.apply(conn, kind, staff_id, None)
        thing = records.account(staff_id)
        await append(conn, [records.record(Deed.CHANGE_APPLY, MACHINE, thing, origin, detail=detail)])
        return issued

    async def keep_tidy(self, conn: Connection) -> list[UUID]:
        """Ends what nobody uses and forgets what has run out. Returns the accounts that were disabled."""
        now = self._clock.now()
        ended = await self._disable_unused(conn)
        values = {
            "now": now,
            "seen_after": now - self._limits.idle,
            "day_ago": now - timedelta(days=1),
            "week_ago": now - timedelta(days=7),
            "quarter_ago": now - timedelta(days=90),
        }
        for block in (
            "end_stale_sessions",
            "tidy_sessions",
            "tidy_tokens",
            "tidy_tickets",
            "tidy_attempts",
            "tidy_locks",
        ):
            await conn.execute(SQL[block], values)
        return ended

    async def _approver(self, conn: Connection, kind: ChangeKind, staff_id: UUID, approval: str) -> UUID:
        purpose = Purpose.DISABLE if kind is ChangeKind.DISABLE else Purpose.RESET_SECOND_FACTOR
        row = await self._once.find(conn, purpose, approval)
        if row.staff_id != staff_id:
            raise ChangeRefused("this approval is for another account")
        approver = await approver_of(conn, self._directory, row)
        await self._once.use(conn, row)
        return approver

    async def _disable_unused(self, conn: Connection) -> list[UUID]:
        """Never the last administrators of a kind."""
        cursor = await conn.execute(SQL["select_unused"], {"before": self._clock.now() - self._limits.unused})
        ended: list[UUID] = []
        for (staff_id,) in await cursor.fetchall():
            try:
                await self._effects.apply(conn, ChangeKind.DISABLE, staff_id, None)
            except ChangeRefused:
                continue
            thing = records.account(staff_id)
            await append(conn, [records.record(Deed.ACCOUNT_DISABLE_UNUSED, MACHINE, thing, Origin(), reason="unused")])
            ended.append(staff_id)
        return ended


def _fewest(role: Role) -> int:
    return FEWEST_SEC_ADMINS if role is Role.SEC_ADMIN else 1


def _waiting(rows: Sequence[UnconfirmedRow]) -> str:
    named = ", ".join(str(row.change_id) for row in rows[:_MOST_NAMED])
    more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
    return (
        f"one administrator alone made these {len(rows)} changes of accounts: {named}{more}. Another security or audit "
        "administrator confirms each one, or the account is disabled and made again once the installation is live"
    )
