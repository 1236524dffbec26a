"""The steps of an installation, in order. Any call goes on where the last one ended."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from appliance.setup import containers, door, faults, services, settling, way_out
from appliance.setup.answers import Mode
from appliance.setup.errors import Refused, StepFailed
from appliance.setup.faults import Fault
from appliance.setup.record import POINTER, Installed, Progress, Records
from appliance.setup.running import Teller, attempt, call, complaint
from appliance.setup.situation import Situation

_HAND_OVER: Final = "Hand each token to its person; it is not shown again, and sets up one account, once."
_REFUSED: Final = 2
"""The exit code of ours for what another try does not help."""
_TRIES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Step:
    name: str
    would: str
    """What it does, for --dry-run."""
    do: Callable[[], None]
    is_kept_up: bool = False
    """Done by every call, also by one that goes on behind it: a machine that went down, or somebody, undid it."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What every step works with."""

    situation: Situation
    wanted: Installed
    records: Records
    teller: Teller

    @property
    def state_dir(self) -> Path:
        return self.situation.state_dir

    def product(self, *words: str) -> list[str]:
        """The wanted version's own command."""
        return services.product(self.wanted, self.state_dir, *words)


def steps(work: Work) -> list[Step]:
    found = _of_containers(work) if work.wanted.mode == Mode.COMPOSE else _of_this_machine(work)
    answers = work.situation.answers
    found.append(Step(name="selftest", would="look whether all of it works", do=lambda: selftest(work)))
    found += egress(work)
    if answers.administrators:
        where = answers.tokens_file or "this terminal"
        would = f"make the first four administrators, their one-time tokens to {where}"
        found.append(Step(name="administrators", would=would, do=lambda: _administrators(work)))
    return found


def _of_this_machine(work: Work) -> list[Step]:
    wanted, state_dir, answers = work.wanted, work.state_dir, work.situation.answers
    found = [
        Step(
            name="place", would=f"make {state_dir}, and name it in {wanted.folder}/{POINTER}", do=lambda: _place(work)
        ),
    ]
    if door.speaks_tls(wanted, answers):
        would = f"make {state_dir}/tls: an authority, and the certificate that the web processes show as {wanted.name}"
        found.append(Step(name="certificates", would=would, do=lambda: _certificates(work)))
    found += [
        Step(
            name="settings", would=f"write {state_dir}/appliance.toml, unless it is there", do=lambda: _settings(work)
        ),
        Step(
            name="service",
            would=f"start it by {wanted.service}: database, keys, tables, processes on {wanted.host}:{wanted.port}",
            do=lambda: services.start(wanted, state_dir, work.teller, answers),
            is_kept_up=True,
        ),
    ]
    return found


def _of_containers(work: Work) -> list[Step]:
    wanted, state_dir, teller = work.wanted, work.state_dir, work.teller
    place = Step(
        name="place", would=f"make {state_dir}, and name it in {wanted.folder}/{POINTER}", do=lambda: _place(work)
    )
    service = Step(
        name="service",
        would="load the kernel's rules for its bridges; start it by docker compose: database, tables, web, worker",
        do=lambda: services.start(wanted, state_dir, teller, work.situation.answers),
        is_kept_up=True,
    )
    return [place, *laid_out(work), images(work), lock(work), service]


def egress(work: Work) -> list[Step]:
    """None for containers: what would be tried inside says nothing of the networks that Docker makes."""
    if work.wanted.mode == Mode.COMPOSE:
        return []
    would = "try to leave in every way; the evidence into the audit log. What is open is said, and fails nothing"
    return [Step(name="egress", would=would, do=lambda: way_out.look(work.wanted, work.state_dir, work.teller))]


def images(work: Work) -> Step:
    """In an upgrade before anything is stopped: an image that is missing is no reason to stop serving."""
    named = work.situation.answers.images_lock
    return Step(
        name="images",
        would="load the bundle's; see that each is here by its digest. Nothing is fetched",
        do=lambda: containers.bring_images(work.wanted, work.state_dir, named, work.teller),
    )


def lock(work: Work) -> Step:
    """What a start goes by is kept only when the images were found."""
    return Step(
        name="lock",
        would=f"keep the digests of the images in {containers.server(work.state_dir)}/images.lock",
        do=lambda: containers.keep_lock(work.state_dir, work.situation.answers.images_lock),
    )


def laid_out(work: Work) -> list[Step]:
    """What Compose works with, of the wanted version."""
    wanted, state_dir, answers, teller = work.wanted, work.state_dir, work.situation.answers, work.teller
    place = containers.server(state_dir)
    found = [
        Step(
            name="files",
            would=f"lay out {place.parent}; settings that are there are kept",
            do=lambda: containers.lay_out(wanted, state_dir, weights=answers.weights_dir, wal=answers.wal_dir),
        ),
        Step(
            name="secrets",
            would=f"draw the passwords and keys of {place}/secrets, once; each for the user of its container",
            do=lambda: containers.make_secrets(state_dir, teller),
        ),
        Step(
            name="gate",
            would=f"write {place}/gate.cfg: the way out to what the settings name, and to nothing else",
            do=lambda: containers.make_gate(wanted, state_dir, teller),
        ),
    ]
    if answers.certificates:
        would = f"make {state_dir}/tls: an authority, and certificates for {wanted.name} and the database"
        found.insert(1, Step(name="certificates", would=would, do=lambda: _container_certificates(work)))
    return found


def _container_certificates(work: Work) -> None:
    containers.make_certificates(work.wanted, work.state_dir, work.teller)


def carry_out(work: Work, before: Installed | None, wanted_steps: list[Step]) -> None:
    """Those that are not behind us yet; where it ends, the next call goes on."""
    progress = work.records.progress() or Progress(before=before, after=work.wanted)
    work.records.put_progress(progress)
    for step in wanted_steps:
        if step.name in progress.done and not step.is_kept_up:
            work.teller.note(f"{step.name}: done before")
            continue
        work.teller.say(step.name)
        step.do()
        progress = replace(progress, done=(*(name for name in progress.done if name != step.name), step.name))
        work.records.put_progress(progress)
    work.records.put_installed(work.wanted)
    work.records.end_progress()


def _place(work: Work) -> None:
    work.state_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    (work.situation.folder / POINTER).write_text(f"{work.state_dir}\n", encoding="utf-8")


def _settings(work: Work) -> None:
    """What is there is a person's, and is kept."""
    file = work.state_dir / "appliance.toml"
    if file.exists():
        work.teller.say(f"{file} is kept as it is")
        return
    wanted, answers = work.wanted, work.situation.answers
    certificate, key = door.pair(wanted, work.state_dir)
    shown = f"certificate_file = {json.dumps(str(certificate))}\nkey_file = {json.dumps(str(key))}\n"
    text = (
        "# Written at the installation. 'appliance config example' shows every setting.\n"
        'profile = "production"\n\n'
        f"[web]\nhost = {json.dumps(wanted.host)}\nport = {wanted.port}\nworkers = {answers.workers}\n"
        f"{shown if door.speaks_tls(wanted, answers) else ''}\n"
        f"[access]\norigin = {json.dumps(door.origin(wanted, answers))}\n"
    )
    scratch = file.with_suffix(".new")
    scratch.write_text(text, encoding="utf-8")
    scratch.rename(file)


def _certificates(work: Work) -> None:
    """Before the settings that name it. Where a person has written those, they name what he made."""
    if (work.state_dir / "appliance.toml").exists():
        work.teller.say("none is made: the settings are there already, and say whether web speaks TLS")
        return
    names = door.names(work.wanted)
    call(work.teller, [work.wanted.command, "certificates", "issue", *names, "--if-missing"], work.state_dir)


def selftest(work: Work) -> None:
    """A container has no room for the throw-away copy that customers are tried on: there it is the doctor alone.

    Customers are tried once; what may pass by itself the doctor is asked again.
    """
    doctor = ["doctor", "--json"]
    asked = doctor if work.wanted.mode == Mode.COMPOSE else ["selftest", "--json"]
    look_for_new_faults(work, asked, "the self-test has not passed", again=doctor)


def look_for_new_faults(work: Work, asked: list[str], said: str, *, again: list[str] | None = None) -> None:
    """StepFailed names each finding that is wrong and was not before an upgrade; the whole report is in the log.

    ``again``: who is asked whether what may pass by itself has passed.
    """
    new, old = _wrong(work, asked, said)
    for each in old:
        work.teller.say(f"was there before: {each}")
    if again is not None:
        new = settling.settled(new, lambda: _wrong(work, again, said)[0], work.teller, settling.PATIENCE)
    if new:
        raise _not_well(work, said, "; ".join(map(str, new)))


def _wrong(work: Work, asked: list[str], said: str) -> tuple[list[Fault], list[Fault]]:
    """What is new, and what was there before an upgrade. StepFailed where who is asked ends without a finding."""
    words = work.product(*asked)
    done = attempt(words, work.state_dir)
    work.teller.note(f"$ {' '.join(words)} -> {done.returncode}\n{done.stdout}{done.stderr}")
    if done.returncode == 0:
        return [], []
    new, old = faults.parted(faults.wrong_in(done.stdout) or [], *_known_before(work))
    if not new and not old:
        raise _not_well(work, said, complaint(done.stderr, done.stdout))
    return new, old


def _not_well(work: Work, said: str, why: str) -> StepFailed:
    cure = f"read {work.teller.place}; mend what it names, then run ./install.sh again"
    return StepFailed(f"{said}: {why}", cure)


def _known_before(work: Work) -> tuple[tuple[Fault, ...], list[str]]:
    """In an upgrade, what was wrong with the version before; and the folders of both."""
    progress = work.records.progress()
    before = progress.before if progress else None
    if before is None or before.folder == work.wanted.folder:
        return (), []
    return work.records.known().faults, [before.folder, work.wanted.folder]


def _administrators(work: Work) -> None:
    """Made once. Cut off before anybody saw the tokens, new ones are issued for those that nobody has used.

    StepFailed unless somebody has them: an installation that nobody can enter is none.
    """
    words = work.product("admin", "bootstrap", "--json")
    done = _patiently(work, words)
    if done.returncode != 0:
        _refuse_nobody(work, done)
        done = _patiently(work, [*words, "--reissue"])
        if done.returncode == _REFUSED:
            work.teller.say(
                "the administrators have been made before; who has no account asks a security administrator"
            )
            return
    if done.returncode != 0:
        raise _no_administrators(work, done)
    tokens = [f"{each['role']:<12} {each['token']}  until {each['expires_at']}" for each in json.loads(done.stdout)]
    _hand_over(work, tokens)


def _patiently(work: Work, words: list[str]) -> "subprocess.CompletedProcess[str]":
    """Again where that may help: on a busy machine the log may not take an intent in time, and nothing is done."""
    for _ in range(_TRIES):
        done = attempt(words, work.state_dir)
        if done.returncode in {0, _REFUSED}:
            return done
        work.teller.note(f"$ {' '.join(words)} -> {done.returncode}\n{done.stderr}")
    return done


def _refuse_nobody(work: Work, done: "subprocess.CompletedProcess[str]") -> None:
    """Only where accounts exist was the refusal one of making them twice."""
    listed = attempt(work.product("admin", "list", "--json"), work.state_dir)
    if listed.returncode != 0:
        raise _no_administrators(work, listed)
    if not json.loads(listed.stdout):
        raise _no_administrators(work, done)


def _no_administrators(work: Work, done: "subprocess.CompletedProcess[str]") -> StepFailed:
    work.teller.note(done.stderr)
    return StepFailed(
        f"the first administrators could not be made: {complaint(done.stderr)}",
        f"read {work.teller.place}; run ./install.sh again, it goes on with this step",
    )


def _hand_over(work: Work, tokens: list[str]) -> None:
    """On the terminal or into a file of their own; never into the log."""
    text = "\n".join([_HAND_OVER, *tokens, ""])
    if not work.situation.answers.tokens_file:
        os.write(1, text.encode())
        return
    path = Path(work.situation.answers.tokens_file)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as taken:
        raise Refused(f"{path} cannot be made: {taken.strerror}", "answer tokens_file with a new file") from taken
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
    work.teller.say(f"the one-time tokens are in {path}: hand them out, then delete it")
