"""What is due is really called, one thing at a time and by one of several; what came of it is kept."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from appliance.clock import SHANGHAI, FixedClock
from appliance.config import Settings
from appliance.config_upkeep import Often, UpkeepSettings
from appliance.installation import upkeep
from appliance.installation.certificates import Certificates
from appliance.installation.model import Chore
from appliance.installation.upkeep import Kept
from appliance.installation.upkeep_rounds import Rounds, forget_old
from appliance.joints.upkeep import commands

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=SHANGHAI)
NIGHT = NOON + timedelta(hours=18)


def settings_in(folder: Path, **asked: object) -> Settings:
    wanted = {"egress_at": "", "certificates_at": "", "backup_dir": str(folder / "kept"), **asked}
    return Settings(state_dir=str(folder), upkeep=UpkeepSettings(**wanted))  # type: ignore[arg-type]


def calling(settings: Settings, program: str, clock: FixedClock, chore: Chore = Chore.BACKUP) -> Rounds:
    return Rounds(settings, {chore: lambda _: (sys.executable, "-c", dedent(program))}, clock)


async def asked_for(rounds: Rounds, clock: FixedClock) -> None:
    """Until its time has come."""
    assert not await rounds.once(asyncio.Event())
    clock.at = NIGHT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path


async def test_it_is_called_when_it_is_due_and_once(folder: Path) -> None:
    clock = FixedClock(NOON)
    rounds = calling(settings_in(folder), f"open({str(folder / 'called')!r}, 'a').write('x')", clock)
    await asked_for(rounds, clock)
    assert (await rounds.once(asyncio.Event()), await rounds.once(asyncio.Event())) == (True, False)
    assert (folder / "called").read_text() == "x"
    kept = upkeep.read(folder)[Chore.BACKUP]
    assert (kept.since, kept.began_at, kept.ended_at, kept.done_at, kept.why) == (NOON, NIGHT, NIGHT, NIGHT, "")


async def test_what_it_said_last_is_why_it_failed(folder: Path) -> None:
    clock = FixedClock(NOON)
    rounds = calling(settings_in(folder), "import sys; print('a\\nno room', file=sys.stderr); sys.exit(1)", clock)
    await asked_for(rounds, clock)
    assert await rounds.once(asyncio.Event())
    kept = upkeep.read(folder)[Chore.BACKUP]
    assert (kept.why, kept.done_at, upkeep.due_at(upkeep.rhythms(settings_in(folder))[Chore.BACKUP], kept)) == (
        "no room",
        None,
        NIGHT + upkeep.AGAIN,
    )


async def test_one_that_says_nothing_is_told_by_its_code(folder: Path) -> None:
    clock = FixedClock(NOON)
    rounds = calling(settings_in(folder), "raise SystemExit(3)", clock)
    await asked_for(rounds, clock)
    assert await rounds.once(asyncio.Event())
    assert upkeep.read(folder)[Chore.BACKUP].why == "it ended with 3"


async def test_two_workers_do_not_both(folder: Path) -> None:
    """The second looks while the first is about it."""
    clock, begun, go = FixedClock(NOON), folder / "begun", folder / "go"
    os.mkfifo(begun)
    os.mkfifo(go)
    program = f"open({str(begun)!r}, 'w').close(); open({str(go)!r}).close()"
    first, second = (calling(settings_in(folder), program, clock) for _ in range(2))
    await asked_for(first, clock)
    about = asyncio.create_task(first.once(asyncio.Event()))
    await asyncio.to_thread(lambda: begun.open().close())
    assert not await second.once(asyncio.Event())
    await asyncio.to_thread(lambda: go.open("w").close())
    assert await about
    assert not await second.once(asyncio.Event())


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Also where whoever began these tests has SIGINT ignored, which children would inherit."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
async def test_a_stop_breaks_it_off_as_ctrl_c_does(folder: Path) -> None:
    clock, begun, stop = FixedClock(NOON), folder / "begun", asyncio.Event()
    os.mkfifo(begun)
    program = f"""
        import signal
        try:
            open({str(begun)!r}, "w").close()
            signal.pause()
        except KeyboardInterrupt:
            open({str(folder / "tidied")!r}, "w").close()
            raise SystemExit(130)
    """
    rounds = calling(settings_in(folder), program, clock)
    await asked_for(rounds, clock)
    about = asyncio.create_task(rounds.once(stop))
    await asyncio.to_thread(lambda: begun.open().close())
    stop.set()
    await about
    assert (folder / "tidied").exists()
    kept = upkeep.read(folder)[Chore.BACKUP]
    assert (kept.began_at, kept.ended_at, kept.why) == (NIGHT, None, "")
    (view,) = upkeep.views(upkeep.rhythms(settings_in(folder)), upkeep.read(folder), NIGHT)
    assert (view.is_failed, view.due_at) == (False, NIGHT + upkeep.AGAIN)


async def test_a_share_that_is_not_mounted_is_said_and_nothing_is_called(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    rounds = calling(settings_in(tmp_path), f"open({str(tmp_path / 'called')!r}, 'w')", clock)
    await asked_for(rounds, clock)
    assert await rounds.once(asyncio.Event())
    assert "which is not there: mount it" in upkeep.read(tmp_path)[Chore.BACKUP].why
    assert not (tmp_path / "called").exists()


async def test_what_is_asked_for_no_more_is_forgotten(folder: Path) -> None:
    clock = FixedClock(NOON)
    upkeep.write(folder, {Chore.EGRESS: Kept(since=NOON, why="it left")})
    await calling(settings_in(folder), "", clock).once(asyncio.Event())
    assert set(upkeep.read(folder)) == {Chore.BACKUP}


async def test_what_cannot_be_kept_ends_no_worker(folder: Path) -> None:
    upkeep.file_of(folder).mkdir()  # in the way of whoever reads and writes
    stop, looked = asyncio.Event(), 0

    class Watched(Rounds):
        async def once(self, stop: asyncio.Event) -> bool:
            nonlocal looked
            looked += 1
            if looked == 2:
                stop.set()
            return await super().once(stop)

    await Watched(settings_in(folder), {}, FixedClock(NOON), look_s=0.01).run(stop)
    assert looked == 2


def test_a_damaged_file_is_asked_for_anew(folder: Path) -> None:
    upkeep.file_of(folder).write_bytes(b"")
    assert upkeep.read(folder) == {}


@pytest.mark.control("M-30")
def test_of_the_nightly_ones_the_newest_stay(tmp_path: Path) -> None:
    ours = [f"nightly-2026110{day}T173000Z.csab" for day in range(1, 6)]
    for name in (*ours, "before-the-move.csab"):
        (tmp_path / name).touch()
    forget_old(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["before-the-move.csab", *ours[-2:]]


async def test_a_certificate_is_really_renewed_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    issued = Certificates(tmp_path).issue(("console.example.internal",), datetime.now(SHANGHAI) - timedelta(days=300))
    settings, clock = settings_in(tmp_path, certificates_at="02:40", backup_dir=""), FixedClock(NOON)
    rounds = Rounds(settings, commands(settings), clock)
    await asked_for(rounds, clock)
    assert await rounds.once(asyncio.Event())
    assert upkeep.read(tmp_path)[Chore.CERTIFICATES].why == ""
    (renewed,) = Certificates(tmp_path).list(datetime.now(SHANGHAI))
    assert renewed.ends_at > issued.ends_at


def test_every_chore_is_a_command_that_there_is() -> None:
    from appliance.cli.main import appliance

    said = commands(Settings(upkeep=UpkeepSettings(backup_dir="/mnt/backup", drill=Often.WEEKLY)))
    assert set(said) == set(Chore)
    for command in said.values():
        words = [*command(NOON)][3:]
        group = words.pop(0)
        found = appliance.get_command(None, group)  # type: ignore[arg-type]
        if (commands_of := getattr(found, "commands", None)) is not None:
            found = commands_of[words.pop(0)]
        assert found is not None
        found.make_parser(found.context_class(found)).parse_args(args=list(words))
