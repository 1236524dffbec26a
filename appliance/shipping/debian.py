"""What an installation needs of Debian itself: a list for every site, and the packages where this machine is a Debian.

Of what such a list pulls in, packages that every Debian has already (required, essential) are left out. With an index
beside them the folder is a source of apt's own, which takes of it what a machine lacks, and knows what conflicts.
"""

import os
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError, Unavailable
from models.bundle.opening import hash_of
from models.bundle.sbom import Kind, Part

LIST: Final = "compose/install/debian.toml"
FOLDER: Final = "bundle/debian"
INDEX: Final = "Packages"
"""As apt calls it."""
_PER_CALL: Final = 40


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    package: str
    why: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    needed: tuple[Wanted, ...]


def wanted(checkout: Path) -> tuple[Wanted, ...]:
    tree: dict[str, Any] = tomllib.loads((checkout / LIST).read_text("utf-8"))
    return msgspec.convert(tree, _File).needed


def gather(folder: Path, names: Sequence[str], say: Callable[[str], None]) -> tuple[dict[str, Path], list[Part]]:
    """The packages with all that they need, by their place in the bundle."""
    if shutil.which("apt-get") is None:
        raise ConfigurationError("there is no apt-get here to fetch Debian's packages with: say --without-debian")
    folder.mkdir(parents=True, exist_ok=True)
    needed = _closure(names)
    say(f"Debian's packages: {len(needed)}")
    lacking = [each for each in needed if not list(folder.glob(_pattern(each)))]
    for start in range(0, len(lacking), _PER_CALL):
        _apt(["download", *(f"{name}={version}" for name, version in lacking[start : start + _PER_CALL])], folder)
    found = [(name, version, next(iter(folder.glob(_pattern((name, version)))))) for name, version in needed]
    listed = _shown([name for name, _ in needed])
    parts = [_part(name, version, path, listed.get(name, {}).get("SHA256", "")) for name, version, path in found]
    paths = [path for _, _, path in found]
    index = folder / INDEX
    index.write_text("\n".join(map(_entry, paths, (part.sha256 for part in parts))), "utf-8")
    return {f"{FOLDER}/{path.name}": path for path in (index, *paths)}, parts


def _entry(path: Path, sha256: str) -> str:
    """As ``dpkg-scanpackages`` writes it: what the package says of itself, and where it lies."""
    control = _said(["dpkg-deb", "--field", str(path)], None).strip()
    return f"{control}\nFilename: ./{path.name}\nSize: {path.stat().st_size}\nSHA256: {sha256}\n"


def _part(name: str, version: str, path: Path, listed: str) -> Part:
    """What an earlier call left cut off, or somebody exchanged since, is not brought along."""
    sha256 = hash_of(path)
    if listed and sha256 != listed:
        path.unlink()
        raise Unavailable(f"{path.name} was not what apt lists, and is removed: call the same again")
    return Part(kind=Kind.DEBIAN, name=name, version=version, sha256=sha256, path=f"{FOLDER}/{path.name}")


def release() -> str:
    """Such as ``bookworm``: the packages fit no other."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "unknown")


def _pattern(package: tuple[str, str]) -> str:
    """apt writes an epoch's colon as ``%3a``."""
    name, version = package
    return f"{name}_{version.replace(':', '%3a')}_*.deb"


def _closure(names: Sequence[str]) -> list[tuple[str, str]]:
    """As if nothing were installed, less what every Debian has."""
    said = _apt(["-s", "-o", "Dir::State::status=/dev/null", "install", "--no-install-recommends", *names], None)
    packages = [line.split() for line in said.splitlines() if line.startswith("Inst ")]
    found = [(words[1], words[2].strip("([")) for words in packages]
    shown = _shown([name for name, _ in found])
    everywhere = {
        name for name, of in shown.items() if of.get("Essential") == "yes" or of.get("Priority") == "required"
    }
    return sorted(each for each in found if each[0] not in everywhere)


def _shown(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What apt lists of each, by its name."""
    done = subprocess.run(  # noqa: S603 (names that apt gave)
        ["apt-cache", "show", "--no-all-versions", *names],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    blocks = [dict(_fields(block)) for block in done.stdout.split("\n\n")]
    return {block["Package"]: block for block in blocks if "Package" in block}


def _fields(block: str) -> list[tuple[str, str]]:
    lines = [line.partition(": ") for line in block.splitlines() if not line.startswith(" ")]
    return [(key, value) for key, _, value in lines]


def _apt(words: Sequence[str], folder: Path | None) -> str:
    return _said(["apt-get", "-q", "-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User=root", *words], folder)


def _said(command: Sequence[str], folder: Path | None) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(
            f"Debian's packages cannot be had: {lines[-1] if lines else 'no words'}; call 'apt-get update' and then "
            "the same again, or say --without-debian"
        )
    return done.stdout
