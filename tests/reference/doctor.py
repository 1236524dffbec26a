"""docs/doctor.md: what each check of the doctor needs, and every fault that a test really makes."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from appliance.cli.findings import CHECKS, NEEDED

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "doctor.md"
TESTS: Final = ROOT / "tests" / "appliance" / "cli" / "doctor"
_HEAD: Final = """# What `appliance doctor` finds

Written by `python -m tests.reference` from the checks and from the tests that break what they look at: change it there.

`appliance doctor` looks at everything that has to be well and changes nothing. Each line says how well it is (`ok`,
`warning`: well today and not for long, `wrong`, `skipped`: not there and need not be), what was found, what is needed
and the cure. Exit code 1 if anything is wrong. `--json` prints a list of
`{check, grade, found, cure, needed, may_pass}`; `may_pass` is true of what is wrong and may be well in a while without
anybody's doing, which an installation and an upgrade wait for ([installation.md](installation.md#upgrading)). The
console's operations room runs the same command. It asks the order systems, the language model and the engines of
speech, reads the whole audit log, and takes as long as that does.

## Checks

| check | what it needs |
| --- | --- |
"""
_FAULTS: Final = """
## Faults that were made

{count} of them. Each is made in a test, on a real PostgreSQL, real files, a real order system or a real process, and
found; most tests first show that the check is content without it. The words are what it says at least. Three are
played: a Python that is too old, a kernel whose clock nobody keeps, and one that has lost its rules. Those of telephone
calls stand in `tests/appliance/cli/test_findings_voice.py`, with an engine that plays a script.

| check | found | may pass | cure | test |
| --- | --- | --- | --- | --- |
"""


class Fault(NamedTuple):
    check: str
    found: str
    cure: str
    may_pass: bool
    test: str


def faults() -> list[Fault]:
    found = [each for path in sorted(TESTS.glob("test_*.py")) for each in _in(path)]
    order = list(CHECKS)
    return sorted(found, key=lambda each: order.index(each.check))


def render() -> str:
    checks = "".join(f"| {name} | {NEEDED[name]} |\n" for name in CHECKS)
    made = faults()
    rows = "".join(
        f"| {each.check} | {each.found} | {'yes' if each.may_pass else ''} | {each.cure} | `{each.test}` |\n"
        for each in made
    )
    return _HEAD + checks + _FAULTS.format(count=len(made)) + rows


def _in(path: Path) -> Iterator[Fault]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "fault":
                check, found, cure = (str(ast.literal_eval(each)) for each in mark.args)
                yield Fault(check, found, cure, bool(mark.keywords), node.name)
