"""How well a part is, by what is known of it. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from appliance.installation.model import ChoreView, Contact, Grade, OrderSystemView, Part, PartView, State
from appliance.installation.store import AuditFacts, DatabaseFacts, JobFacts
from appliance.supervisor.egress import Blocked, by_kind
from appliance.supervisor.model import ProcessState, Status
from appliance.voice.own_engines import OwnRecogniser

LEAST_FREE_MB: Final = 2_000
"""Below that ``appliance doctor`` says that it is wrong, too."""
_SCARCE: Final = 0.10
"""Share of a disk."""
CROWDED: Final = 0.85
"""Share of the connections that the server allows."""
_LATE_S: Final = 300.0
SEAL_S: Final = 30.0
_STEADY: Final = timedelta(hours=1)
_FINE: Final = frozenset({ProcessState.READY, ProcessState.DONE})
_RANK: Final = (Grade.WRONG, Grade.WARNING, Grade.OK)

Figures = Mapping[tuple[str, str], float]
"""Values by name of the metric and word of its label."""
Judge = Callable[[Figures], PartView]


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
    is_crowded = facts.connections > CROWDED * facts.most_connections
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
    if (facts.oldest_s or 0) > SEAL_S:
        return _view(Part.AUDIT, Grade.WRONG, State.BEHIND, figures, words)
    return _view(Part.AUDIT, Grade.OK, State.WELL, figures, words)


def order_system(contact: Contact | None, now: datetime, *, is_connected: bool) -> State:
    if not is_connected:
        return State.NONE
    if contact is not None and contact.rests_until is not None and contact.rests_until > now:
        return State.RESTING
    if contact is None or (contact.answered_at is None and contact.failed_at is None):
        return State.UNKNOWN
    return State.FAILING if contact.failures_in_row else State.WELL


def order_systems(shops: Sequence[OrderSystemView]) -> PartView:
    """One that is left alone fails as well."""
    states = [each.state for each in shops]
    resting = states.count(State.RESTING)
    figures = {"shops": float(len(shops)), "failing": float(states.count(State.FAILING) + resting)}
    if resting:
        figures["resting"] = float(resting)
        states.append(State.FAILING)
    for state, grade in ((State.FAILING, Grade.WRONG), (State.NONE, Grade.WARNING)):
        if state in states:
            return _view(Part.ORDER_SYSTEMS, grade, state, figures)
    grade, state = (Grade.OK, State.WELL) if State.WELL in states else (Grade.SKIPPED, State.UNKNOWN)
    return _view(Part.ORDER_SYSTEMS, grade, state, figures)


def writes(found: Figures, *, is_reconciling: bool = False) -> PartView:
    figures = {
        "unknown": found.get(("appliance_operations", "unknown"), 0.0),
        "open": sum(found.get(("appliance_operations", word), 0.0) for word in ("accepted", "sent", "unknown")),
        "oldest_s": found.get(("appliance_operation_oldest_seconds", ""), 0.0),
    }
    if is_reconciling:
        return _view(Part.WRITES, Grade.WRONG, State.RECONCILING, figures)
    if figures["oldest_s"] > _LATE_S:
        return _view(Part.WRITES, Grade.WRONG, State.BEHIND, figures)
    if figures["unknown"]:
        return _view(Part.WRITES, Grade.WARNING, State.UNKNOWN, figures)
    return _view(Part.WRITES, Grade.OK, State.WELL, figures)


def turns(found: Figures, queue_after_s: float) -> PartView:
    """``queue_after_s``: when turns wait so long newcomers queue; 0: never."""
    figures = {
        "waiting": found.get(("appliance_turns_waiting", ""), 0.0),
        "oldest_s": found.get(("appliance_turns_waiting_oldest_seconds", ""), 0.0),
        "newcomers": found.get(("appliance_newcomers_waiting", ""), 0.0),
    }
    if queue_after_s and figures["oldest_s"] > queue_after_s:
        return _view(Part.TURNS, Grade.WARNING, State.BEHIND, figures)
    return _view(Part.TURNS, Grade.OK, State.WELL, figures)


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


def language_model(name: str, *, is_set: bool, is_resting: bool, is_on_smaller: bool = False) -> PartView:
    if not is_set:
        return _view(Part.LANGUAGE_MODEL, Grade.SKIPPED, State.ABSENT)
    if is_on_smaller:
        return _view(Part.LANGUAGE_MODEL, Grade.WARNING, State.SMALLER, {}, {"model": name})
    grade, state = (Grade.WARNING, State.RESTING) if is_resting else (Grade.OK, State.WELL)
    return _view(Part.LANGUAGE_MODEL, grade, state, {}, {"model": name})


def compact_model(version: str) -> PartView:
    """A process without it does not start."""
    return _view(Part.COMPACT_MODEL, Grade.OK, State.WELL, {}, {"version": version})


def recogniser(status: Status | None, *, is_on: bool, own: OwnRecogniser | None) -> PartView:
    found = _engine(Part.RECOGNISER, status, is_on=is_on, is_own=own is not None)
    if found.state is State.WELL and own is not None and own.is_self_test:
        return _view(Part.RECOGNISER, Grade.WARNING, State.SELF_TEST)
    return found


def speaker(status: Status | None, *, is_on: bool, is_own: bool) -> PartView:
    return _engine(Part.SPEAKER, status, is_on=is_on, is_own=is_own)


def _engine(part: Part, status: Status | None, *, is_on: bool, is_own: bool) -> PartView:
    """One that runs elsewhere is not asked."""
    if not is_on:
        return _view(part, Grade.SKIPPED, State.ABSENT)
    if not is_own:
        return _view(part, Grade.SKIPPED, State.UNKNOWN)
    known = {each.name: each.state for each in status.processes} if status else {}
    is_ready = known.get(part.value) is ProcessState.READY
    return _view(part, Grade.OK, State.WELL) if is_ready else _view(part, Grade.WRONG, State.NOT_READY)


def egress(found: tuple[Blocked, ...]) -> PartView:
    """``found``: the latest first."""
    figures = {"blocked": float(sum(each.count for each in found)), **{k: float(n) for k, n in by_kind(found).items()}}
    if not found:
        return _view(Part.EGRESS, Grade.OK, State.WELL, {"blocked": 0.0})
    words = {"destination": found[0].destination, "process": found[0].process}
    return _view(Part.EGRESS, Grade.WARNING, State.BLOCKED, figures, words)


def disk(total_bytes: float, free_bytes: float, place: str) -> PartView:
    figures, words = {"free_bytes": free_bytes, "total_bytes": total_bytes}, {"place": place}
    if free_bytes < LEAST_FREE_MB * 1e6:
        return _view(Part.DISK, Grade.WRONG, State.LOW, figures, words)
    if free_bytes < _SCARCE * total_bytes:
        return _view(Part.DISK, Grade.WARNING, State.LOW, figures, words)
    return _view(Part.DISK, Grade.OK, State.WELL, figures, words)


def upkeep(chores: Sequence[ChoreView]) -> PartView:
    failed, overdue = sum(each.is_failed for each in chores), sum(each.is_overdue for each in chores)
    figures = {"chores": float(len(chores)), "failed": float(failed), "overdue": float(overdue)}
    if not chores:
        return _view(Part.UPKEEP, Grade.SKIPPED, State.ABSENT, figures)
    if failed:
        return _view(Part.UPKEEP, Grade.WRONG, State.FAILED, figures)
    if overdue:
        return _view(Part.UPKEEP, Grade.WARNING, State.BEHIND, figures)
    return _view(Part.UPKEEP, Grade.OK, State.WELL, figures)


def away(part: Part) -> PartView:
    """What cannot be asked, because the database does not answer."""
    return _view(part, Grade.WRONG, State.AWAY)


def _view(
    part: Part, grade: Grade, state: State, figures: Mapping[str, float] = {}, words: Mapping[str, str] = {}
) -> PartView:
    return PartView(part=part, grade=grade, state=state, figures=dict(figures), words=dict(words))
