"""What the rest of the appliance asks of work orders: open one, and settle those of a case that has ended.

Works inside the caller's transaction and never commits.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from appliance.aftersales.work import records, rules, store
from appliance.aftersales.work.model import (
    APPLIANCE,
    Asked,
    Author,
    Because,
    Breach,
    Deed,
    Opening,
    Outcome,
    WorkNews,
    WorkOrder,
    WorkOrderKind,
    WorkState,
)
from appliance.aftersales.work.ports import Announcements, AuditTrail, News
from appliance.aftersales.work.terms import Terms
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import ApplianceError
from appliance.ids import ShopId, uuid7

TOLD_AT = frozenset({Deed.START, Deed.WAIT, Deed.RESOLVE})
"""What the customer hears of, where his kind of work order says so."""


class WorkOrders:
    def __init__(
        self, *, audit: AuditTrail, news: News, announcements: Announcements, clock: Clock, terms: Terms
    ) -> None:
        self._audit = audit
        self._news = news
        self._announcements = announcements
        self._clock = clock
        self.terms = terms

    async def open(
        self,
        conn: Connection,
        shop: ShopId,
        opening: Opening,
        *,
        author: Author = APPLIANCE,
        work_order_id: UUID | None = None,
    ) -> UUID:
        """A new work order, with its clocks, in the hands of whoever its team's rule chooses."""
        order = rules.opened(work_order_id or uuid7(), shop, opening, author, self._clock.now(), self.terms)
        await store.insert(conn, order)
        detail = {"kind": order.kind.value, "team": order.team.value, "priority": order.priority.value}
        await self._keep(conn, None, order, "open", author, detail)
        await self._announcements.opened(conn, order)
        await self.hand_out(conn, order)
        return order.work_order_id

    async def hand_out(self, conn: Connection, order: WorkOrder) -> WorkOrder:
        """To whoever the team's rule chooses; nobody: it waits for somebody who takes it."""
        await store.lock_team(conn, order.shop_id, order.team)
        members = await store.members(conn, order.shop_id, order.team)
        chosen = rules.choose(members, order, self.terms.teams[order.team])
        if chosen is None:
            return order
        asked = Asked(deed=Deed.ASSIGN, assignee=chosen.staff_id)
        values = {
            "shop": order.shop_id,
            "staff_id": chosen.staff_id,
            "team": order.team,
            "now": self._clock.now(),
        }
        await store.execute(conn, "took_turn", values)
        return await self.do(conn, order, asked, APPLIANCE)

    async def do(
        self,
        conn: Connection,
        before: WorkOrder,
        asked: Asked,
        author: Author,
        because: Because | None = None,
    ) -> WorkOrder:
        """One deed on a work order that the caller has locked."""
        after = rules.done(before, asked, self._clock.now(), self.terms)
        await store.save(conn, before, after)
        detail = store.changed_fields(
            before, after, ("state", "team", "priority", "assignee", "outcome", "merged_into", "escalation")
        )
        detail |= {"because": because.value} if because else {}
        await self._keep(conn, before, after, asked.deed, author, detail)
        if asked.deed in TOLD_AT and before.state is not after.state:
            await self._tell(conn, after)
        return after

    async def go_on(self, conn: Connection, order: WorkOrder, answered_at: datetime | None) -> bool:
        """What waited for its customer is work again, once he has answered or has had his time."""
        because = rules.goes_on_because(order, answered_at, self._clock.now(), self.terms)
        if because is None:
            return False
        await self.do(conn, order, Asked(deed=Deed.RESUME), APPLIANCE, because)
        return True

    async def warn(self, conn: Connection, before: WorkOrder) -> WorkOrder:
        """Its time is nearly over."""
        return await self._noted(conn, before, {"warned_at": self._clock.now()}, "warn", {})

    async def breach(self, conn: Connection, before: WorkOrder, late: Sequence[Breach]) -> WorkOrder:
        """Its time is over; noted once for each clock."""
        now = self._clock.now()
        changes = {"response_breached_at": now} if Breach.RESPONSE in late else {}
        changes |= {"breached_at": now} if Breach.RESOLUTION in late else {}
        return await self._noted(conn, before, changes, "breach", {"late": ",".join(late)})

    async def attached(self, conn: Connection, before: WorkOrder, evidence_id: UUID, author: Author) -> WorkOrder:
        """It is read with its pictures, so it is another version with one more."""
        return await self._noted(conn, before, {}, "attach", {"evidence_id": str(evidence_id)}, author)

    async def _noted(
        self,
        conn: Connection,
        before: WorkOrder,
        changes: dict[str, datetime],
        what: str,
        detail: dict[str, str],
        author: Author = APPLIANCE,
    ) -> WorkOrder:
        version, now = before.version + 1, self._clock.now()
        after = msgspec.structs.replace(before, **changes, version=version, updated_at=now)
        await store.save(conn, before, after)
        await self._keep(conn, before, after, what, author, detail)
        return after

    async def note(
        self, conn: Connection, shop: ShopId, work_order_id: UUID, what: str, detail: dict[str, str]
    ) -> bool:
        """What has become known about it, as a line of its history. False, with nothing noted, where it is over."""
        order = await store.lock(conn, shop, work_order_id)
        if order is None or order.state not in rules.OPEN:
            return False
        await self._noted(conn, order, {}, what, detail)
        return True

    async def settle(
        self, conn: Connection, shop: ShopId, case_id: UUID, kinds: Collection[WorkOrderKind] = rules.END_WITH_CASE
    ) -> int:
        """What the appliance itself waited for has come of the case. How many work orders that settled.

        What people asked for, a complaint, a threat and a difference in money go on: their end is a person's word.
        """
        ended = await store.own_of_case(conn, shop, case_id, kinds)
        for order in ended:
            resolved = await self.do(conn, order, Asked(deed=Deed.RESOLVE, outcome=Outcome.SETTLED), APPLIANCE)
            await self.do(conn, resolved, Asked(deed=Deed.CLOSE), APPLIANCE)
        return len(ended)

    async def _keep(
        self,
        conn: Connection,
        before: WorkOrder | None,
        after: WorkOrder,
        deed: str,
        author: Author,
        detail: dict[str, str],
    ) -> None:
        await store.note(conn, before, after, deed, author, self._clock.now(), detail)
        record = records.changed(after.shop_id, after.work_order_id, author, deed, detail)
        await self._audit.append(conn, [record])
        if after.assignee is not None and author.id != str(after.assignee):
            await store.tell_assignee(conn, after, after.assignee)

    async def _tell(self, conn: Connection, order: WorkOrder) -> None:
        """A conversation that is gone does not keep the work from being done."""
        is_settled = order.state is WorkState.RESOLVED and order.outcome is Outcome.SETTLED
        if order.conversation_id is None or is_settled or not self.terms.kinds[order.kind].tells_customer:
            return
        try:
            news = WorkNews(
                work_order_id=order.work_order_id, kind=order.kind, state=order.state, outcome=order.outcome
            )
            await self._news.tell(conn, order.shop_id, order.conversation_id, news)
        except ApplianceError as gone:
            if gone.retryable:
                raise
