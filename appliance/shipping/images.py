"""Container images, by digest: the list of those that a deployment by containers runs, and the archives of them.

Nothing is pulled here. An archive is what ``docker save`` or ``skopeo copy`` wrote; an image without one stays a line
of the list, which the site has to get from a registry of its own.
"""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError
from models.bundle.opening import hash_of
from models.bundle.sbom import Kind, Part

FOLDER: Final = "bundle/images"
_REFERENCE: Final = re.compile(r"(?P<name>[a-z0-9][\w./:-]*)@sha256:(?P<digest>[0-9a-f]{64})")


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As in the file that ``--images`` names; ``archive`` is relative to that file."""

    reference: str
    archive: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    image: tuple[Image, ...] = ()


class Listed(msgspec.Struct, frozen=True):
    """As it stands in the manifest."""

    reference: str
    archive: str


def gather(listed: Path) -> tuple[dict[str, Path], list[Part], list[Listed]]:
    try:
        tree: dict[str, Any] = tomllib.loads(listed.read_text("utf-8"))
        found = msgspec.convert(tree, _File).image
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise ConfigurationError(f"{listed}: {wrong}") from wrong
    files: dict[str, Path] = {}
    parts: list[Part] = []
    lines: list[Listed] = []
    for image in found:
        place = _brought(listed, image, files)
        parts.append(_part(listed, image, place, files))
        lines.append(Listed(image.reference, place))
    return files, parts, lines


def _brought(listed: Path, image: Image, files: dict[str, Path]) -> str:
    if not image.archive:
        return ""
    archive = listed.parent / image.archive
    if not archive.is_file():
        raise ConfigurationError(f"{listed}: {archive} is not there; save it, or leave out its archive")
    place = f"{FOLDER}/{archive.name}"
    if place in files:
        raise ConfigurationError(f"{listed}: two archives are called {archive.name}")
    files[place] = archive
    return place


def _part(listed: Path, image: Image, place: str, files: dict[str, Path]) -> Part:
    found = _REFERENCE.fullmatch(image.reference)
    if found is None:
        raise ConfigurationError(
            f"{listed}: {image.reference!r} does not end with @sha256: and 64 digits; a tag can move, a digest cannot"
        )
    sha256 = hash_of(files[place]) if place else ""
    return Part(kind=Kind.IMAGE, name=found["name"], version=f"sha256:{found['digest']}", sha256=sha256, path=place)
