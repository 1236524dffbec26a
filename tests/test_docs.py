"""What the documents name is there: paths, links, commands, options, words of the code; what is served, recognised."""

import ast
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from appliance.cli.demo import demo
from appliance.cli.main import appliance
from appliance.dialogue.schema import load_flows
from models.commands import Flow
from security.pii.model import PiiType
from security.pii.recognisers import ALL

ROOT = Path(__file__).parents[1]
TOPS = ("appliance", "models", "security")
PAGES = [
    ROOT / "README.md",
    ROOT / "appliance" / "client" / "intranet" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FRONT_PAGES = [ROOT / "README.md", ROOT / "docs" / "README.zh-CN.md"]
DECISIONS = ROOT / "docs" / "decisions"

_PATH = re.compile(r"(?<![\w/.:-])(?:security|models|appliance|compose|docs|tests|\.ci)/[\w./*<>-]*")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_CODE = re.compile(r"`([a-z_]+)`")
_ENDS_A_COMMAND = ("#", "|", ";", "&&")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


every_page = pytest.mark.parametrize("page", PAGES, ids=_name)
every_front_page = pytest.mark.parametrize("page", FRONT_PAGES, ids=_name)


@every_page
def test_every_path_is_there(page: Path) -> None:
    assert [path for path in _paths(_text(page)) if not any(ROOT.glob(path))] == []


def _paths(text: str) -> Iterator[str]:
    for found in _PATH.findall(text):
        path = found.rstrip("./")
        if not {"<", ">"} & set(path) and "NNNN" not in path:
            yield path


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(_FENCE.sub("", _text(page))) if "://" not in link]
    assert [link for link in links if not _leads_somewhere(page, link)] == []


def _leads_somewhere(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    return target.exists() and (not anchor or anchor in map(_anchor, _HEADING.findall(_text(target))))


def _anchor(heading: str) -> str:
    """As a forge makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@every_page
def test_every_command_is_one(page: Path) -> None:
    wrong = [(words, why) for words in _command_lines(_text(page)) if (why := _trouble(words))]
    assert wrong == []


def _command_lines(text: str) -> Iterator[list[str]]:
    in_fences = [line for fence in _FENCE.findall(text) for line in fence.splitlines()[1:-1]]
    in_words = _SPAN.findall(_FENCE.sub("", text))
    for line in (*in_fences, *in_words):
        bare = line.strip().removeprefix(".venv/bin/")
        if bare.startswith(("appliance ", "./install.sh", "python -m ", "pytest ")):
            yield _words(bare)


def _words(line: str) -> list[str]:
    words = []
    for word in shlex.split(line):
        if word in _ENDS_A_COMMAND:
            break
        words.append(word.strip("[]"))
    return words


def _trouble(words: list[str]) -> str:
    match words:
        case ["appliance", *rest]:
            return _trouble_in(appliance, rest)
        case ["./install.sh", "demo", *options]:
            return _trouble_in(demo, options)
        case ["./install.sh", "test", *options]:
            accepted = _text(ROOT / "compose" / "install" / "run-tests.sh")
            return next((f"no option {option}" for option in options if f"{option})" not in accepted), "")
        case ["./install.sh", "voice"]:
            return ""
        case ["./install.sh", "uninstall" | "install", *options] | ["./install.sh", *options]:
            known = _text(ROOT / "appliance" / "setup" / "__main__.py")
            asked = [word for word in options if word.startswith("-")]
            if options and not asked:
                return f"no command {options}"
            return next((f"no option {option}" for option in asked if f'"{option}"' not in known), "")
        case ["python", "-m", module, *_]:
            return "" if importlib.util.find_spec(module) else f"no module {module}"
    return ""


def _trouble_in(command: click.Command, words: list[str]) -> str:
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        if found is None:
            return f"no command {name}"
        command, context = found, click.Context(found, parent=context)
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in {*known, "--help"}]
    return f"no option {unknown}" if unknown else ""


def test_decisions_have_numbers_of_their_own_and_are_listed() -> None:
    records = [path for path in sorted(DECISIONS.glob("*.md")) if path.name != "README.md"]
    numbers = [path.name[:4] for path in records]
    assert sorted(set(numbers)) == numbers
    assert [path.name for path in records if not _text(path).startswith(f"# {path.name[:4]} ")] == []
    assert [path.name for path in records if f"]({path.name})" not in _text(DECISIONS / "README.md")] == []


def test_every_package_says_what_it_is() -> None:
    packages = [path for top in TOPS for path in (ROOT / top).rglob("__init__.py")]
    assert [_name(path) for path in packages if not ast.get_docstring(ast.parse(_text(path)))] == []


@every_front_page
def test_what_is_served_is_what_has_a_flow(page: Path) -> None:
    """A row of a table: served from beginning to end; and, where there is any, one of what is understood only."""
    rows = [set(_CODE.findall(line)) & set(Flow) for line in _text(page).splitlines() if line.startswith("|")]
    served, *handed_over = (row for row in rows if row)
    flows = {flow.flow for flow in load_flows(ROOT / "appliance" / "dialogue" / "flows") if not flow.callable_only}
    assert served == flows
    assert set().union(*handed_over) == set(Flow) - flows


def test_what_is_recognised_is_said() -> None:
    text = _text(ROOT / "docs" / "architecture.md")
    recognised = {recogniser.type for recogniser in ALL}
    assert _listed(text, "Recognised today:") == recognised
    assert _listed(text, "Not recognised yet:") == set(PiiType) - recognised


def _listed(text: str, head: str) -> set[str]:
    paragraph = next((part for part in text.split("\n\n") if part.startswith(head)), "")
    return set(re.findall(r"`([A-Z_]+)`", paragraph))


def test_the_glossary_speaks_of_words_that_are_in_the_code() -> None:
    code = "\n".join(_text(path) for top in TOPS for path in (ROOT / top).rglob("*") if path.suffix in {".py", ".sql"})
    rows = [line.rsplit("|", 2)[1] for line in _text(ROOT / "docs" / "glossary.md").splitlines() if "|" in line]
    words = [word for row in rows for word in _SPAN.findall(row) if "/" not in word]
    assert [word for word in words if not re.search(rf"\b{re.escape(word.split('.')[-1])}\b", code)] == []
