"""What is wrong, in the words of the product's own checks; and which of it was not there before an upgrade.

A fault is the same one if the same check says the same words of it, numbers, times and the version's folder aside:
whatever else is said is taken as new, because a roll-back too many loses less than one too few.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"\d+([.,:]\d+)*")


@dataclass(frozen=True, kw_only=True)
class Fault:
    check: str
    found: str
    cure: str
    may_pass: bool = False
    """By itself, in a while: the check itself says so."""

    def __str__(self) -> str:
        return f"{self.check}: {self.found}, {self.cure}"


def wrong_in(report: str) -> list[Fault] | None:
    """Of what ``doctor``, ``migrate`` or ``selftest`` print with ``--json``. None where it is no such report."""
    try:
        tree = json.loads(report)
        found = tree["findings"] if isinstance(tree, dict) else tree
        return [
            Fault(check=each["check"], found=each["found"], cure=each["cure"], may_pass=each.get("may_pass", False))
            for each in found
            if each["grade"] == "wrong"
        ]
    except (ValueError, KeyError, TypeError):
        return None


def parted(now: Iterable[Fault], before: Sequence[Fault], folders: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
    """The new ones, and those that were there before. ``folders``: of the two versions."""
    known = {_core(each, folders) for each in before}
    new: list[Fault] = []
    old: list[Fault] = []
    for each in now:
        (old if _core(each, folders) in known else new).append(each)
    return new, old


def _core(fault: Fault, folders: Sequence[str]) -> tuple[str, str]:
    found = fault.found
    for folder in folders:
        found = found.replace(folder, "")
    return fault.check, _NUMBER.sub("0", found)
