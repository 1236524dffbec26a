"""What a bundle is made of, as CycloneDX 1.6 in JSON: every package, model, image and Debian package with its hash.

The same parts and date give the same file. It says what was packed, not whether that is free of known faults.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import msgspec
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_LICENSES: Final = LicenseFactory()
_LONGEST_LICENSE: Final = 100
_PATH: Final = "aftersales:path"


class Kind(StrEnum):
    PYTHON = "pypi"
    BROWSER = "npm"
    DEBIAN = "deb"
    MODEL = "model"
    IMAGE = "oci"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody else made."""

    kind: Kind
    name: str
    version: str
    sha256: str = ""
    path: str = ""
    """In the bundle; empty for what was built into something else."""
    licence: str = ""
    needs: tuple[str, ...] = ()
    """Names of other parts of its kind."""

    @property
    def ref(self) -> str:
        return f"{self.kind}/{self.name}@{self.version}" + (f"#{self.path}" if self.path else "")


def sbom(product: str, version: str, parts: Sequence[Part], *, date: int) -> bytes:
    """``date`` in seconds since 1970."""
    root = Component(name=product, version=version, type=ComponentType.APPLICATION, bom_ref="product")
    made = {part.ref: _component(part) for part in parts}
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"{product}/{version}/{date}/" + "\n".join(sorted(made))),
        metadata=BomMetaData(component=root, timestamp=datetime.fromtimestamp(date, UTC)),
        components=made.values(),
    )
    by_name: dict[tuple[Kind, str], list[Component]] = {}
    for part in parts:
        by_name.setdefault((part.kind, part.name), []).append(made[part.ref])
    for part in parts:
        bom.register_dependency(made[part.ref], _needed(part, by_name))
    bom.register_dependency(root, made.values())
    return JsonV1Dot6(bom).output_as_string(indent=1).encode()


def _needed(part: Part, by_name: Mapping[tuple[Kind, str], Iterable[Component]]) -> list[Component]:
    return [component for name in part.needs for component in by_name.get((part.kind, name), ())]


def _component(part: Part) -> Component:
    kinds = {Kind.MODEL: ComponentType.MACHINE_LEARNING_MODEL, Kind.IMAGE: ComponentType.CONTAINER}
    return Component(
        name=part.name,
        version=part.version,
        type=kinds.get(part.kind, ComponentType.LIBRARY),
        bom_ref=BomRef(part.ref),
        purl=_purl(part),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else (),
        licenses=[_license(part.licence)] if part.licence else (),
        properties=[Property(name=_PATH, value=part.path)] if part.path else (),
    )


def _purl(part: Part) -> PackageURL | None:
    match part.kind:
        case Kind.MODEL:
            return None
        case Kind.DEBIAN:
            return PackageURL("deb", "debian", part.name, part.version)
        case Kind.BROWSER:
            scope, _, name = part.name.rpartition("/")
            return PackageURL("npm", scope or None, name, part.version)
        case Kind.IMAGE:
            return PackageURL("oci", None, part.name.rpartition("/")[2].partition(":")[0], part.version)
        case Kind.PYTHON:
            return PackageURL("pypi", None, part.name, part.version)


def _license(said: str) -> License | LicenseExpression:
    """By its SPDX id where it is one; else by the words that its authors use, cut to their first line."""
    words = said.strip().splitlines()[0][:_LONGEST_LICENSE]
    return _LICENSES.make_from_string(words)
