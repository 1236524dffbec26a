"""The closed schema of what callers may record."""

import json
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
    Line,
    Outcome,
    Record,
    Source,
    Target,
    read_whole,
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


def as_postgres_writes(tree: dict[str, Any]) -> str:
    """The text of a ``jsonb``: shorter names first."""
    return json.dumps({key: tree[key] for key in sorted(tree, key=lambda key: (len(key), key))}, ensure_ascii=False)


def test_a_whole_event_is_read_as_it_was_said() -> None:
    said = event(kind=Kind.OUTCOME, tenant="s1", reason="换货", pii=(Commitment(subj="x", field="y", commit="z"),))
    assert to_tree(read_whole(as_postgres_writes(to_tree(said)))) == to_tree(said)


@pytest.mark.parametrize(
    "path",
    [
        *[[name] for name in AuditEvent.__struct_fields__],
        *[["actor", name] for name in Actor.__struct_fields__],
        *[["src", name] for name in Source.__struct_fields__],
        *[["object", name] for name in Target.__struct_fields__],
    ],
    ids=".".join,
)
def test_an_event_that_leaves_out_any_part_is_not_sealed_as_it_is(path: list[str]) -> None:
    tree = to_tree(event())
    held = tree[path[0]] if len(path) > 1 else tree
    del held[path[-1]]
    with pytest.raises(RecordRefused):
        read_whole(as_postgres_writes(tree))


@pytest.mark.parametrize("spelling", [str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}"])
def test_an_id_is_written_in_one_way(spelling: Any) -> None:
    tree = to_tree(event())
    written = spelling(tree["id"])
    with pytest.raises(RecordRefused):
        read_whole(as_postgres_writes({**tree, "id": written, "reason": tree["id"]}))


def test_what_is_about_to_be_written_has_every_part_of_a_record() -> None:
    assert sorted(Record.__struct_fields__) == list(Line.__struct_fields__)
