"""The record by which two people end a restore: from which head the log goes on, and which head of it is lost.

Refuses one person alone, and a lost head that is not signed by the log's key. What stands in the way besides (the
second sink, the order system) is asked where it is known, not here.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from security.audit.checkpoint import parse_checkpoint
from security.audit.note import VerifierKey, opened_by_any
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target
from security.audit.verify import RESTORED, Key
from security.errors import AuditCorrupt, RestorationRefused

_TWO = 2


class Head(NamedTuple):
    size: int
    root: str
    """Hex."""


class Settling(NamedTuple):
    """People by the ids of their accounts. That they approved is checked where they are known."""

    restoration: str
    old: Head
    new: Head
    approved_by: str
    seconded_by: str
    settled_by: str


def head_of(note: str, keys: Sequence[str]) -> Head:
    """Of a checkpoint that somebody kept. RestorationRefused for what none of the log's keys has signed."""
    try:
        known = [Key.of(key) for key in keys]
        text = opened_by_any(note, [VerifierKey(key.name, key.public) for key in known])
        checkpoint = parse_checkpoint(text)
    except (AuditCorrupt, ValueError) as strange:
        raise RestorationRefused(f"what you keep is no checkpoint of this log: {strange}") from strange
    return Head(checkpoint.size, checkpoint.root.hex())


def record(log_id: str, settling: Settling, told: Mapping[str, str]) -> AuditEvent:
    """``told``: what was found in the order systems, in numbers."""
    people = {settling.approved_by.strip(), settling.seconded_by.strip()} - {""}
    if len(people) < _TWO:
        raise RestorationRefused("what a restore cost needs the approval of two different people")
    if settling.new.size > settling.old.size:
        raise RestorationRefused("the head that is lost is older than the one from which the log goes on")
    return AuditEvent(
        actor=Actor(type=ActorType.STAFF, id=settling.settled_by),
        cat=Category.AUDIT,
        action=RESTORED,
        object=Target(type="log", id=log_id),
        outcome=Outcome.SUCCESS,
        req=f"restored-{settling.restoration}",
        detail={
            "restoration": settling.restoration,
            "old_size": str(settling.old.size),
            "old_root": settling.old.root,
            "new_size": str(settling.new.size),
            "new_root": settling.new.root,
            "approved_by": settling.approved_by,
            "seconded_by": settling.seconded_by,
            **told,
        },
    )
