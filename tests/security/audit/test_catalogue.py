"""Every action that code can write into the log stands in the specification, and nothing else does."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from appliance.identity.shop_records import ShopDeed
from security.access.records import AHEAD, Deed
from security.audit import verify

pytestmark = pytest.mark.control("M-18", "M-19")

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "compliance" / "审计日志规范.md").read_text(encoding="utf-8")
ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
WRITERS = {"record_deed": 2, "announced": 2, "intended": 2, "_own_event": 0, "_of_rung": 0, "_of_wish": 1}
"""Functions that take an action, and at which place."""
PASSED_ON = {"action", "deed.value"}
"""How a function names an action that its caller has chosen."""


def listed() -> set[str]:
    _, _, section = PAGE.partition("## 动作目录")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def expressions() -> Iterator[tuple[Path, ast.expr]]:
    """What stands where an action is named."""
    for path in (*(ROOT / "security").rglob("*.py"), *(ROOT / "appliance").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name == "AuditEvent":
                yield from ((path, keyword.value) for keyword in call.keywords if keyword.arg == "action")
            elif name in WRITERS and len(call.args) > WRITERS[name]:
                yield path, call.args[WRITERS[name]]
            elif name == "_say":
                yield from ((path, each) for each in call.args if isinstance(each, ast.Constant) and _is_action(each))


def _is_action(expression: ast.Constant) -> bool:
    return isinstance(expression.value, str) and ACTION.fullmatch(expression.value) is not None


@cache
def patterns() -> set[str]:
    """Each action that can be written; `*` for what is only known when it is."""
    found = {deed.value for deed in (*Deed, *ShopDeed)}
    for path, expression in expressions():
        match expression:
            case ast.Constant(value=str(text)):
                found.add(text)
            case ast.JoinedStr(values=values):
                found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in values))
            case ast.Name(id=("KEY_CHANGE" | "PRUNE" | "RESTORED") as constant):
                found.add(str(getattr(verify, constant)))
            case _:
                assert ast.unparse(expression) in PASSED_ON, f"{path}: {ast.unparse(expression)}"
    return found


def _fits(pattern: str, action: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[a-z_]+"), action) is not None


def test_every_action_in_the_code_is_listed() -> None:
    assert [pattern for pattern in sorted(patterns()) if not any(_fits(pattern, action) for action in listed())] == []


def test_every_action_that_is_listed_is_in_the_code() -> None:
    assert [action for action in sorted(listed()) if not any(_fits(pattern, action) for pattern in patterns())] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_console_has_a_name_for_every_action(language: str) -> None:
    words = ROOT / "appliance/console/src/console/words" / f"{language}-actions.ts"
    named = set(re.findall(r'^  "([a-z_.]+)": "', words.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == listed()


NUMBERS_ARE_USED = {"operation.execute", "message.send", "photo_link.send", "outbound.call"}


def test_what_is_said_before_it_is_done_is_marked_so() -> None:
    marked = {
        name
        for line in PAGE.splitlines()
        if line.startswith("| `") and line.rstrip(" |").endswith("先意图")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    by_command = {"audit.export", "audit.prune", "keys.root_split", "keys.epochs_saved", "backup.made"}
    assert marked == {deed.value for deed in AHEAD} | NUMBERS_ARE_USED | by_command
