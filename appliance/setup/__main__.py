"""``python -m appliance.setup look|install|uninstall``, as ``./install.sh`` calls it from its own folder."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.setup import answers as questions
from appliance.setup import claim, door, installing, removing, rolling_back, upgrading
from appliance.setup.answers import Mode
from appliance.setup.checks import failing, lines
from appliance.setup.errors import Refused, StepFailed
from appliance.setup.installing import Step, Work
from appliance.setup.record import Records
from appliance.setup.running import Teller
from appliance.setup.situation import Situation, Task, look, state_dir_of

_INTERRUPTED = 130
"""Exit code of what a person stopped with Ctrl+C, as shells have it."""
_DONE_DRY = 3
"""Exit code of ``look --dry-run``: all was shown, and nothing is to be done."""


def main(words: Sequence[str] | None = None) -> int:
    """0: done; 1: refused or failed, in one line with its cure; 2: called wrongly; 3: only shown; 130: interrupted."""
    arguments = _parser().parse_args(words)
    try:
        if arguments.print_answers:
            sys.stdout.write(questions.example())
            return _DONE_DRY
        given = questions.read(arguments.answers)
        folder = Path.cwd()
        if arguments.command == "uninstall":
            return _uninstall(folder, state_dir_of(folder, given), arguments)
        situation = look(folder, given)
        if arguments.command == "look":
            return _look(situation, is_dry=arguments.dry_run)
        return _install(situation)
    except Refused as refused:
        sys.stderr.write(f"FAIL: {refused}\n")
        return 1
    except OSError as failed:
        sys.stderr.write(f"FAIL: {failed.filename}: {failed.strerror}. Cure: mend that, then run ./install.sh again\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\nstopped half-way: {_how_on(arguments.command)}\n")
        return _INTERRUPTED


def _how_on(command: str) -> str:
    if command == "look":
        return "nothing was changed"
    word = " uninstall" if command == "uninstall" else ""
    return f"call ./install.sh{word} again with the same words, and it goes on where this ended"


def _look(situation: Situation, *, is_dry: bool) -> int:
    sys.stdout.write("== what this machine has\n")
    sys.stdout.writelines(f"{line}\n" for line in lines(situation.checks))
    bad = failing(situation.checks, situation.answers)
    if is_dry:
        sys.stdout.writelines(f"{line}\n" for line in _planned(situation))
    if bad:
        names = ", ".join(each.name for each in bad)
        raise Refused(f"{len(bad)} of {len(situation.checks)} checks failed: {names}", "each has its own, above")
    return _DONE_DRY if is_dry else 0


def _planned(situation: Situation) -> Iterator[str]:
    yield f"== what would be done: {situation.task}"
    yield f"  packages   install into {situation.folder}/.venv, unless they are current"
    for step in _steps(_work(situation, Teller(None))):
        yield f"  {step.name:<10} {step.would}"
    yield "== nothing was changed"


def _work(situation: Situation, teller: Teller) -> Work:
    return Work(situation=situation, wanted=situation.wanted, records=Records(situation.state_dir), teller=teller)


def _steps(work: Work) -> list[Step]:
    before = work.situation.installed
    if work.situation.task is Task.UPGRADE and before is not None:
        return upgrading.steps(work, before)
    return installing.steps(work)


def _install(situation: Situation) -> int:
    claim.refuse_strange(situation.state_dir, situation.folder)
    records = Records(situation.state_dir)
    with records.locked():
        work = _work(situation, Teller(records.log))
        work.teller.note(
            f"{situation.task} of {situation.folder} into {situation.state_dir}, profile {situation.profile}"
        )
        _settle_unfinished(work)
        before = situation.installed
        if situation.task is Task.UPGRADE and before is not None:
            upgrading.refuse_impossible(before, work)
        has_served = situation.task is Task.UPGRADE and upgrading.has_served(work)
        try:
            installing.carry_out(work, before, _steps(work))
        except (StepFailed, OSError) as failed:
            if situation.task is not Task.UPGRADE:
                raise
            why = failed.found if isinstance(failed, StepFailed) else str(failed)
            if has_served:
                raise StepFailed(
                    f"{why}; nothing was put back, because the new version has served since an earlier call",
                    "mend what it names, then run ./install.sh again; the way back by hand: docs/installation.md",
                ) from failed
            if not rolling_back.is_due(work):
                records.end_progress()
                raise StepFailed(
                    f"the upgrade failed before anything was stopped: {why}",
                    f"the old version was not touched; read {records.log}, mend what it names, then start it again",
                ) from failed
            rolling_back.roll_back(work, why)
            raise StepFailed(
                f"the upgrade failed and was rolled back: {why}",
                f"the old version serves again; read {records.log}, mend what it names, then start the upgrade again",
            ) from failed
        upgrading.finish(work)
    _say_where(work)
    return 0


def _settle_unfinished(work: Work) -> None:
    """What an earlier call left: a roll-back is brought to its end; another version's installation is not mixed in."""
    progress = work.records.progress()
    if progress is None:
        return
    if progress.after.folder != work.wanted.folder:
        raise Refused(
            f"an installation of {progress.after.folder} is under way here",
            f"end it first: {progress.after.folder}/install.sh",
        )
    if progress.failure:
        rolling_back.roll_back(work, progress.failure)
        raise StepFailed(
            f"the upgrade had failed, and is rolled back now: {progress.failure}", f"see {work.records.log}"
        )


def _say_where(work: Work) -> None:
    wanted = work.wanted
    is_contained = wanted.mode == Mode.COMPOSE
    where = f"https://{wanted.name}/" if is_contained else door.address(wanted, work.state_dir)
    work.teller.say(f"installed: version {wanted.version}, profile {wanted.profile}, on {where}")
    kept = f"{work.state_dir} and the volumes of Docker" if is_contained else str(work.state_dir)
    work.teller.say(f"data and keys are kept in {kept}; what was done stands in {work.records.log}")
    if wanted.service != "systemd" and not is_contained:
        runner = "root" if os.geteuid() == 0 else "an ordinary user"
        work.teller.say(
            f"no rules of the kernel are loaded: they go by a user of the product's own, and it runs as {runner}; its "
            "guards and your network keep it in (docs/deployment.md#what-may-leave)"
        )
        work.teller.say(f"after a restart of the machine start it again: {wanted.command} up")


def _uninstall(folder: Path, state_dir: Path, arguments: argparse.Namespace) -> int:
    records = Records(state_dir)
    if not state_dir.is_dir():
        raise Refused(f"{state_dir} is not there", "name the state directory in an answer file, --answers FILE")
    if not records.is_ours():
        raise Refused(
            f"{state_dir} is no state directory of an installation: nothing was ever installed there",
            "name the state directory in an answer file, --answers FILE; nothing was touched",
        )
    with records.locked():
        kept = removing.uninstall(
            folder,
            state_dir,
            Teller(None),
            destroy=arguments.destroy_keys,
            typed=arguments.confirm,
            record_dir=arguments.record or state_dir.parent / "uninstalled",
        )
    if kept is not None:
        sys.stdout.write(f"== keys and data are destroyed; the record is {kept}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./install.sh", description="Install, upgrade or remove the appliance.")
    parser.add_argument("command", choices=["look", "install", "uninstall"])
    parser.add_argument("--answers", type=Path, metavar="FILE", help="answers (TOML); the rest by default")
    parser.add_argument("--print-answers", action="store_true", help="print a file with every question, and end")
    parser.add_argument("--dry-run", action="store_true", help="show what was found and would be done, and end")
    parser.add_argument("--destroy-keys", action="store_true", help="uninstall: keys and data, too")
    parser.add_argument("--confirm", metavar="WORDS", help="uninstall: what would have to be typed")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="uninstall: where the record is written")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
