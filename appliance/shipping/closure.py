"""Do these wheels suffice? Follows what each says that it needs, with the markers of the machine that they are for.

pip judges markers by the Python that it runs on, so for another Python it cannot be asked.
"""

import email.parser
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from appliance.errors import ConfigurationError
from models.bundle.manifest import Target

NEWEST_GLIBC: Final = 39
"""Of manylinux, which names glibc 2.x."""
_MANYLINUX: Final = re.compile(r"manylinux_(\d+)_(\d+)_")
_OLD_NAMES: Final = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


class Wheel(msgspec.Struct, frozen=True, kw_only=True):
    path: Path
    name: str
    version: str
    sha256: str
    licence: str
    requires: tuple[str, ...]
    tags: frozenset[Tag]


def wheels(folder: Path) -> list[Wheel]:
    return [_read(path) for path in sorted(folder.glob("*.whl"))]


def _read(path: Path) -> Wheel:
    name, version, _, tags = parse_wheel_filename(path.name)
    with zipfile.ZipFile(path) as opened:
        (member,) = [n for n in opened.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
        said = email.parser.HeaderParser().parsestr(opened.read(member).decode("utf-8", "replace"))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Wheel(
        path=path,
        name=str(name),
        version=str(version),
        sha256=sha256,
        licence=said.get("License-Expression") or said.get("License") or _classified(said.get_all("Classifier") or []),
        requires=tuple(said.get_all("Requires-Dist") or ()),
        tags=tags,
    )


def _classified(classifiers: Iterable[str]) -> str:
    return next((line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")), "")


def environment_of(target: Target) -> dict[str, str]:
    """As markers see the machine that the bundle is for."""
    return {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": target.python,
        "python_full_version": f"{target.python}.0",
        "platform_machine": target.machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
    }


def needs(wheel: Wheel, extras: Iterable[str], environment: Mapping[str, str]) -> list[Requirement]:
    found = [Requirement(line) for line in wheel.requires]
    return [r for r in found if any(_applies(r, extra, environment) for extra in ("", *extras))]


def _applies(requirement: Requirement, extra: str, environment: Mapping[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**environment, "extra": extra})


def missing(roots: Iterable[str], there: Iterable[Wheel], target: Target) -> list[Requirement]:
    """What is asked for and not there, in the order in which it was met."""
    environment = environment_of(target)
    by_name: dict[str, list[Wheel]] = {}
    for wheel in there:
        by_name.setdefault(wheel.name, []).append(wheel)
    waiting = [r for r in map(Requirement, roots) if _applies(r, "", environment)]
    seen, lacking = set(), []
    while waiting:
        wanted = waiting.pop(0)
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        fitting = [
            w
            for w in by_name.get(canonicalize_name(wanted.name), [])
            if wanted.specifier.contains(w.version, prereleases=True)
        ]
        if not fitting:
            lacking.append(wanted)
        else:
            best = max(fitting, key=lambda wheel: Version(wheel.version))
            waiting += needs(best, wanted.extras, environment)
    return lacking


def glibc_of(there: Iterable[Wheel], here: str) -> str:
    """The oldest that all of them run on; ``here`` for what was built on this machine."""
    return ".".join(map(str, max((_least(wheel, here) for wheel in there), default=(2, 17))))


def _least(wheel: Wheel, here: str) -> tuple[int, int]:
    found = [numbers for tag in wheel.tags if (numbers := _glibc(tag.platform, here)) is not None]
    return min(found, default=(2, 5))


def _glibc(platform: str, here: str) -> tuple[int, int] | None:
    if platform == "any":
        return (2, 5)
    if found := _MANYLINUX.match(platform):
        return int(found[1]), int(found[2])
    if platform.startswith("linux_"):
        major, _, minor = here.partition(".")
        return int(major), int(minor)
    return next((numbers for name, numbers in _OLD_NAMES.items() if platform.startswith(f"{name}_")), None)


def refuse_unfit(there: Iterable[Wheel], target: Target) -> None:
    """Each must be for this Python and machine, or for any."""
    fitting = set(_tags(target))
    for wheel in there:
        if fitting.isdisjoint(wheel.tags):
            raise ConfigurationError(
                f"{wheel.path.name} is not for Python {target.python} on {target.machine}: remove the working folder "
                "and pack anew"
            )


def _tags(target: Target) -> Iterator[Tag]:
    major, _, minor = target.python.partition(".")
    python = (int(major), int(minor))
    platforms = [f"manylinux_2_{number}_{target.machine}" for number in range(NEWEST_GLIBC + 1)]
    platforms += [f"{name}_{target.machine}" for name in (*_OLD_NAMES, "linux")]
    yield from cpython_tags(python, platforms=platforms, abis=[f"cp{major}{minor}", "abi3", "none"])
    yield from compatible_tags(python, interpreter=f"cp{major}{minor}", platforms=platforms)
