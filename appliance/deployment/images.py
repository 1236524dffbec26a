"""The container images of a deployment: one list of them, and a lock that names each by its digest.

What runs is named by digest, always: a tag moves. The lock is made where images can be fetched, and refused here if it
lacks one, has one too many, or names a tag without a digest.
"""

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError

LIST: Final = Path(__file__).with_name("images.toml")
_LOCKED: Final = re.compile(r"[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}")


class Use(StrEnum):
    BUILD = "build"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"


class Image(msgspec.Struct, frozen=True, kw_only=True, rename={"used_in": "in"}, forbid_unknown_fields=True):
    name: str
    repository: str
    tag: str
    used_in: tuple[Use, ...]
    dockerfile: str = ""
    """Ours, made from it; empty: fetched as it is."""
    bases: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    image: tuple[Image, ...]


def known(path: Path = LIST) -> tuple[Image, ...]:
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).image


def locked(path: Path, images: tuple[Image, ...]) -> dict[str, str]:
    """Name to reference with digest. ConfigurationError names every line that is wrong, and every image without one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigurationError(f"{path} cannot be read ({type(unreadable).__name__})") from unreadable
    given = dict(_pair(path, number, line) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#")
    wrong = [
        *(f"{image.name} is missing" for image in images if image.name not in given),
        *(f"{name} is no image of ours" for name in given.keys() - {image.name for image in images}),
        *(
            f"{image.name} is not {image.repository} named by its digest (…@sha256:…)"
            for image in images
            if image.name in given and not _fits(given[image.name], image)
        ),
    ]
    if wrong:
        raise ConfigurationError(f"{path}: {'; '.join(wrong)}: make it anew where the images are fetched")
    return given


def kustomization(lock: dict[str, str], images: tuple[Image, ...]) -> dict[str, Any]:
    """A component of kustomize that puts digests in the place of tags."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "images": [
            {
                "name": image.repository,
                "newName": lock[image.name].partition("@")[0].rpartition(":")[0] or image.repository,
                "digest": lock[image.name].partition("@")[2],
            }
            for image in images
            if Use.KUBERNETES in image.used_in
        ],
    }


def _pair(path: Path, number: int, line: str) -> tuple[str, str]:
    name, is_pair, reference = line.partition("=")
    if not is_pair:
        raise ConfigurationError(f"{path}:{number}: a line is NAME=repository:tag@sha256:…")
    return name.strip(), reference.strip()


def _fits(reference: str, image: Image) -> bool:
    """A site's own registry may stand before the repository's last part, and must be that image all the same."""
    place = reference.partition("@")[0]
    wanted = f"{image.repository.rpartition('/')[2]}:{image.tag}"
    return bool(_LOCKED.fullmatch(reference)) and (place == wanted or place.endswith(f"/{wanted}"))
