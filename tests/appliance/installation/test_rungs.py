"""Each rung is entered and left by the state of its part, is kept where all can see it, and goes on record once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import FixedClock
from appliance.db import Database
from appliance.installation import rungs
from appliance.installation.model import Grade, Health, Part, PartView, State
from appliance.installation.rungs import ENTERED_BY, Rung, RungWatch

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def health(at: datetime, **states: State) -> Health:
    parts = tuple(PartView(part=Part(name), grade=Grade.OK, state=state) for name, state in states.items())
    return Health(at=at, grade=Grade.OK, rungs=(), parts=parts, processes=(), order_systems=(), failed_jobs=())


@pytest.mark.parametrize("rung", Rung)
def test_a_rung_is_entered_by_its_part_and_left_when_that_is_well(rung: Rung) -> None:
    part, states = ENTERED_BY[rung]
    for state in states:
        entered = rungs.stands((), health(NOW, **{part.value: state}))
        assert [(view.rung, view.since) for view in entered] == [(rung.value, NOW)]
        later = NOW + timedelta(seconds=9)
        assert rungs.stands(entered, health(later, **{part.value: state})) == entered
        assert rungs.stands(entered, health(later, **{part.value: State.WELL})) == ()


def test_every_rung_has_a_condition() -> None:
    assert set(ENTERED_BY) == set(Rung)


def test_without_the_database_what_it_would_say_stays_as_it_was() -> None:
    before = rungs.stands((), health(NOW, turns=State.BEHIND))
    found = rungs.stands(before, health(NOW, database=State.AWAY, turns=State.AWAY))
    assert [view.rung for view in found] == ["waiting_for_database", "queue"]


async def _records(db: Database) -> list[tuple[str, str]]:
    async with db.system() as conn:
        rows = await (await conn.execute("SELECT event FROM audit_pending ORDER BY position")).fetchall()
    return [(event["action"], event["object"]["id"]) for (event,) in rows]


async def test_entering_and_leaving_go_on_record_once(db: Database, tmp_path: Path) -> None:
    seen = [health(NOW, language_model=State.RESTING)]

    async def look() -> Health:
        return seen[0]

    watch = RungWatch(look, db, FixedClock(NOW), tmp_path)
    await watch.once()
    await watch.once()
    assert [view.rung for view in rungs.present(tmp_path)] == ["compact_model"]
    assert await _records(db) == [("rung.entered", "compact_model")]
    seen[0] = health(NOW, language_model=State.WELL)
    await RungWatch(look, db, FixedClock(NOW), tmp_path).once()
    assert rungs.present(tmp_path) == ()
    assert await _records(db) == [("rung.entered", "compact_model"), ("rung.left", "compact_model")]


async def test_while_the_database_is_away_nobody_waits_for_it_to_see_the_rung(db: Database, tmp_path: Path) -> None:
    seen = [health(NOW, database=State.AWAY)]

    async def look() -> Health:
        return seen[0]

    watch = RungWatch(look, db, FixedClock(NOW), tmp_path)
    await watch.once()
    assert [view.rung for view in rungs.present(tmp_path)] == ["waiting_for_database"]
    assert await _records(db) == []
    seen[0] = health(NOW, database=State.WELL)
    await watch.once()
    assert rungs.present(tmp_path) == ()
    assert await _records(db) == [("rung.entered", "waiting_for_database"), ("rung.left", "waiting_for_database")]
