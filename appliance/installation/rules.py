"""How well a part is, by what is known of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from appliance.installation.model import Contact, Grade, OrderSystemView, Part, PartView, State
from appliance.installation.store import AuditFacts, DatabaseFacts, JobFacts
from appliance.supervisor.model import ProcessState, Status

LEAST_FREE_MB: Final = 2_000
"""Below that ``appliance doctor`` says that it is wrong, too."""
_SCARCE: Final = 0.10
"""Share of a disk."""
_CROWDED: Final = 0.85
"""Share of the connections that the server allows."""
_LATE_S: Final = 300.0
_SEAL_S: Final = 30.0
_STEADY: Final = timedelta(hours=1)
_FINE: Final = frozenset({ProcessState.READY, ProcessState.DONE})
_RANK: Final = (Grade.WRONG, Grade.WARNING, Grade.OK)

Figures = Mapping[tuple[str, str], float]
"""Values by name of the metric and word of its label."""


def worst(parts: Iterable[PartView]) -> Grade:
    grades = {part.grade for part in parts}
    return next(grade for grade in _RANK if grade in grades or grade is Grade.OK)


def processes(status: Status | None, now: datetime) -> PartView:
    if status is None:
        return _view(Part.PROCESSES, Grade.SKIPPED, State.ABSENT)
    known = status.processes
    figures = {
        "processes": float(len(known)),
        "ready": float(sum(each.state in _FINE for each in known)),
        "restarts": float(sum(each.restarts for each in known)),
    }
    if figures["ready"] < len(known):
        return _view(Part.PROCESSES, Grade.WRONG, State.NOT_READY, figures)
    if any(each.restarts and each.since and now - each.since < _STEADY for each in known):
        return _view(Part.PROCESSES, Grade.WARNING, State.RESTARTED, figures)
    return _view(Part.PROCESSES, Grade.OK, State.WELL, figures)


def workers(count: int) -> PartView:
    figures = {"workers": float(count)}
    if not count:
        return _view(Part.WORKERS, Grade.WRONG, State.NONE, figures)
    return _view(Part.WORKERS, Grade.OK, State.WELL, figures)


def database(facts: DatabaseFacts) -> PartView:
    figures = {
        "size_bytes": facts.size_bytes,
        "connections": facts.connections,
        "most_connections": facts.most_connections,
        "written_bytes": facts.written_bytes,
    }
    is_crowded = facts.connections > _CROWDED * facts.most_connections
    grade, state = (Grade.WARNING, State.CROWDED) if is_crowded else (Grade.OK, State.WELL)
    return _view(Part.DATABASE, grade, state, figures, {"version": facts.version})


def audit(facts: AuditFacts, forward_to: str, filed_ago_s: float | None) -> PartView:
    """``filed_ago_s``: since the second sink, the files, was written last; None: it has none yet."""
    known = {
        "waiting": facts.waiting,
        "oldest_s": facts.oldest_s,
        "records": facts.sealed,
        "sealed_ago_s": facts.sealed_ago_s,
        "filed_ago_s": filed_ago_s,
        "forwarded": facts.forwarded if forward_to else None,
    }
    figures = {name: value for name, value in known.items() if value is not None}
    words = {"forward_to": forward_to} if forward_to else {}
    if (facts.oldest_s or 0) > _SEAL_S:
        return _view(Part.AUDIT, Grade.WRONG, State.BEHIND, figures, words)
    return _view(Part.AUDIT, Grade.OK, State.WELL, figures, words)


def order_system(contact: Contact | None, *, is_connected: bool) -> State:
    if not is_connected:
        return State.NONE
    if contact is None or (contact.answered_at is None and contact.failed_at is None):
        return State.UNKNOWN
    return State.FAILING if contact.failures_in_row else State.WELL


def order_systems(shops: Sequence[OrderSystemView]) -> PartView:
    states = [each.state for each in shops]
    figures = {"shops": float(len(shops)), "failing": float(states.count(State.FAILING))}
    for state, grade in ((State.FAILING, Grade.WRONG), (State.NONE, Grade.WARNING)):
        if state in states:
            return _view(Part.ORDER_SYSTEMS, grade, state, figures)
    grade, state = (Grade.OK, State.WELL) if State.WELL in states else (Grade.SKIPPED, State.UNKNOWN)
    return _view(Part.ORDER_SYSTEMS, grade, state, figures)


def writes(found: Figures) -> PartView:
    figures = {
        "unknown": found.get(("appliance_operations", "unknown"), 0.0),
        "open": sum(found.get(("appliance_operations", word), 0.0) for word in ("accepted", "sent", "unknown")),
        "oldest_s": found.get(("appliance_operation_oldest_seconds", ""), 0.0),
    }
    if figures["oldest_s"] > _LATE_S:
        return _view(Part.WRITES, Grade.WRONG, State.BEHIND, figures)
    if figures["unknown"]:
        return _view(Part.WRITES, Grade.WARNING, State.UNKNOWN, figures)
    return _view(Part.WRITES, Grade.OK, State.WELL, figures)


def webhooks(found: Figures) -> PartView:
    figures = {
        "waiting": found.get(("appliance_webhook_deliveries", "pending"), 0.0),
        "given_up": found.get(("appliance_webhook_deliveries", "dead"), 0.0),
        "oldest_s": found.get(("appliance_webhook_oldest_seconds", ""), 0.0),
    }
    if figures["given_up"]:
        return _view(Part.WEBHOOKS, Grade.WARNING, State.GIVEN_UP, figures)
    if figures["oldest_s"] > _LATE_S:
        return _view(Part.WEBHOOKS, Grade.WARNING, State.BEHIND, figures)
    return _view(Part.WEBHOOKS, Grade.OK, State.WELL, figures)


def jobs(facts: JobFacts) -> PartView:
    figures = {"waiting": facts.waiting, "failed": facts.failed, "late_s": max(0.0, facts.late_s)}
    if facts.late_s > _LATE_S:
        return _view(Part.JOBS, Grade.WRONG, State.BEHIND, figures)
    if facts.failed:
        return _view(Part.JOBS, Grade.WARNING, State.GIVEN_UP, figures)
    return _view(Part.JOBS, Grade.OK, State.WELL, figures)


def language_model(name: str, *, is_set: bool, is_resting: bool) -> PartView:
    if not is_set:
        return _view(Part.LANGUAGE_MODEL, Grade.SKIPPED, State.ABSENT)
    grade, state = (Grade.WARNING, State.RESTING) if is_resting else (Grade.OK, State.WELL)
    return _view(Part.LANGUAGE_MODEL, grade, state, {}, {"model": name})


def compact_model(version: str) -> PartView:
    """A process without it does not start."""
    return _view(Part.COMPACT_MODEL, Grade.OK, State.WELL, {}, {"version": version})


def disk(total_bytes: float, free_bytes: float, place: str) -> PartView:
    figures, words = {"free_bytes": free_bytes, "total_bytes": total_bytes}, {"place": place}
    if free_bytes < LEAST_FREE_MB * 1e6:
        return _view(Part.DISK, Grade.WRONG, State.LOW, figures, words)
    if free_bytes < _SCARCE * total_bytes:
        return _view(Part.DISK, Grade.WARNING, State.LOW, figures, words)
    return _view(Part.DISK, Grade.OK, State.WELL, figures, words)


def away(part: Part) -> PartView:
    """What cannot be asked, because the database does not answer."""
    return _view(part, Grade.WRONG, State.AWAY)


def _view(
    part: Part, grade: Grade, state: State, figures: Mapping[str, float] = {}, words: Mapping[str, str] = {}
) -> PartView:
    return PartView(part=part, grade=grade, state=state, figures=dict(figures), words=dict(words))
