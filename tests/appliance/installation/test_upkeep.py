"""When each thing is due that is done by the clock, and what is known of it afterwards."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import SHANGHAI
from appliance.config import Profile, Settings
from appliance.config_upkeep import Often, UpkeepSettings
from appliance.installation import rules, upkeep
from appliance.installation.model import Chore, Grade, State
from appliance.installation.upkeep import AGAIN, GRACE, Kept, Rhythm

NIGHTLY = Rhythm(time(1, 30))
SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=SHANGHAI)


def local(*said: int) -> datetime:
    return datetime(*said, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("rhythm", "moment", "expected"),
    [
        (NIGHTLY, local(2026, 11, 28, 1, 29), local(2026, 11, 28, 1, 30)),
        (NIGHTLY, local(2026, 11, 28, 1, 30), local(2026, 11, 29, 1, 30)),
        (Rhythm(time(4, 30), Often.WEEKLY), SATURDAY, local(2026, 11, 29, 4, 30)),
        (Rhythm(time(4, 30), Often.MONTHLY), SATURDAY, local(2026, 12, 6, 4, 30)),
        (Rhythm(time(4, 30), Often.MONTHLY), local(2026, 12, 6, 5, 0), local(2027, 1, 3, 4, 30)),
    ],
)
def test_the_next_time_is_the_first_that_is_later(rhythm: Rhythm, moment: datetime, expected: datetime) -> None:
    assert rhythm.after(moment) == expected


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    at=st.times(),
    often=st.sampled_from([None, Often.WEEKLY, Often.MONTHLY]),
)
def test_a_time_comes_again_within_its_rhythm(moment: datetime, at: time, often: Often | None) -> None:
    longest = {None: 1, Often.WEEKLY: 7, Often.MONTHLY: 35}[often]
    found = Rhythm(at.replace(second=0, microsecond=0, fold=0), often).after(moment)
    assert moment < found <= moment + timedelta(days=longest)


def test_what_was_just_asked_for_waits_for_its_time() -> None:
    assert upkeep.due_at(NIGHTLY, Kept(since=SATURDAY)) == local(2026, 11, 29, 1, 30)


def test_what_was_missed_is_due_once() -> None:
    """Nothing ran for three nights."""
    known = {Chore.BACKUP: Kept(since=SATURDAY, began_at=SATURDAY, ended_at=SATURDAY, done_at=SATURDAY)}
    now = SATURDAY + timedelta(days=3)
    assert upkeep.first_due({Chore.BACKUP: NIGHTLY}, known, now) is Chore.BACKUP
    done = {Chore.BACKUP: msgspec.structs.replace(known[Chore.BACKUP], began_at=now, ended_at=now, done_at=now)}
    assert upkeep.first_due({Chore.BACKUP: NIGHTLY}, done, now) is None


def test_a_failure_is_tried_again_after_an_hour_and_never_later_than_its_time() -> None:
    failed = Kept(since=SATURDAY, began_at=SATURDAY, ended_at=SATURDAY, why="no room")
    assert upkeep.due_at(NIGHTLY, failed) == SATURDAY + AGAIN
    late = local(2026, 11, 29, 1, 10)
    assert upkeep.due_at(NIGHTLY, msgspec.structs.replace(failed, began_at=late, ended_at=late)) == local(
        2026, 11, 29, 1, 30
    )


def test_what_was_cut_off_is_tried_again() -> None:
    assert upkeep.due_at(NIGHTLY, Kept(since=SATURDAY, began_at=SATURDAY)) == SATURDAY + AGAIN


def test_the_longest_due_comes_first() -> None:
    wanted = {Chore.CERTIFICATES: Rhythm(time(2, 40)), Chore.BACKUP: NIGHTLY}
    known = dict.fromkeys(wanted, Kept(since=SATURDAY))
    assert upkeep.first_due(wanted, known, SATURDAY + timedelta(days=1)) is Chore.BACKUP


def test_later_than_six_hours_is_overdue(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path), upkeep=UpkeepSettings(egress_at=""))
    upkeep.write(tmp_path, {Chore.CERTIFICATES: Kept(since=SATURDAY)})
    due = local(2026, 11, 29, 2, 40)
    (in_time,) = upkeep.of(settings, due + GRACE)
    (late,) = upkeep.of(settings, due + GRACE + timedelta(seconds=1))
    assert [(each.is_overdue, each.due_at) for each in (in_time, late)] == [(False, due), (True, due)]
    assert [rules.upkeep([each]).state for each in (in_time, late)] == [State.WELL, State.BEHIND]
    assert upkeep.in_words(settings, due) == ("certificates: never done yet; next 2026-11-28 18:40 UTC",)


def test_a_failure_is_wrong_and_says_why(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path), upkeep=UpkeepSettings(certificates_at=""))
    upkeep.write(tmp_path, {Chore.EGRESS: Kept(since=SATURDAY, began_at=SATURDAY, ended_at=SATURDAY, why="it left")})
    assert rules.upkeep(upkeep.of(settings, SATURDAY)).grade is Grade.WRONG
    (line,) = upkeep.in_words(settings, SATURDAY)
    assert "the last try, 2026-11-28 04:00 UTC, failed: it left; next 2026-11-28 05:00 UTC" in line


def test_what_is_done_by_default_and_what_a_folder_adds() -> None:
    assert set(upkeep.rhythms(Settings())) == {Chore.CERTIFICATES, Chore.EGRESS}
    asked = UpkeepSettings(backup_dir="/mnt/backup", drill=Often.MONTHLY)
    assert set(upkeep.rhythms(Settings(upkeep=asked))) == set(Chore)
    assert Chore.DRILL not in upkeep.rhythms(Settings(upkeep=UpkeepSettings(drill=Often.WEEKLY)))


@pytest.mark.parametrize("profile", [Profile.DEMO, Profile.EVALUATION])
def test_what_is_thrown_away_keeps_itself_no_house(profile: Profile) -> None:
    assert upkeep.rhythms(Settings(profile=profile)) == {}
    assert rules.upkeep(()).state is State.ABSENT
