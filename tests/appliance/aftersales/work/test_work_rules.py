"""States of a work order: every pair by table, every walk by property; clocks that stop and go on; who is assigned."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from appliance.aftersales.work import rules
from appliance.aftersales.work.model import (
    APPLIANCE,
    Asked,
    Breach,
    CannotMerge,
    Deed,
    Member,
    NotInThisState,
    Opening,
    Outcome,
    Priority,
    Team,
    WorkOrder,
    WorkOrderKind,
    WorkState,
)
from appliance.aftersales.work.terms import Assignment, shipped_terms
from appliance.errors import InvalidInput
from appliance.ids import ShopId

TERMS = shipped_terms()
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""
SOMEBODY, OTHER = uuid4(), uuid4()
NEEDS: dict[Deed, dict[str, Any]] = {
    Deed.ASSIGN: {"assignee": SOMEBODY},
    Deed.START: {"assignee": SOMEBODY},
    Deed.TRANSFER: {"team": Team.LEGAL},
    Deed.RESOLVE: {"outcome": Outcome.DONE},
    Deed.PRIORITISE: {"priority": Priority.LOW},
    Deed.MERGE: {"into": OTHER},
}


def opened(kind: WorkOrderKind = WorkOrderKind.COMPLAINT, at: datetime = MONDAY) -> WorkOrder:
    return rules.opened(uuid4(), ShopId("shop-1"), Opening(kind=kind), APPLIANCE, at, TERMS)


def asked(deed: Deed) -> Asked:
    return Asked(deed=deed, **NEEDS.get(deed, {}))


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("state", WorkState)
def test_every_pair_of_state_and_deed_goes_as_the_table_says(state: WorkState, deed: Deed) -> None:
    target = rules.TRANSITIONS[deed].get(state)
    if target is None:
        with pytest.raises(NotInThisState):
            rules.next_state(state, deed)
    else:
        assert rules.next_state(state, deed) is target


def test_what_is_over_stays_so_unless_it_is_reopened() -> None:
    ways_out = {deed for deed, moves in rules.TRANSITIONS.items() for state in moves if state not in rules.OPEN}
    assert ways_out == {Deed.CLOSE, Deed.REOPEN}


@pytest.mark.parametrize("deed", NEEDS)
def test_a_deed_without_what_it_needs_is_refused(deed: Deed) -> None:
    with pytest.raises(InvalidInput):
        rules.done(opened(), Asked(deed=deed), MONDAY, TERMS)


def test_a_work_order_is_not_merged_into_itself() -> None:
    order = opened()
    with pytest.raises(CannotMerge):
        rules.done(order, Asked(deed=Deed.MERGE, into=order.work_order_id), MONDAY, TERMS)


def test_the_clock_stands_still_while_the_customer_is_waited_for() -> None:
    order = rules.done(opened(), asked(Deed.START), MONDAY + timedelta(hours=1), TERMS)
    left = TERMS.hours.between(MONDAY + timedelta(hours=2), order.due_at)
    waiting = rules.done(order, Asked(deed=Deed.WAIT), MONDAY + timedelta(hours=2), TERMS)
    assert rules.breaches(waiting, order.due_at + timedelta(days=9)) == ()
    again = MONDAY + timedelta(days=9)
    resumed = rules.done(waiting, Asked(deed=Deed.RESUME), again, TERMS)
    assert TERMS.hours.between(again, resumed.due_at) == left


def test_each_clock_is_late_once() -> None:
    order = opened()
    assert rules.breaches(order, order.response_due_at - timedelta(seconds=1)) == ()
    assert rules.breaches(order, order.response_due_at) == (Breach.RESPONSE,)
    assert rules.breaches(order, order.due_at) == (Breach.RESPONSE, Breach.RESOLUTION)


def test_what_is_given_more_time_is_late_again_when_that_is_over() -> None:
    order = opened()
    order = msgspec.structs.replace(
        order, warned_at=order.warn_at, breached_at=order.due_at, response_breached_at=order.response_due_at
    )
    later = rules.done(order, Asked(deed=Deed.PRIORITISE, priority=Priority.LOW), order.due_at, TERMS)
    assert later.due_at > order.due_at
    assert later.warned_at is None
    assert Breach.RESOLUTION not in rules.breaches(later, later.due_at - timedelta(seconds=1))
    assert Breach.RESOLUTION in rules.breaches(later, later.due_at)


def test_what_is_late_by_its_new_time_too_is_not_told_twice() -> None:
    order = opened()
    late = msgspec.structs.replace(order, breached_at=order.due_at, response_breached_at=order.response_due_at)
    sooner = rules.done(late, Asked(deed=Deed.PRIORITISE, priority=Priority.URGENT), order.due_at, TERMS)
    assert sooner.due_at < order.due_at
    assert rules.breaches(sooner, order.due_at) == ()


def member(**more: Any) -> Member:
    return Member(**{"staff_id": uuid4(), "team": Team.AFTER_SALES, "skills": ("complaint",), **more})


@pytest.mark.parametrize(
    ("members", "chosen"),
    [
        ([], None),
        ([member(skills=())], None),
        ([member(is_available=False)], None),
        ([member(team=Team.LEGAL)], None),
        ([member(load=3), member(load=1), member(load=2)], 1),
        ([member(last_assigned_at=MONDAY), member(last_assigned_at=MONDAY - timedelta(days=1))], 1),
        ([member(last_assigned_at=MONDAY), member()], 1),
    ],
)
def test_the_least_loaded_who_can_do_it_and_has_waited_longest_is_chosen(
    members: list[Member], chosen: int | None
) -> None:
    found = rules.choose(members, opened(), Assignment.LEAST_LOADED)
    assert found == (None if chosen is None else members[chosen])
    assert rules.choose(members, opened(), Assignment.FIRST_COME) is None


class Walk(RuleBasedStateMachine):
    """Any deeds in any order, with time passing between: what is refused changes nothing."""

    @initialize(kind=st.sampled_from(WorkOrderKind))
    def open(self, kind: WorkOrderKind) -> None:
        self.now = MONDAY
        self.order = opened(kind)

    @rule(deed=st.sampled_from(Deed), minutes=st.integers(0, 3000))
    def do(self, deed: Deed, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        before = self.order
        try:
            self.order = rules.done(before, asked(deed), self.now, TERMS)
        except NotInThisState:
            assert before.state not in rules.TRANSITIONS[deed]
            return
        assert self.order.version == before.version + 1
        assert self.order.state is rules.TRANSITIONS[deed][before.state]

    @invariant()
    def fits(self) -> None:
        order = self.order
        assert (order.paused_at is not None) == (order.state is WorkState.WAITING_CUSTOMER)
        assert (order.merged_into is not None) == (order.state is WorkState.MERGED)
        assert (order.outcome is not None) == (order.state in (WorkState.RESOLVED, WorkState.CLOSED))
        assert (order.closed_at is not None) == (
            order.state in (WorkState.CLOSED, WorkState.CANCELLED, WorkState.MERGED)
        )
        assert order.clock_since <= order.warn_at < order.due_at
        assert order.state is not WorkState.IN_PROGRESS or isinstance(order.assignee, UUID)
        assert not rules.breaches(order, self.now) or order.state in rules.RUNNING


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
