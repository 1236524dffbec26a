"""When a part is said to be well, and when not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.ids import ShopId
from appliance.installation import rules
from appliance.installation.model import Contact, Grade, OrderSystemView, PartView, State
from appliance.installation.store import AuditFacts, DatabaseFacts, JobFacts
from appliance.supervisor.model import Phase, ProcessState, ProcessStatus, Status
from appliance.voice.own_engines import OwnRecogniser
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DATABASE = DatabaseFacts(version="17.2", size_bytes=1e9, connections=20, most_connections=100, written_bytes=5e9)
SEALED = AuditFacts(waiting=0, oldest_s=None, sealed=700, sealed_ago_s=4, forwarded=None)
JOBS = JobFacts(waiting=3, failed=0, late_s=-20)


def judged(part: PartView) -> tuple[Grade, State]:
    return part.grade, part.state


def status(*processes: ProcessStatus) -> Status:
    return Status(pid=1, phase=Phase.READY, since=NOW, processes=processes)


def process(state: ProcessState = ProcessState.READY, **changes: Any) -> ProcessStatus:
    return ProcessStatus(name="web-1", state=state, since=NOW - timedelta(minutes=5), **changes)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, (Grade.SKIPPED, State.ABSENT)),
        (status(process(), process(ProcessState.DONE)), (Grade.OK, State.WELL)),
        (status(process(), process(ProcessState.BACKING_OFF)), (Grade.WRONG, State.NOT_READY)),
        (status(process(restarts=1)), (Grade.WARNING, State.RESTARTED)),
    ],
)
def test_processes(found: Status | None, said: tuple[Grade, State]) -> None:
    assert judged(rules.processes(found, NOW)) == said


def test_a_process_that_has_been_steady_for_an_hour_is_well_again() -> None:
    assert judged(rules.processes(status(process(restarts=3)), NOW + timedelta(hours=1))) == (Grade.OK, State.WELL)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (rules.workers(0), (Grade.WRONG, State.NONE)),
        (rules.workers(1), (Grade.OK, State.WELL)),
        (rules.database(DATABASE), (Grade.OK, State.WELL)),
        (rules.database(msgspec.structs.replace(DATABASE, connections=90.0)), (Grade.WARNING, State.CROWDED)),
        (rules.audit(SEALED, "", None), (Grade.OK, State.WELL)),
        (
            rules.audit(msgspec.structs.replace(SEALED, waiting=3.0, oldest_s=31.0), "", 2.0),
            (Grade.WRONG, State.BEHIND),
        ),
        (rules.jobs(JOBS), (Grade.OK, State.WELL)),
        (rules.jobs(msgspec.structs.replace(JOBS, failed=1.0)), (Grade.WARNING, State.GIVEN_UP)),
        (rules.jobs(msgspec.structs.replace(JOBS, late_s=301.0)), (Grade.WRONG, State.BEHIND)),
        (rules.writes({}), (Grade.OK, State.WELL)),
        (rules.writes({("appliance_operations", "unknown"): 1.0}), (Grade.WARNING, State.UNKNOWN)),
        (rules.writes({("appliance_operation_oldest_seconds", ""): 301.0}), (Grade.WRONG, State.BEHIND)),
        (rules.turns({("appliance_turns_waiting_oldest_seconds", ""): 21.0}, 20.0), (Grade.WARNING, State.BEHIND)),
        (rules.turns({("appliance_turns_waiting_oldest_seconds", ""): 21.0}, 0.0), (Grade.OK, State.WELL)),
        (rules.webhooks({("appliance_webhook_deliveries", "dead"): 2.0}), (Grade.WARNING, State.GIVEN_UP)),
        (rules.webhooks({("appliance_webhook_oldest_seconds", ""): 301.0}), (Grade.WARNING, State.BEHIND)),
        (rules.language_model("chat", is_set=False, is_resting=False), (Grade.SKIPPED, State.ABSENT)),
        (rules.language_model("chat", is_set=True, is_resting=True), (Grade.WARNING, State.RESTING)),
        (
            rules.language_model("chat", is_set=True, is_resting=True, is_on_smaller=True),
            (Grade.WARNING, State.SMALLER),
        ),
        (rules.disk(1e12, 5e11, "/var"), (Grade.OK, State.WELL)),
        (rules.disk(1e12, 5e10, "/var"), (Grade.WARNING, State.LOW)),
        (rules.disk(1e10, 1.9e9, "/var"), (Grade.WRONG, State.LOW)),
    ],
)
def test_parts(part: PartView, said: tuple[Grade, State]) -> None:
    assert judged(part) == said


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), (Grade.SKIPPED, State.UNKNOWN)),
        ((State.UNKNOWN,), (Grade.SKIPPED, State.UNKNOWN)),
        ((State.WELL, State.UNKNOWN), (Grade.OK, State.WELL)),
        ((State.WELL, State.NONE), (Grade.WARNING, State.NONE)),
        ((State.NONE, State.FAILING), (Grade.WRONG, State.FAILING)),
        ((State.WELL, State.RESTING), (Grade.WRONG, State.FAILING)),
    ],
)
def test_order_systems_are_as_well_as_the_worst_of_them(states: tuple[State, ...], said: tuple[Grade, State]) -> None:
    shops = [OrderSystemView(shop=ShopId("s"), state=state, contact=Contact()) for state in states]
    assert judged(rules.order_systems(shops)) == said


def test_one_that_is_left_alone_is_counted_among_those_that_fail() -> None:
    states = (State.RESTING, State.FAILING, State.WELL)
    shops = [OrderSystemView(shop=ShopId("s"), state=state, contact=Contact()) for state in states]
    assert rules.order_systems(shops).figures == {"shops": 3.0, "failing": 2.0, "resting": 1.0}


def test_the_whole_is_as_well_as_its_worst_part_and_what_is_not_there_is_no_fault() -> None:
    well, absent = rules.workers(1), rules.language_model("", is_set=False, is_resting=False)
    assert rules.worst([well, absent]) is Grade.OK
    assert rules.worst([well, rules.disk(1e12, 5e10, "/var")]) is Grade.WARNING
    assert rules.worst([rules.workers(0), rules.disk(1e12, 5e10, "/var")]) is Grade.WRONG


SELF_TEST = OwnRecogniser(python=Path("/p"), models=Folders(final=SELF_TEST_MODEL))
FOR_PEOPLE = OwnRecogniser(python=Path("/p"), models=Folders(final=Path("/weights")))


def engine(name: str, state: ProcessState = ProcessState.READY) -> Status:
    return status(ProcessStatus(name=name, state=state, since=NOW))


@pytest.mark.parametrize(
    ("found", "is_on", "own", "said"),
    [
        (engine("recogniser"), True, FOR_PEOPLE, (Grade.OK, State.WELL)),
        (engine("recogniser"), True, SELF_TEST, (Grade.WARNING, State.SELF_TEST)),
        (engine("recogniser", ProcessState.BACKING_OFF), True, SELF_TEST, (Grade.WRONG, State.NOT_READY)),
        (engine("web-1"), True, FOR_PEOPLE, (Grade.WRONG, State.NOT_READY)),
        (engine("web-1"), True, None, (Grade.SKIPPED, State.UNKNOWN)),
        (None, False, None, (Grade.SKIPPED, State.ABSENT)),
    ],
)
def test_a_recogniser_is_well_if_it_runs_and_understands_people(
    found: Status | None, is_on: bool, own: OwnRecogniser | None, said: tuple[Grade, State]
) -> None:
    assert judged(rules.recogniser(found, is_on=is_on, own=own)) == said


def test_a_speaker_is_well_if_it_runs() -> None:
    assert judged(rules.speaker(engine("speaker"), is_on=True, is_own=True)) == (Grade.OK, State.WELL)
    assert judged(rules.speaker(engine("web-1"), is_on=True, is_own=True)) == (Grade.WRONG, State.NOT_READY)
