"""One leased operation, carried as far as it goes: sealed intent, mark, call, end. Each step is a commit to go on from.

It never sends before the intent is sealed, and never sends again what may be written already unless the order system
does a repeat under the same key once. It leaves no call without an answer, a look for it, or a person. After a restore
it looks for what was written and sends nothing, until people have ended that.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from appliance.aftersales.cases import rules, settlement, store
from appliance.aftersales.cases.course import CameTo, Course, Stage, Watch, unwatched
from appliance.aftersales.cases.model import Claimed, Notice, NoticeKind, OperationState
from appliance.aftersales.cases.port import AuditTrail, Delivery, Disclosure, Guides, OrderSystems, Transactions
from appliance.aftersales.cases.settlement import LeaseLost, Settlements
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Record
from appliance.aftersales.orders.port import CannotFind, CannotWrite, OrderSystem, OrderSystemRefused, OutcomeUnknown
from appliance.aftersales.work.model import WorkOrderKind
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db.restoration import REFUSED_AFTER_RESTORE, is_reconciling
from appliance.errors import ApplianceError, NotFound, OrderSystemUnavailable, Reconciling
from security.errors import AuditUnavailable

_log = logging.getLogger(__name__)

DELAY_TOLD_AT = 2
"""The customer is told of a delay when an operation is put off for the third time, some seconds after the yes."""


class Limits(Record, frozen=True):
    """How patient the executor is. Seconds of the system clock."""

    call_s: float = 20.0
    """A call without an answer after this has an unknown outcome."""
    lease_s: float = 10.0
    """What a worker holds is taken up so long after its last sign of life; a living one prolongs its leases."""
    first_pause_s: float = 0.3
    longest_pause_s: float = 15.0
    not_sent_for_s: float = 60.0
    """What surely is not written after this is kept as a work order."""
    unknown_for_s: float = 300.0
    """What may be written and is not found after this is handed to a person."""
    fresh_for_s: float = 10.0
    """An older operation is looked for before it is sent: a restored database has forgotten that it was."""


class Execution:
    def __init__(
        self,
        *,
        db: Transactions,
        systems: OrderSystems,
        audit: AuditTrail,
        delivery: Delivery,
        disclosure: Disclosure,
        clock: Clock,
        limits: Limits,
        work: WorkOrders,
        guides: Guides | None = None,
        watch: Watch = unwatched,
    ) -> None:
        self._db = db
        self._watch = watch
        self._systems = systems
        self._audit = audit
        self._delivery = delivery
        self._disclosure = disclosure
        self._clock = clock
        self._limits = limits
        self._settlements = Settlements(
            db=db, audit=audit, delivery=delivery, disclosure=disclosure, clock=clock, work=work, guides=guides
        )

    async def carry_on(self, claimed: Claimed) -> datetime | None:
        """When it is due again; None: it has ended, or is somebody else's."""
        course, came_to = Course(), CameTo.LEFT
        try:
            due_at = await self._steered(claimed, course)
            came_to = CameTo.ENDED if due_at is None else CameTo.PUT_OFF
            return due_at
        except LeaseLost:
            came_to = CameTo.LEASE_LOST
            _log.info("operation.lease_lost", extra={"operation_id": claimed.operation_id})
            return None
        finally:
            self._watch(course.carried(claimed.request.kind, claimed.attempts, came_to))

    async def _steered(self, claimed: Claimed, course: Course) -> datetime | None:
        """LeaseLost where it is somebody else's."""
        try:
            return await self._carry_on(claimed, course)
        except LeaseLost:
            raise
        except AuditUnavailable:
            _log.warning("operation.intent_unsealed", extra={"operation_id": claimed.operation_id})
            return await self._put_off(claimed, claimed.state)
        except Exception:
            _log.exception("operation.put_off", extra={"operation_id": claimed.operation_id})
            return await self._put_off(claimed, None)

    async def _carry_on(self, claimed: Claimed, course: Course) -> datetime | None:
        system = self._systems.of(claimed.shop_id)
        with course.during(Stage.SEAL):
            await self._audit.wait_sealed([claimed.intent])
        if self._must_look(claimed):
            try:
                found = await self._find(system, claimed, course)
            except CannotFind:
                if claimed.state is OperationState.UNKNOWN or not self._is_fresh(claimed):
                    return await self._put_off(claimed, claimed.state)
                found = None
            except OrderSystemUnavailable:
                return await self._put_off(claimed, claimed.state)
            if found is not None:
                await self._succeed(claimed, found, {}, course)
                return None
            if claimed.state is OperationState.UNKNOWN and not self._may_repeat(claimed):
                return await self._put_off(claimed, OperationState.UNKNOWN)
        if self._systems.is_by_hand(claimed.shop_id, claimed.request.kind):
            # Before anything personal is made clear for a write that nobody sends.
            await self._settlements.end(claimed, settlement.by_hand(claimed.state))
            return None
        return await self._send(system, claimed, course)

    def _must_look(self, claimed: Claimed) -> bool:
        return claimed.state is OperationState.UNKNOWN or claimed.attempts > 0 or not self._is_fresh(claimed)

    def _is_fresh(self, claimed: Claimed) -> bool:
        return self._clock.now() - claimed.tried_since < timedelta(seconds=self._limits.fresh_for_s)

    def _may_repeat(self, claimed: Claimed) -> bool:
        return self._systems.repeats_safely(claimed.shop_id, claimed.request.kind)

    async def _find(self, system: OrderSystem, claimed: Claimed, course: Course) -> CaseReceipt | None:
        try:
            with course.during(Stage.FIND):
                async with asyncio.timeout(self._limits.call_s):
                    return await system.find_operation(claimed.operation_id)
        except TimeoutError as late:
            raise OrderSystemUnavailable("the order system does not say what became of a write") from late

    async def _send(self, system: OrderSystem, claimed: Claimed, course: Course) -> datetime | None:
        try:
            revealed = await self._mark_sent(claimed)
        except Reconciling:
            _log.warning("operation.waits_after_restore", extra={"operation_id": claimed.operation_id})
            return await self._put_off(claimed, claimed.state)
        except NotFound:
            await self._settlements.end(claimed, settlement.handed_over(claimed.state, WorkOrderKind.CANNOT_SEND))
            return None
        request: CaseRequest = msgspec.structs.replace(claimed.request, **revealed)
        try:
            with course.during(Stage.WRITE):
                async with asyncio.timeout(self._limits.call_s):
                    receipt = await system.execute(request)
        except CannotWrite:
            await self._leave_to_people(claimed)
            return None
        except OrderSystemRefused as no:
            return await self._refuse(system, claimed, no, revealed, course)
        except (OutcomeUnknown, TimeoutError):
            return await self._put_off(claimed, OperationState.UNKNOWN)
        except OrderSystemUnavailable:
            # This call wrote nothing; whether an earlier one did is as it was.
            return await self._put_off(claimed, claimed.state)
        await self._succeed(claimed, receipt, revealed, course)
        return None

    async def _mark_sent(self, claimed: Claimed) -> Mapping[str, str]:
        """From here on it may be written. The fields of the request that had to be made clear."""
        async with self._db.transaction(claimed.shop_id) as conn:
            if await is_reconciling(conn):
                raise Reconciling(REFUSED_AFTER_RESTORE)
            if not await store.mark_sent(conn, claimed, self._clock.now()):
                raise LeaseLost
            references = rules.references(claimed.request)
            if not references:
                return {}
            return await self._disclosure.reveal(
                conn, claimed.shop_id, claimed.conversation_id, claimed.operation_id, references
            )

    async def _succeed(
        self, claimed: Claimed, receipt: CaseReceipt, revealed: Mapping[str, str], course: Course
    ) -> None:
        kept = self._settlements.masked(receipt, _by_reference(claimed, revealed))
        with course.during(Stage.END):
            await self._settlements.end(claimed, settlement.succeeded(claimed, kept))

    async def _leave_to_people(self, claimed: Claimed) -> None:
        """An adapter says only now that it has no such write: it stands again where it stood, and ends from there."""
        async with self._db.transaction(claimed.shop_id) as conn:
            if await store.put_off(conn, claimed, claimed.state, self._clock.now()) is None:
                raise LeaseLost
        await self._settlements.end(claimed, settlement.by_hand(claimed.state))

    async def _refuse(
        self,
        system: OrderSystem,
        claimed: Claimed,
        no: OrderSystemRefused,
        revealed: Mapping[str, str],
        course: Course,
    ) -> datetime | None:
        if claimed.state is OperationState.UNKNOWN:
            # Perhaps refused because the first sending was written after all.
            try:
                found = await self._find(system, claimed, course)
            except OrderSystemUnavailable:
                return await self._put_off(claimed, OperationState.UNKNOWN)
            if found is not None:
                await self._succeed(claimed, found, revealed, course)
                return None
        reason = self._settlements.masked_words(no.reason, _by_reference(claimed, revealed))
        await self._settlements.end(claimed, settlement.refused(reason, is_by_staff=claimed.is_by_staff))
        return None

    async def _put_off(self, claimed: Claimed, state: OperationState | None) -> datetime | None:
        """Try again later, or hand over after long enough. ``None``: what is being sent has become unknown.

        After a restore everything waits, however old it is.
        """
        now = self._clock.now()
        due_at = now + rules.back_off(
            claimed.attempts,
            timedelta(seconds=self._limits.first_pause_s),
            timedelta(seconds=self._limits.longest_pause_s),
        )
        async with self._db.transaction(claimed.shop_id) as conn:
            waits = await is_reconciling(conn)
            stands = await store.put_off(conn, claimed, state, due_at)
        if stands is None:
            raise LeaseLost
        if not waits and self._is_over(claimed, stands, now):
            await self._settlements.end(claimed, settlement.handed_over(stands))
            return None
        if claimed.attempts == DELAY_TOLD_AT and not claimed.is_by_staff:
            await self._tell_delay(claimed)
        return due_at

    def _is_over(self, claimed: Claimed, state: OperationState, now: datetime) -> bool:
        limits = self._limits
        patience_s = limits.not_sent_for_s if state is OperationState.ACCEPTED else limits.unknown_for_s
        return now - claimed.tried_since >= timedelta(seconds=patience_s)

    async def _tell_delay(self, claimed: Claimed) -> None:
        notice = Notice(
            kind=NoticeKind.DELAYED,
            flow=claimed.flow,
            case_kind=claimed.request.kind,
            order_id=claimed.request.order_id,
            case_id=claimed.case_id,
            operation_id=claimed.operation_id,
            quote_hash=claimed.quote_hash,
        )
        try:
            async with self._db.transaction(claimed.shop_id) as conn:
                await self._delivery.deliver(conn, claimed.shop_id, claimed.conversation_id, notice)
        except ApplianceError:
            _log.warning("operation.delay_untold", extra={"operation_id": claimed.operation_id})


def _by_reference(claimed: Claimed, revealed: Mapping[str, str]) -> dict[str, str]:
    references = rules.references(claimed.request)
    return {references[field]: clear for field, clear in revealed.items()}
