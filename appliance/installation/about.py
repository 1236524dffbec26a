"""What is installed here: versions, licences and hashes, and the same as a bill of materials (CycloneDX 1.6)."""

import asyncio
import hashlib
import platform
from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.clock import Clock
from appliance.db import Database
from appliance.installation import store
from appliance.installation.inference import FileHash, hash_of
from models.compact.model import DEFAULT_DIRECTORY

NAME: Final = "aftersales-appliance"
CONSOLE: Final = Path(__file__).parents[1] / "console" / "dist"
_LICENCE: Final = "License :: "
_LONGEST_LICENCE: Final = 60
"""What is longer is the licence's text, not its name."""
_UNKNOWN: Final = "not stated"


class Package(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: str
    licence: str
    """As the package says; `not stated` where it does not."""
    record_sha256: str
    """Of the list of its installed files, each with its hash (PEP 376); empty where it has none."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    python: str
    postgres: str
    machine: str
    record_sha256: str
    """Of this product's own list of files; empty in a checkout."""
    console_sha256: str
    """Of all files of console, widget and shop page, in the order of their names."""
    compact_model: tuple[FileHash, ...]
    packages: tuple[Package, ...]


class AboutDesk:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def look(self) -> About:
        async with self._db.system() as conn:
            postgres = (await store.database(conn)).version
        return await asyncio.to_thread(_about, postgres)

    async def bill(self) -> bytes:
        """A bill of materials in JSON, for whoever keeps an inventory."""
        about = await self.look()
        return msgspec.json.format(msgspec.json.encode(_bill(about, self._clock.now())))


def _about(postgres: str) -> About:
    packages = sorted(_packages(), key=lambda each: each.name.lower())
    own = next(each for each in packages if each.name == NAME)
    return About(
        version=own.version,
        python=platform.python_version(),
        postgres=postgres,
        machine=platform.platform(terse=True),
        record_sha256=own.record_sha256,
        console_sha256=_sha256_of_all(path for path in CONSOLE.rglob("*") if path.is_file()),
        compact_model=tuple(hash_of(DEFAULT_DIRECTORY / name) for name in ("model.json", "weights.npz")),
        packages=tuple(packages),
    )


def _packages() -> Iterable[Package]:
    seen: set[str] = set()
    for each in distributions():
        if each.name and each.name not in seen:
            seen.add(each.name)
            yield Package(
                name=each.name,
                version=each.version,
                licence=licence_of(each),
                record_sha256=_sha256(each.read_text("RECORD") or ""),
            )


def licence_of(package: Distribution) -> str:
    """By its expression (PEP 639), else by its name, else by its classifiers."""
    said = package.metadata
    for field in ("License-Expression", "License"):
        named = "".join(said.get_all(field) or ()).strip()
        if named and named.upper() != "UNKNOWN" and len(named) <= _LONGEST_LICENCE and "\n" not in named:
            return named
    classified = [each for each in said.get_all("Classifier") or () if each.startswith(_LICENCE)]
    return ", ".join(each.rpartition(" :: ")[2] for each in classified) or _UNKNOWN


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _sha256_of_all(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(CONSOLE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _bill(about: About, now: datetime) -> dict[str, Any]:
    libraries = [_component(each) for each in about.packages if each.name != NAME]
    models = [
        {
            "type": "machine-learning-model",
            "name": f"compact/{each.name}",
            "hashes": [{"alg": "SHA-256", "content": each.sha256}],
        }
        for each in about.compact_model
    ]
    platforms = [
        {"type": "platform", "name": name, "version": version}
        for name, version in (("Python", about.python), ("PostgreSQL", about.postgres))
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "name": NAME,
                "version": about.version,
                "properties": _properties(record_sha256=about.record_sha256, console_sha256=about.console_sha256),
            },
        },
        "components": [*libraries, *models, *platforms],
    }


def _component(package: Package) -> dict[str, Any]:
    stated = [{"license": {"name": package.licence}}] if package.licence != _UNKNOWN else []
    return {
        "type": "library",
        "name": package.name,
        "version": package.version,
        "purl": f"pkg:pypi/{package.name.lower().replace('_', '-')}@{package.version}",
        "licenses": stated,
        "properties": _properties(record_sha256=package.record_sha256),
    }


def _properties(**values: str) -> list[dict[str, str]]:
    return [{"name": f"{NAME}:{name}", "value": value} for name, value in values.items() if value]
