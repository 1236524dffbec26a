"""``appliance egress``: prove that nothing can leave but what the settings name."""

import asyncio
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import msgspec

from appliance import config
from appliance.cli.audit_log import database, record_deed
from appliance.cli.model_start import VLLM_PYTHON
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.errors import ApplianceError, ConfigurationError
from appliance.installation.egress import approved
from appliance.joints.sms import gateway_url
from appliance.supervisor.egress import environment, sealed_in
from appliance.supervisor.model import ProcessSpec
from appliance.supervisor.processes import POSTGRES, plan
from security.audit.record import Category
from security.egress import evidence, guard, placing, selftest
from security.egress.evidence import Evidence
from security.egress.selftest import Mode, Subject
from security.errors import GuardNotPlaced

FOLDER: Final = "evidence"
_HANDED_ON: Final = ("PATH", "LANG", "LD_LIBRARY_PATH")
_ENGINES: Final = {"vllm": VLLM_PYTHON, "funasr": VLLM_PYTHON.parents[2] / ".venv-asr" / "bin" / "python"}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    evidence: Evidence
    file: str
    sha256: str
    is_recorded: bool


@click.group()
def egress() -> None:
    """What may leave, and the proof that nothing else can."""


@egress.command()
@click.option("--outside", is_flag=True, help="Try the real way out too, where egress.outside_test allows it.")
@click.option("--engine", "engines", multiple=True, metavar="NAME=PYTHON", help="An engine in a place of its own.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def test(*, outside: bool, engines: tuple[str, ...], as_json: bool) -> None:
    """Try to leave, from every process and engine, in every way; write the evidence and record its hash.

    Exit code 0: nothing can leave but what is listed. 1: something could, a control failed, or it could not be
    recorded. Without --outside the kernel's rules are not tried, and the evidence says so.
    """
    settings = config.load()
    if outside and not settings.egress.outside_test:
        raise ConfigurationError(
            "--outside sends packets by the real way out: set egress.outside_test = true in appliance.toml first"
        )
    proof_of = _mode(outside=outside)
    subjects, not_tried = _subjects(settings, dict(_place(each) for each in engines))
    say = (lambda _: None) if as_json else (lambda line: click.echo(line, err=True))
    proof = selftest.run(subjects, proof_of, say)
    told = asyncio.run(_told(settings, proof, not_tried))
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        if why := _why(told):
            click.echo(f"{why}; the whole of it is in {told.file}", err=True)
    else:
        _print(told)
    sys.exit(0 if told.evidence.is_good and told.is_recorded else 1)


def _why(told: Told) -> str:
    """What is wrong, in a line; empty: nothing."""
    proof = told.evidence.proof
    wrong = [f"{each.name}: {each.found}" for each in proof.controls if not each.is_good]
    wrong += [f"{each.subject}: {each.trouble or 'something left'}" for each in proof.checked if not each.is_good]
    wrong += [f"{each.name}: {each.said}" for each in proof.wall if not each.is_good]
    if not told.is_recorded:
        wrong.append("it could not be recorded in the audit log")
    return "; ".join(wrong)


def _mode(*, outside: bool) -> Mode:
    if outside:
        return Mode.OUTSIDE
    return Mode.NAMESPACE if selftest.can_make_a_namespace() else Mode.STAND_IN


def _place(said: str) -> tuple[str, Path]:
    name, equals, path = said.partition("=")
    if not equals or not name or not path:
        raise ConfigurationError(f"--engine {said}: expected NAME=PYTHON, such as vllm=/opt/vllm/bin/python")
    return name, Path(path)


def _subjects(settings: Settings, named: dict[str, Path]) -> tuple[list[Subject], dict[str, str]]:
    """All processes of the plan that are ours, the supervisor, and the engines that are installed."""
    around = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    ours = [each.name for each in plan(settings) if isinstance(each, ProcessSpec) and each.name != POSTGRES]
    found = [
        Subject(name=name, python=sys.executable, environment=around | _uncounted(environment(settings, name)))
        for name in ("supervisor", *ours)
    ]
    not_tried: dict[str, str] = {POSTGRES: "a C program that connects to nobody: only the kernel's rules hold it"}
    for name, python in {**_ENGINES, **named}.items():
        if not os.access(python, os.X_OK):
            not_tried[name] = f"{python} is not there"
            continue
        try:
            placing.place(python)
        except GuardNotPlaced as refused:
            not_tried[name] = str(refused)
            continue
        sealed = around | _uncounted(sealed_in(settings, name))
        found.append(Subject(name=name, python=str(python), environment=sealed, is_engine=True))
    if not selftest.knows_ipv6():
        not_tried["IPv6"] = "the kernel of this machine has none"
    return found, not_tried


def _uncounted(said: dict[str, str]) -> dict[str, str]:
    """The test's own attempts are none to be alarmed about."""
    tree = msgspec.json.decode(said[guard.VARIABLE], type=dict[str, object])
    return {guard.VARIABLE: msgspec.json.encode(tree | {"counts": ""}).decode()}


async def _told(settings: Settings, proof: selftest.Proof, not_tried: dict[str, str]) -> Told:
    """Without the database the evidence is written all the same, and says less; it is then not on record."""
    try:
        async with database(settings) as db:
            exceptions = await approved(settings, db, gateway_url(settings))
            made = _evidence(proof, exceptions, not_tried)
            file, digest = evidence.write(made, settings.state_path / FOLDER)
            async with db.system() as conn:
                detail = {"file": file.name, "sha256": digest, "mode": proof.mode, "passed": str(made.is_good).lower()}
                await record_deed(conn, Category.EGRESS, "egress.tested", detail)
            return Told(evidence=made, file=str(file), sha256=digest, is_recorded=True)
    except ApplianceError as away:
        click.echo(f"not recorded in the audit log: {away.detail}", err=True)
        made = _evidence(proof, {}, {**not_tried, "order systems, webhooks": "the database does not answer"})
        file, digest = evidence.write(made, settings.state_path / FOLDER)
        return Told(evidence=made, file=str(file), sha256=digest, is_recorded=False)


def _evidence(proof: selftest.Proof, exceptions: dict[str, str], not_tried: dict[str, str]) -> Evidence:
    return Evidence(
        made_at=SystemClock().now().isoformat(timespec="seconds"),
        host=platform.node(),
        version=version("aftersales-appliance"),
        is_good=proof.is_good,
        exceptions=exceptions,
        public=tuple(sorted({place for place in exceptions.values() if evidence.is_public(place)})),
        not_tried=not_tried,
        proof=proof,
    )


def _print(told: Told) -> None:
    made, proof = told.evidence, told.evidence.proof
    for each in proof.checked:
        stopped = sum(tried.is_good for tried in each.tried)
        click.echo(f"  {each.subject:<14} {stopped} of {len(each.tried)} ways stopped by the guard")
        if each.trouble:
            click.echo(f"    TROUBLE: {each.trouble}")
        for tried in (tried for tried in each.tried if not tried.is_good):
            click.echo(f"    LEFT: {tried.name} to {tried.host}:{tried.port}: {tried.outcome} {tried.said}")
    for control in proof.controls:
        click.echo(f"  {'holds' if control.is_good else 'FAILS':<14} {control.name}: {control.found}")
    for wall in proof.wall:
        click.echo(f"  {'wall' if wall.is_good else 'NO WALL':<14} {wall.name}: {wall.outcome} {wall.said}")
    for name, why in made.not_tried.items():
        click.echo(f"  {'not tried':<14} {name}: {why}")
    if not proof.wall:
        click.echo("  the kernel's rules were not tried: the guard is the alarm, they are the wall (--outside)")
    allowed = ", ".join(f"{place} ({by})" for by, place in made.exceptions.items())
    click.echo(f"what may leave: nothing, except: {allowed}" if allowed else "what may leave: nothing")
    for place in made.public:
        click.echo(f"  PUBLIC: {place} lies outside the intranet")
    click.echo(f"{'passed' if made.is_good else 'FAILED'}; evidence: {told.file}, SHA-256 {told.sha256}")
