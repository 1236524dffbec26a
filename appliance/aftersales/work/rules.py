"""What may follow what, as one table; what a deed changes; who is assigned. Pure: the clock is handed in."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar, assert_never
from uuid import UUID

import msgspec

from appliance.aftersales.work.model import (
    Asked,
    Author,
    Because,
    Breach,
    CannotMerge,
    Deed,
    Member,
    NotInThisState,
    Opening,
    Priority,
    WorkOrder,
    WorkOrderKind,
    WorkState,
)
from appliance.aftersales.work.terms import Assignment, Terms
from appliance.errors import InvalidInput
from appliance.ids import ShopId

T = TypeVar("T")
S = WorkState
OPEN: Final = frozenset({S.NEW, S.ASSIGNED, S.IN_PROGRESS, S.WAITING_CUSTOMER, S.REOPENED})
"""Somebody still has to do something."""
RUNNING: Final = OPEN - {S.WAITING_CUSTOMER}
"""The clock runs."""

END_WITH_CASE: Final = frozenset(
    {
        WorkOrderKind.UNKNOWN_OUTCOME,
        WorkOrderKind.ORDER_SYSTEM_DOWN,
        WorkOrderKind.CANNOT_SEND,
        WorkOrderKind.BY_HAND,
        WorkOrderKind.RETURN_OVERDUE,
        WorkOrderKind.GUIDE_UNSENT,
        WorkOrderKind.REFUND_DUE,
    }
)
"""What only asks what becomes of a case: nothing is left of it once the case has ended."""

TRANSITIONS: Final[Mapping[Deed, Mapping[WorkState, WorkState]]] = {
    Deed.ASSIGN: dict.fromkeys((S.NEW, S.ASSIGNED, S.REOPENED), S.ASSIGNED)
    | {S.IN_PROGRESS: S.IN_PROGRESS, S.WAITING_CUSTOMER: S.WAITING_CUSTOMER},
    Deed.TRANSFER: dict.fromkeys(OPEN, S.NEW),
    Deed.START: dict.fromkeys((S.NEW, S.ASSIGNED, S.REOPENED), S.IN_PROGRESS),
    Deed.WAIT: {S.IN_PROGRESS: S.WAITING_CUSTOMER},
    Deed.RESUME: {S.WAITING_CUSTOMER: S.IN_PROGRESS},
    Deed.RESOLVE: dict.fromkeys(OPEN, S.RESOLVED),
    Deed.CLOSE: {S.RESOLVED: S.CLOSED},
    Deed.REOPEN: dict.fromkeys((S.RESOLVED, S.CLOSED), S.REOPENED),
    Deed.CANCEL: dict.fromkeys(OPEN, S.CANCELLED),
    Deed.MERGE: dict.fromkeys(OPEN, S.MERGED),
    Deed.PRIORITISE: {state: state for state in OPEN},
    Deed.ESCALATE: {state: state for state in OPEN},
}
"""Every way from state to state. What does not stand here is refused."""

_LADDER: Final = tuple(Priority)


def deeds_in(state: WorkState) -> tuple[Deed, ...]:
    """What its state allows."""
    return tuple(deed for deed, ways in TRANSITIONS.items() if state in ways)


def next_state(state: WorkState, deed: Deed) -> WorkState:
    target = TRANSITIONS[deed].get(state)
    if target is None:
        raise NotInThisState(f"a work order that is {state} allows no {deed}")
    return target


def done(order: WorkOrder, asked: Asked, now: datetime, terms: Terms) -> WorkOrder:
    """The work order after the deed, one version on. NotInThisState or InvalidInput, and nothing changed."""
    target = next_state(order.state, asked.deed)
    order = _clocked(order, asked, target, now, terms)
    changes = {"state": target, "version": order.version + 1, "updated_at": now}
    return msgspec.structs.replace(order, **changes)


def _clocked(order: WorkOrder, asked: Asked, target: WorkState, now: datetime, terms: Terms) -> WorkOrder:
    """What the deed changes beside the state."""
    replace = msgspec.structs.replace
    if order.state is S.WAITING_CUSTOMER and target is not S.WAITING_CUSTOMER:
        order = _resumed(order, now, terms)
    match asked.deed:
        case Deed.ASSIGN:
            return replace(order, assignee=_given(asked.assignee, "assignee"))
        case Deed.TRANSFER:
            return replace(order, team=_given(asked.team, "team"), assignee=None)
        case Deed.START:
            assignee = _given(asked.assignee or order.assignee, "assignee")
            return replace(order, assignee=assignee, responded_at=order.responded_at or now)
        case Deed.WAIT:
            return replace(order, paused_at=now)
        case Deed.RESOLVE:
            outcome = _given(asked.outcome, "outcome")
            return replace(order, outcome=outcome, resolved_at=now, responded_at=order.responded_at or now)
        case Deed.CLOSE | Deed.CANCEL:
            return replace(order, closed_at=now)
        case Deed.MERGE:
            return replace(order, merged_into=_other(order, asked), closed_at=now)
        case Deed.REOPEN:
            return _reopened(order, now, terms)
        case Deed.PRIORITISE:
            return _prioritised(order, _given(asked.priority, "priority"), now, terms)
        case Deed.ESCALATE:
            return _escalated(order, terms)
        case Deed.RESUME:
            return order
        case _:
            assert_never(asked.deed)


def _resumed(order: WorkOrder, now: datetime, terms: Terms) -> WorkOrder:
    """The time that was left when it began to wait is left now."""
    waited = terms.hours.between(order.paused_at or now, now)
    waited_s = order.waited_s + math.ceil(waited.total_seconds())
    return _timed(msgspec.structs.replace(order, paused_at=None, waited_s=waited_s), terms)


def _prioritised(order: WorkOrder, priority: Priority, now: datetime, terms: Terms) -> WorkOrder:
    """What is given more time may be late again: what was noted against the old times counts no more."""
    timed = _timed(msgspec.structs.replace(order, priority=priority), terms)
    return msgspec.structs.replace(
        timed,
        warned_at=None if now < timed.warn_at else order.warned_at,
        breached_at=None if now < timed.due_at else order.breached_at,
        response_breached_at=None if now < timed.response_due_at else order.response_breached_at,
    )


def _reopened(order: WorkOrder, now: datetime, terms: Terms) -> WorkOrder:
    """A clock of its own: what was late before has been told, and may be late again."""
    fresh = msgspec.structs.replace(
        order,
        clock_since=now,
        waited_s=0,
        warned_at=None,
        breached_at=None,
        outcome=None,
        resolved_at=None,
        closed_at=None,
    )
    return _timed(fresh, terms)


def _escalated(order: WorkOrder, terms: Terms) -> WorkOrder:
    place = min(_LADDER.index(order.priority) + 1, len(_LADDER) - 1)
    raised = msgspec.structs.replace(order, priority=_LADDER[place], escalation=order.escalation + 1)
    return _timed(raised, terms)


def _timed(order: WorkOrder, terms: Terms) -> WorkOrder:
    times = terms.deadlines(order.priority, order.created_at, order.clock_since, timedelta(seconds=order.waited_s))
    return msgspec.structs.replace(
        order, response_due_at=times.response_due_at, due_at=times.due_at, warn_at=times.warn_at
    )


def _other(order: WorkOrder, asked: Asked) -> UUID:
    into = _given(asked.into, "into")
    if into == order.work_order_id:
        raise CannotMerge("a work order cannot be merged into itself")
    return into


def _given(value: T | None, name: str) -> T:
    if value is None:
        raise InvalidInput(f"this needs {name}")
    return value


def opened(
    work_order_id: UUID, shop: ShopId, opening: Opening, author: Author, now: datetime, terms: Terms
) -> WorkOrder:
    """A new work order; what its opener did not say comes from the terms of its kind."""
    of_kind = terms.kinds[opening.kind]
    priority = opening.priority or of_kind.priority
    times = terms.deadlines(priority, now, now)
    return WorkOrder(
        shop_id=shop,
        work_order_id=work_order_id,
        version=1,
        kind=opening.kind,
        state=S.NEW,
        priority=priority,
        team=opening.team or of_kind.team,
        skills=of_kind.skills if opening.skills is None else opening.skills,
        created_at=now,
        clock_since=now,
        response_due_at=times.response_due_at,
        due_at=times.due_at,
        warn_at=times.warn_at,
        summary=opening.summary,
        conversation_id=opening.conversation_id,
        case_id=opening.case_id,
        order_id=opening.order_id,
        opener_type=author.type,
        opener=author.id,
        updated_at=now,
    )


def breaches(order: WorkOrder, now: datetime) -> tuple[Breach, ...]:
    """What is late and was not noted yet. A work order that waits for its customer is not late."""
    if order.state not in RUNNING:
        return ()
    is_unanswered = order.responded_at is None and order.response_breached_at is None
    found = []
    if is_unanswered and now >= order.response_due_at:
        found.append(Breach.RESPONSE)
    if order.breached_at is None and now >= order.due_at:
        found.append(Breach.RESOLUTION)
    return tuple(found)


def goes_on_because(order: WorkOrder, answered_at: datetime | None, now: datetime, terms: Terms) -> Because | None:
    """None: it still waits for its customer. ``answered_at``: when he said or showed something last."""
    if order.state is not S.WAITING_CUSTOMER or order.paused_at is None:
        return None
    if answered_at is not None and answered_at > order.paused_at:
        return Because.ANSWERED
    is_over = now >= order.paused_at + timedelta(days=terms.answer_within_days)
    return Because.DEADLINE if is_over else None


def choose(members: Sequence[Member], order: WorkOrder, how: Assignment) -> Member | None:
    """Of its team, available and with every skill: the least loaded, then who has waited longest. Nobody: it waits."""
    if how is Assignment.FIRST_COME:
        return None
    able = [
        member
        for member in members
        if member.team is order.team and member.is_available and set(order.skills) <= set(member.skills)
    ]
    return min(able, key=_turn, default=None)


def _turn(member: Member) -> tuple[int, bool, str, UUID]:
    last = member.last_assigned_at
    return member.load, last is not None, last.isoformat() if last else "", member.staff_id
