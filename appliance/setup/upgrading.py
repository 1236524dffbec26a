"""From one version to another: saved and stopped, tried on the database alone, then started; or all of it undone.

Nothing is served between the stop and the proof that tables, keys and log are right, so going back loses nothing up to
there. What customers say after the new version has started is lost if its last check then fails, and the old one is
told so; if that check is made by a later call, nothing is put back by itself.
"""

import os
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.setup import audit_log, containers, services, volumes, wiping
from appliance.setup.answers import Mode
from appliance.setup.errors import Refused, StepFailed
from appliance.setup.faults import wrong_in
from appliance.setup.installing import Step, Work, egress, images, laid_out, lock, look_for_new_faults, selftest
from appliance.setup.machine import free_mb
from appliance.setup.record import FOLDER, POINTER, Installed, Known
from appliance.setup.running import attempt, call, complaint

_STAYS: Final = frozenset({FOLDER, "log", "run", "weights", "backups", "wal"})
"""Of the state directory: not touched by an upgrade, so neither saved nor put back."""


def steps(work: Work, before: Installed) -> list[Step]:
    wanted, state_dir = work.wanted, work.state_dir
    is_contained = wanted.mode == Mode.COMPOSE
    return [
        Step(
            name="faults",
            would=f"{before.folder}: appliance doctor: what is wrong before will not count against the new version",
            do=lambda: _look_before(work, before),
        ),
        Step(
            name="backup",
            would=f"{before.folder}: appliance backup into {state_dir}/backups",
            do=lambda: _backup(work, before),
        ),
        *([images(work)] if is_contained else []),
        Step(
            name="stop",
            would=f"stop {before.version} of {before.folder}",
            do=lambda: _stop(work, before),
            is_kept_up=True,
        ),
        Step(
            name="snapshot",
            would=f"copy data and keys to {work.records.snapshot}",
            do=lambda: _snapshot(work),
            is_kept_up=True,
        ),
        Step(name="place", would=f"name {state_dir} in {wanted.folder}/{POINTER}", do=lambda: _point(work)),
        *([*laid_out(work), lock(work)] if is_contained else []),
        Step(
            name="tables",
            would="bring the tables up to date with nothing else running; check keys and audit log",
            do=lambda: _try(work),
        ),
        Step(
            name="service",
            would=f"start {wanted.version} of {wanted.folder}",
            do=lambda: _start(work),
            is_kept_up=True,
        ),
        Step(
            name="selftest",
            would="look whether all of it works; if anything failed: put all back, start the old one",
            do=lambda: selftest(work),
        ),
        *egress(work),
    ]


def refuse_impossible(before: Installed, work: Work) -> None:
    """What could not be undone is not begun."""
    if not Path(before.command).exists() and work.records.progress() is None:
        raise Refused(
            f"the installed version is recorded in {before.folder}, which is not there",
            "bring that folder back: without it there is no way back, and no backup",
        )
    if before.mode == Mode.COMPOSE:
        volumes.refuse_absent()
        return
    if (work.state_dir / "postgres").is_dir():
        return
    raise Refused(
        "the database is a server of yours, which this program cannot put back",
        "make a snapshot of it; then 'appliance down' in the old folder, 'appliance up' in this one, with its settings",
    )


def has_served(work: Work) -> bool:
    """Whether customers may have spoken to the new version since an earlier call: going back would lose what they said,
    and the log's end with it."""
    progress = work.records.progress()
    if progress is None or progress.before is None or "tables" not in progress.done:
        return False
    return "service" in progress.done or _is_running(work, work.wanted)


def _is_running(work: Work, version: Installed) -> bool:
    if version.mode == Mode.COMPOSE:
        return volumes.is_running(version, work.state_dir)
    return attempt([version.command, "status"], work.state_dir).returncode == 0


def _look_before(work: Work, before: Installed) -> None:
    """While the old version serves. Where nothing of it runs, nobody knows what would be wrong if it did.

    Not by its self-test: customers are tried on a throw-away copy, so what fails there is the program's own.
    """
    was_ready = _is_running(work, before)
    if not was_ready and not _runs_in_part(work, before):
        work.teller.say("the old version does not run: whatever is wrong afterwards is taken as new")
        work.records.put_known(Known(was_ready=False))
        return
    done = attempt(services.product(before, work.state_dir, "doctor", "--json"), work.state_dir)
    work.teller.note(f"doctor of the old version -> {done.returncode}\n{done.stdout}{done.stderr}")
    found = wrong_in(done.stdout)
    if found is None:
        work.teller.say("the old version's doctor did not end: whatever is wrong afterwards is taken as new")
    for each in found or []:
        work.teller.say(f"wrong before the upgrade: {each}")
    work.records.put_known(Known(faults=tuple(found or []), was_ready=was_ready))


def _runs_in_part(work: Work, before: Installed) -> bool:
    if before.mode == Mode.COMPOSE:
        return False
    return attempt([before.command, "status", "--json"], work.state_dir).stdout.strip() not in {"", "null"}


def _backup(work: Work, before: Installed) -> None:
    folder = work.state_dir / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    archive = folder / f"before-{work.wanted.version}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.csab"
    if before.mode == Mode.COMPOSE:
        volumes.back_up(before, work.state_dir, archive, work.teller)
    else:
        keeper = (work.state_dir / "secrets").stat()
        os.chown(folder, keeper.st_uid, keeper.st_gid)
        call(work.teller, [before.command, "backup", str(archive)], work.state_dir)
    work.teller.say(f"a backup is in {archive}; it stays")


def _stop(work: Work, before: Installed) -> None:
    """Noted before it is begun: from here on the way back is to be gone.

    Refused where somebody has started a version that writes what no copy has, nor can get any more.
    """
    known, progress = work.records.known(), work.records.progress()
    is_tried = progress is not None and "tables" in progress.done
    is_copied = work.records.snapshot.is_dir() and not is_tried
    has_run = is_copied and (_is_running(work, before) or _runs_in_part(work, before))
    work.records.put_known(replace(known, is_stopping=True, has_run_since=known.has_run_since or has_run))
    if has_run and known.is_changing:
        raise Refused(
            "a version was started while this upgrade was under way, and what it has written since is in no copy",
            "back it up ('appliance backup FILE') and stop it, then run ./install.sh again: if the upgrade has to go "
            "back, that file alone has what was written since",
        )
    services.stop(before, work.state_dir, work.teller)


def _has_written_since(work: Work, saved_at: str) -> bool:
    """By the times of its files: who was started since then has written to log and database, and may be gone again."""
    since = datetime.fromisoformat(saved_at).timestamp()
    if work.wanted.mode == Mode.COMPOSE:
        places = volumes.places()
    else:
        log = audit_log.place(work.state_dir, work.state_dir / "appliance.toml")
        places = [work.state_dir / "postgres", work.state_dir / "secrets", log]
    files = (path for place in places for path in place.rglob("*") if path.is_file())
    return any(path.stat().st_mtime > since for path in files)


def _note_changing(work: Work) -> None:
    work.records.put_known(replace(work.records.known(), is_changing=True))


def _snapshot(work: Work) -> None:
    """Whole, or not there: what is half is made anew, and what the old version has written since, too."""
    known = work.records.known()
    if work.records.snapshot.is_dir():
        if known.is_changing or not (known.has_run_since or _has_written_since(work, known.saved_at)):
            return
        work.teller.say("the old version has run since the copy was made: it is made anew")
        wiping.remove_folder(work.records.snapshot)
    making = work.records.half_snapshot
    wiping.remove_folder(making)
    entries = [entry for entry in sorted(work.state_dir.iterdir()) if entry.name not in _STAYS]
    wiping.remove_folder(work.records.folder / "failed")
    is_contained = work.wanted.mode == Mode.COMPOSE
    _refuse_full_disk(work, [*entries, *(volumes.places() if is_contained else [])])
    stopped_at = datetime.now(UTC).isoformat()
    work.records.put_known(replace(known, saved_at=stopped_at, has_run_since=False))
    making.mkdir(mode=0o700)
    _copy(entries, making)
    if is_contained:
        volumes.save(making)
    making.rename(work.records.snapshot)


def _refuse_full_disk(work: Work, entries: list[Path]) -> None:
    done = subprocess.run(["du", "-sm", "--total", *map(str, entries)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    needed = int((done.stdout.splitlines() or ["0"])[-1].split()[0])
    if free_mb(work.state_dir) < needed:
        raise StepFailed(
            f"{needed} MB must be free beside {work.state_dir} for the way back", "make room, and start again"
        )


def _copy(entries: list[Path], folder: Path) -> None:
    """With owners and modes; without a second copy where the file system can share it."""
    words = ["cp", "-a", "--reflink=auto", "--", *map(str, entries), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise StepFailed(f"data could not be copied: {complaint(done.stderr)}", "make room, and start again")


def _point(work: Work) -> None:
    """Of containers the files are laid out next, over those of the old version."""
    if work.wanted.mode == Mode.COMPOSE:
        _note_changing(work)
    (work.situation.folder / POINTER).write_text(f"{work.state_dir}\n", encoding="utf-8")


def _try(work: Work) -> None:
    _note_changing(work)
    if work.wanted.mode == Mode.COMPOSE:
        containers.bring_up_tables(work.wanted, work.state_dir, work.teller)
        return
    look_for_new_faults(work, ["migrate", "--json"], "the tables could not be brought up to date")


def _start(work: Work) -> None:
    """Noted before it is begun: even one that does not get ready may have served."""
    work.records.put_known(replace(work.records.known(), has_started=True))
    services.start(work.wanted, work.state_dir, work.teller, work.situation.answers)


def finish(work: Work) -> None:
    """The way back is closed; the backup stays."""
    for left in ("before", "failed"):
        wiping.remove_folder(work.records.folder / left)
