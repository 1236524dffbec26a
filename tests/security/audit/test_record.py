"""The closed schema of what callers may record."""

from typing import Any

import pytest

from security.audit.canonical import canonical
from security.audit.record import (
    Actor,
    ActorType,
    AuditEvent,
    Category,
    Commitment,
    Kind,
    Outcome,
    Source,
    Target,
    to_event,
    to_tree,
)
from security.errors import RecordRefused


def event(**changes: Any) -> AuditEvent:
    given = {
        "actor": Actor(type=ActorType.STAFF, id="u1", role="agent"),
        "cat": Category.MONEY,
        "action": "refund.propose",
        "object": Target(type="case", id="c1"),
        "outcome": Outcome.SUCCESS,
        **changes,
    }
    return AuditEvent(**given)


def test_an_event_survives_the_database() -> None:
    full = event(
        kind=Kind.OUTCOME,
        tenant="s1",
        src=Source(ip="10.0.0.1"),
        detail={"amount_fen": "12300"},
        pii=(Commitment(subj="x", field="phone", commit="0" * 64),),
    )
    assert to_event(to_tree(full)) == full


def test_every_value_of_an_event_is_a_string() -> None:
    assert canonical(to_tree(event()))


@pytest.mark.parametrize("action", ["refund", "Refund.x", "refund x", "refund.", ".x", "refund.退款", "a.b\n"])
def test_an_action_is_noun_dot_verb(action: str) -> None:
    with pytest.raises(RecordRefused):
        event(action=action)


def test_an_intent_is_pending_and_nothing_else_is() -> None:
    assert event(kind=Kind.INTENT, outcome=Outcome.PENDING)
    with pytest.raises(RecordRefused):
        event(kind=Kind.INTENT)
    with pytest.raises(RecordRefused):
        event(outcome=Outcome.PENDING)


@pytest.mark.parametrize(
    "change", [{"extra": "x"}, {"outcome": "maybe"}, {"detail": {"n": 1}}, {"actor": {"type": "staff"}}, {"id": "x"}]
)
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused):
        to_event({**to_tree(event()), **change})
