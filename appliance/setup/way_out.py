"""The last look of an installation: could anything leave this machine but what the settings name?

The product's own test says so and puts its evidence into the audit log. What is open in the kernel or in the site's
network is said with its cure and holds up nothing: it is not this version's doing, and a service that does not run
closes no firewall. What gets past the product's own guard is this version's doing, and ends it as the self-test would.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from appliance.setup import carrying_over
from appliance.setup.errors import StepFailed
from appliance.setup.record import Installed
from appliance.setup.running import Teller, attempt, complaint

LONGEST_S: Final = 180.0
"""Where nothing answers each way waits for two seconds; a machine without any network is not to hold up its own
installation for longer than this."""
_LEFT: Final = "left"
_MOST_NAMED: Final = 5


@dataclass(frozen=True, kw_only=True)
class Verdict:
    leaks: list[str] = field(default_factory=list)
    """What the product's own guard let out."""
    warnings: list[tuple[str, str]] = field(default_factory=list)
    """What was found, and its cure."""
    notes: list[str] = field(default_factory=list)


def look(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """StepFailed only for what gets past the product's own guard."""
    is_outside = carrying_over.may_test_outside(installed, state_dir)
    words = [installed.command, "egress", "test", *(["--outside"] if is_outside else []), "--json"]
    done = attempt(words, state_dir, longest_s=LONGEST_S)
    teller.note(f"$ {' '.join(words)} -> {done.returncode}\n{done.stdout}{done.stderr}")
    again = f"{installed.command} egress test"
    verdict = judged(done.stdout, again)
    if verdict is None:
        why = complaint(done.stderr, done.stdout)
        verdict = Verdict(warnings=[(f"whether anything could leave was not found out: {why}", f"run '{again}'")])
    for note in verdict.notes:
        teller.say(note)
    for found, cure in verdict.warnings:
        teller.say(f"WARNING: {found}. Cure: {cure}")
    if verdict.leaks:
        raise StepFailed(
            f"the product's own guard let something out: {_some(verdict.leaks)}",
            f"read {teller.place}, and bring it to whoever gave you this version; then run ./install.sh again",
        )


def judged(report: str, again: str) -> Verdict | None:
    """Of what ``egress test --json`` prints. None where it is no such report. ``again``: the test, as it is called."""
    try:
        told = json.loads(report)
        return _judged(told, told["evidence"]["proof"], again)
    except (ValueError, KeyError, TypeError):
        return None


def _judged(told: dict[str, Any], proof: dict[str, Any], again: str) -> Verdict:
    leaks, unshown = _at_the_guards(proof["checked"])
    unshown += [f"{each['name']}: {each['found']}" for each in proof["controls"] if not each["is_good"]]
    notes = []
    if not leaks and not unshown:
        notes.append(f"nothing gets past the guards of {len(proof['checked'])} processes and engines")
    if proof["wall"] and all(each["is_good"] for each in proof["wall"]):
        notes.append(f"past the guards the machine's way out is closed, in each of {len(proof['wall'])} ways")
    if not proof["wall"]:
        notes.append(
            "what the kernel and the network stop was not tried: it sends packets, which egress.outside_test has to "
            f"allow; then '{again} --outside'"
        )
    warnings = _at_the_wall(proof["wall"], again)
    if unshown:
        warnings.append((f"the test of the way out shows less than it should: {_some(unshown)}", f"run '{again}'"))
    if told["is_recorded"]:
        notes.append(f"the evidence is {told['file']}, its SHA-256 in the audit log")
    else:
        cure = f"see 'appliance doctor', then run '{again}'"
        warnings.append((f"the evidence, {told['file']}, is not in the audit log", cure))
    return Verdict(leaks=leaks, warnings=warnings, notes=notes)


def _at_the_guards(checked: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What left, and what was not tried or was stopped by something else first."""
    leaks: list[str] = []
    unshown: list[str] = []
    for each in checked:
        if each["trouble"]:
            unshown.append(f"{each['subject']}: {each['trouble']}")
        for tried in each["tried"]:
            if not tried["is_good"]:
                (leaks if tried["outcome"] == _LEFT else unshown).append(f"{each['subject']}: {_way(tried)}")
        if each["arrived"] and not leaks:
            leaks.append(f"{each['subject']}: {each['arrived']} arrived at the sink")
    return leaks, unshown


def _at_the_wall(wall: list[dict[str, Any]], again: str) -> list[tuple[str, str]]:
    close = (
        "close it in the site's firewall, or by rules of this machine ('appliance deploy rules', docs/deployment.md); "
        f"then run '{again} --outside'"
    )
    opened = [_way(each) for each in wall if each["outcome"] == _LEFT and not each["is_good"]]
    silent = [_way(each) for each in wall if each["outcome"] != _LEFT and not each["is_good"]]
    found = []
    if opened:
        found.append((f"the machine's way out is open to whatever goes past the guards: {_some(opened)}", close))
    if silent:
        found.append((f"nothing answered, which proves nothing of the way out: {_some(silent)}", close))
    return found


def _way(tried: dict[str, Any]) -> str:
    return f"{tried['name']} to {tried['host']}:{tried['port']}"


def _some(found: list[str]) -> str:
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return "; ".join(found[:_MOST_NAMED]) + more
