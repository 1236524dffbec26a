"""Back to the version before: its data and keys, as they were when it was stopped, and it serves again.

Where the new one may have served, what it wrote is lost, and the order system may know of it: so the old one is told
that it was put back, before it starts, and keeps the newer files of the audit log, which it takes up. Where the new
one was never started nothing has to be reconciled, and that is said.
"""

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path

from appliance.setup import audit_log, services, systemd, volumes, wiping
from appliance.setup.answers import Mode
from appliance.setup.errors import StepFailed
from appliance.setup.installing import Work
from appliance.setup.record import Installed
from appliance.setup.running import attempt, call, complaint


def is_due(work: Work) -> bool:
    """Whether anything is to be put back or started again: not where the old version was never told to stop."""
    progress = work.records.progress()
    return progress is not None and ("stop" in progress.done or work.records.known().is_stopping)


def roll_back(work: Work, why: str) -> None:
    """The old version with its data, running. Cut off, the next call goes on with it."""
    progress = work.records.progress()
    if progress is None or progress.before is None:
        return
    work.records.put_progress(replace(progress, failure=why))
    work.teller.say(f"rolling back to {progress.before.version} of {progress.before.folder}")
    _stop_new(work)
    _put_back(work, progress.before)
    may_have_served = work.records.known().may_have_served
    if may_have_served:
        _keep_newer_log(work)
        _declare(work, progress.before)
    services.start(progress.before, work.state_dir, work.teller, work.situation.answers)
    if work.records.known().was_ready and progress.before.mode == Mode.NATIVE:
        call(work.teller, [progress.before.command, "status"], work.state_dir)
    _drop_failed(work)
    work.records.end_progress()
    work.teller.say("rolled back: the old version runs, with its data")
    if may_have_served:
        work.teller.say(
            "it is reconciling, because something may have served since the copy was made: it writes nothing to an "
            "order system until two security administrators have approved what was lost ('appliance recovery status')"
        )
    else:
        work.teller.say("the new version was never started, so nothing was served and nothing has to be reconciled")


def _stop_new(work: Work) -> None:
    """However broken it is. What does not stop keeps the lock, and the old one then says so."""
    if work.wanted.service == "systemd":
        with contextlib.suppress(StepFailed):
            systemd.stop(work.teller)
    if work.wanted.mode == Mode.COMPOSE:
        services.stop(work.wanted, work.state_dir, work.teller)
        return
    done = attempt([work.wanted.command, "down"], work.state_dir)
    work.teller.note(f"down of the new version: {done.returncode} {done.stderr.strip()}")


def _put_back(work: Work, before: Installed) -> None:
    """Each part by two renames; what was put back is in the snapshot no more.

    Where a call was cut off between the two, what lies there meanwhile was made since, by a command: it is nothing.
    """
    snapshot, failed = work.records.snapshot, _failed(work)
    if not snapshot.is_dir():
        return
    failed.mkdir(mode=0o700, exist_ok=True)
    if (snapshot / volumes.SAVED).is_dir():
        may_have_served = work.records.known().may_have_served
        volumes.put_back(snapshot, kept=volumes.log_in(before, snapshot) if may_have_served else None)
        volumes.set_wal_aside(work.state_dir, work.records.known().saved_at)
        volumes.forget(snapshot)
    for kept in sorted(snapshot.iterdir()):
        there, new = work.state_dir / kept.name, failed / kept.name
        if new.exists():
            remove(there)
        elif there.exists():
            there.rename(new)
        kept.rename(there)
    snapshot.rmdir()


def _keep_newer_log(work: Work) -> None:
    """Its files are only added to: those that the new version left are the old ones and more. Elsewhere they stayed."""
    there = audit_log.place(work.state_dir, work.state_dir / "appliance.toml")
    if not there.is_relative_to(work.state_dir):
        return
    newer = _failed(work) / there.relative_to(work.state_dir)
    if newer.is_dir():
        remove(there)
        newer.rename(there)


def _drop_failed(work: Work) -> None:
    """What the new version made of data and keys: kept, it would outlive whatever is destroyed here later."""
    left = [each for each in (_failed(work), work.records.half_snapshot) if each.exists()]
    if left:
        keys = sum(wiping.remove_folder(each) for each in left)
        work.teller.say(f"data of the new version are deleted, {keys} files of keys overwritten")


def _declare(work: Work, before: Installed) -> None:
    """By the old version, whose tables these are; by the new one where the old does not know how."""
    known = work.records.known()
    if known.is_declared:
        return
    for version in (before, work.wanted):
        words = [version.command, "recovery", "declare", "--as-of", known.saved_at]
        if version.mode == Mode.COMPOSE:
            words = volumes.declare(version, work.state_dir, known.saved_at)
        done = attempt(words, work.state_dir)
        work.teller.note(f"$ {' '.join(words)} -> {done.returncode}\n{done.stdout}{done.stderr}")
        if done.returncode == 0:
            work.records.put_known(replace(known, is_declared=True))
            return
    raise StepFailed(
        "the data of the old version are back, and nothing was started, because it cannot be told that it was put "
        f"back: {complaint(done.stderr, done.stdout)}",
        f"read {work.teller.place}; mend what it names, then run ./install.sh again: it goes on with the roll-back",
    )


def _failed(work: Work) -> Path:
    return work.records.folder / "failed"


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
