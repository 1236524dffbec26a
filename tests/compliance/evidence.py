"""Which tests are evidence for which controls: the ``control`` markers, read from the test files without running them.

Only forms that can be read for sure are taken: a decorator of a test or of its class, or ``pytestmark``, with literal
ids. Any other use of the marker is an error, so nothing is overlooked.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.compliance.controls import ROOT

MARKER = "control"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class MarkerUnreadable(Exception):
    """A marker stands where it cannot be read, or is given something else than literal ids."""


@cache
def all_evidence() -> dict[str, tuple[str, ...]]:
    """Control ids of each marked test, by node id without parameters."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    return {node: ids for path in files for node, ids in evidence_in(path).items()}


def evidence_in(path: Path) -> dict[str, tuple[str, ...]]:
    text = path.read_text(encoding="utf-8")
    if f"mark.{MARKER}" not in text:
        return {}
    tree = ast.parse(text)
    name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
    found: dict[str, tuple[str, ...]] = {}
    read: set[ast.AST] = set()
    of_file = _ids(name, _pytestmark(tree), read)
    for within, test, owners in _tests(tree):
        marks = [*test.decorator_list, *(mark for owner in owners for mark in owner.decorator_list)]
        if ids := of_file | _ids(name, marks, read):
            found["::".join([name, *within, test.name])] = tuple(sorted(ids))
    for node in ast.walk(tree):
        if _is_marker(node) and node not in read:
            raise MarkerUnreadable(f"{name}, line {getattr(node, 'lineno', 0)}: mark a test, its class or pytestmark")
    return found


def _tests(
    tree: ast.Module | ast.ClassDef, owners: tuple[ast.ClassDef, ...] = ()
) -> Iterator[tuple[list[str], _Function, tuple[ast.ClassDef, ...]]]:
    for node in tree.body:
        if isinstance(node, _Function) and node.name.startswith("test_"):
            yield [owner.name for owner in owners], node, owners
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests(node, (*owners, node))


def _pytestmark(tree: ast.Module) -> list[ast.expr]:
    marks: list[ast.expr] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            marks += node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return marks


def _ids(name: str, marks: list[ast.expr], read: set[ast.AST]) -> set[str]:
    ids: set[str] = set()
    for mark in marks:
        if isinstance(mark, ast.Call) and _is_marker(mark.func):
            read.add(mark.func)
            for given in mark.args:
                if not (isinstance(given, ast.Constant) and isinstance(given.value, str)):
                    raise MarkerUnreadable(f"{name}, line {mark.lineno}: give the ids as literal strings")
                ids.add(given.value)
    return ids


def _is_marker(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == MARKER
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    )
