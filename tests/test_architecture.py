"""Rules of the house that a machine can hold: where imports point, what files are called, how long they get."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("security", "models", "appliance")
_NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
_LONGEST_LINES = 400
_MAY_BE_LONG = {"security/audit/verify.py", "security/audit/witness.py"}
"""An auditor carries each of these away and runs it alone, so it cannot be split."""


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(path for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.control("G-03")
def test_imports_point_one_way() -> None:
    """The contracts stand in pyproject.toml; the output of a broken one names the import.

    In a process of its own: it sets up logging anew, and would silence the loggers of the tests that follow.
    """
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in _modules() if path.stat().st_size and ast.get_docstring(_tree(path)) is None]
    assert silent == []


def test_no_file_gets_away() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in _modules()}
    assert {path for path, length in lengths.items() if length > _LONGEST_LINES} <= _MAY_BE_LONG


def test_a_module_is_named_for_what_it_is_about() -> None:
    assert [path for path in _modules() if {path.stem, path.parent.name} & _NO_NAMES] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in _modules()}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    """It runs before any package is found (``python -I -S``)."""
    imported = {
        name.split(".")[0] for node in ast.walk(_tree(ROOT / "appliance" / "launch.py")) for name in _names(node)
    }
    assert imported - sys.stdlib_module_names == set()


def test_what_must_fit_a_pattern_fits_it_to_its_last_character() -> None:
    """msgspec reads patterns as Python does, where ``$`` stands before a last line feed too; ECMA has no ``\\Z``."""
    patterns = dict(_patterns())
    assert len(patterns) > 50
    assert {place: pattern for place, pattern in patterns.items() if not _fits_whole(pattern)} == {}


def test_the_rule_of_patterns_tells_an_open_end() -> None:
    given = [r"^[!-~]+$", r"[!-~]+$(?!\n)", r"^[!-~]+\Z", r"^a$|b$(?!\n)", r"^a|b$(?!\n)", r"^[!-~$]+$(?!\n)"]
    assert [_fits_whole(pattern) for pattern in given] == [False, False, False, False, False, True]


def _fits_whole(pattern: str) -> bool:
    body = pattern.removeprefix("^").removesuffix(r"$(?!\n)")
    bare = re.sub(r"\\.|\[(?:\\.|[^]\\])*\]", "", body)
    outside = bare
    while (inner := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = inner
    return pattern == rf"^{body}$(?!\n)" and "$" not in bare and "|" not in outside


def _patterns() -> Iterator[tuple[str, str]]:
    """Of every type that comes from outside: bodies, parameters, settings, answers, catalogues."""
    for path in (each for each in _modules() if "pattern=" in each.read_text(encoding="utf-8")):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Meta", "Parameter")):
                for given in (each.value for each in node.keywords if each.arg == "pattern"):
                    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
                    value = eval(compile(ast.Expression(given), str(path), "eval"), vars(module))  # noqa: S307
                    yield f"{path.relative_to(ROOT)}:{given.lineno}", value


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
