"""Container images, by digest: the list of those that a deployment by containers runs, and the archives of them.

Nothing is pulled here. An archive is what ``docker save`` or ``skopeo copy`` wrote, and must hold the image by its
digest: by that it is looked for where it is loaded. An image without one stays a line of the list, which the site has
to get from a registry of its own.
"""

import json
import re
import tarfile
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError
from models.bundle.opening import hash_of
from models.bundle.sbom import Kind, Part

FOLDER: Final = "bundle/images"
_REFERENCE: Final = re.compile(r"(?P<name>[a-z0-9][\w./:-]*)@sha256:(?P<digest>[0-9a-f]{64})")
_INDEX: Final = "index.json"
_SAVE: Final = (
    "save it with a Docker whose images are in containerd's store ('docker save --output FILE.tar REFERENCE'), or by "
    "'skopeo copy --all --preserve-digests docker://REFERENCE oci-archive:FILE.tar:NAME'"
)


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As in the file that ``--images`` names; ``archive`` is relative to that file. Several may share one."""

    reference: str
    archive: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    image: tuple[Image, ...] = ()


class Listed(msgspec.Struct, frozen=True):
    """As it stands in the manifest."""

    reference: str
    archive: str


def gather(listed: Path) -> tuple[dict[str, Path], list[Part], list[Listed]]:
    files: dict[str, Path] = {}
    parts: list[Part] = []
    lines: list[Listed] = []
    for image in _read(listed):
        place = _brought(listed, image, files)
        parts.append(_part(listed, image, place, files))
        lines.append(Listed(image.reference, place))
    return files, parts, lines


def _read(listed: Path) -> tuple[Image, ...]:
    try:
        tree: dict[str, Any] = tomllib.loads(listed.read_text("utf-8"))
        found = msgspec.convert(tree, _File).image
    except (OSError, ValueError, msgspec.ValidationError) as wrong:
        raise ConfigurationError(
            f"{listed}: {wrong}; it is TOML, [[image]] with reference = 'NAME@sha256:…' and archive = 'FILE.tar', and "
            "no images.lock"
        ) from wrong
    if not found:
        raise ConfigurationError(f"{listed} names no image: write [[image]] with its reference, or leave out --images")
    references = [each.reference for each in found]
    if twice := next((each for each in references if references.count(each) > 1), ""):
        raise ConfigurationError(f"{listed}: {twice} stands there twice")
    return found


def _brought(listed: Path, image: Image, files: dict[str, Path]) -> str:
    if not image.archive:
        return ""
    archive = listed.parent / image.archive
    if not archive.is_file():
        raise ConfigurationError(f"{listed}: {archive} is not there; save it, or leave out its archive")
    if archive.suffix != ".tar":
        raise ConfigurationError(f"{listed}: {archive.name} is not called FILE.tar, as a plain archive is: {_SAVE}")
    place = f"{FOLDER}/{archive.name}"
    if files.get(place, archive) != archive:
        raise ConfigurationError(f"{listed}: two archives are called {archive.name}")
    files[place] = archive
    return place


def _part(listed: Path, image: Image, place: str, files: dict[str, Path]) -> Part:
    found = _REFERENCE.fullmatch(image.reference)
    if found is None:
        raise ConfigurationError(
            f"{listed}: {image.reference!r} does not end with @sha256: and 64 digits; a tag can move, a digest cannot"
        )
    if place and found["digest"] not in (held := _digests(files[place])):
        has = f"holds {', '.join(f'sha256:{each[:12]}…' for each in sorted(held))}" if held else "names no digest"
        raise ConfigurationError(
            f"{listed}: {files[place].name} {has}, and not {image.reference}: where it is loaded nothing finds it; "
            f"{_SAVE}"
        )
    sha256 = hash_of(files[place]) if place else ""
    return Part(kind=Kind.IMAGE, name=found["name"], version=f"sha256:{found['digest']}", sha256=sha256, path=place)


def _digests(archive: Path) -> set[str]:
    """Of the images in it, as its index (OCI's image layout) names them; empty where it has none."""
    try:
        with tarfile.open(archive) as opened:
            index = opened.extractfile(_INDEX)
            tree = json.loads(index.read()) if index else {}
        return {each["digest"].removeprefix("sha256:") for each in tree["manifests"]}
    except (tarfile.TarError, OSError, KeyError, TypeError, AttributeError, ValueError):
        return set()
