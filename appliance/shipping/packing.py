"""A whole bundle, from what a connected machine can get: gathered into a working folder, listed, signed, written.

Cut off, the same call goes on: what the working folder holds is not fetched again.
"""

import json
import shutil
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from packaging.utils import canonicalize_name

from appliance.errors import ConfigurationError
from appliance.shipping import closure, debian, images, weights, wheels
from appliance.shipping.source import source
from models.bundle import writing
from models.bundle.manifest import Target, parse
from models.bundle.opening import Progress
from models.bundle.sbom import Kind, Part, sbom
from models.bundle.unpacking import this_machine

PRODUCT: Final = "aftersales-appliance"
WHEELS: Final = "bundle/wheels"
SBOM: Final = "bundle/sbom.cdx.json"
DEBIAN_LIST: Final = "bundle/debian/packages.json"
IMAGE_LIST: Final = "bundle/images/images.json"
_LEAST_FREE: Final = 2_000_000_000
"""Bytes for what is fetched, before anybody knows how much that is; for each of the engines that many more."""
_HEAVY: Final = {wheels.Environment.FUNASR: 3, wheels.Environment.VLLM_CPU: 4, wheels.Environment.VLLM_GPU: 12}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be packed."""

    checkout: Path
    out: Path
    work: Path
    target: Target
    """Its ``glibc`` is found from the packages."""
    environments: tuple[wheels.Environment, ...] = ()
    weights: Mapping[str, Path] = {}
    images: Path | None = None
    with_debian: bool = True
    part_size: int = 0


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    archives: tuple[str, ...]
    files: int
    bytes: int
    digest: str
    """Of the manifest."""
    revision: str
    needs_glibc: str


def pack(order: Order, key: Ed25519PrivateKey, say: wheels.Say, progress: Progress) -> Packed:
    """BundleRefused, ConfigurationError or Unavailable say what is missing; nothing of the archive is there then."""
    writing.refuse_taken(order.out)
    _refuse_full_disk(order)
    product = source(order.checkout)
    say(f"the product: {len(product.files)} files of {product.revision}")
    contents: dict[str, Any] = {"environments": list(order.environments), "models": sorted(order.weights)}
    files, parts = dict(product.files), _browser_parts(order.checkout)
    # What lies here is looked at before anything is fetched, and the most is fetched last.
    for gather in (_images, _weights, _debian):
        found, made = gather(order, say, contents)
        files |= found
        parts += made
    there = wheels.gather(order.work / "wheels", wheels.groups(order.checkout, order.environments), order.target, say)
    target = _needing(order.target, there)
    own = wheels.product(order.work / "product", product.files, product.date)
    files |= {f"{WHEELS}/{path.name}": path for path in (own, *(wheel.path for wheel in there))}
    parts += _python_parts(there, target)
    files[SBOM] = _written(order.work / "sbom.cdx.json", sbom(PRODUCT, version(PRODUCT), parts, date=product.date))
    say("hashing")
    raw = writing.manifest_of(
        files,
        version=version(PRODUCT),
        revision=product.revision,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(product.date)),
        target=target,
        contents=contents,
    )
    made_of = parse(raw)
    archives = writing.write(
        order.out, files, raw, key, date=product.date, part_size=order.part_size, progress=progress
    )
    return Packed(
        archives=tuple(map(str, archives)),
        files=len(files),
        bytes=sum(path.stat().st_size for path in archives),
        digest=made_of.digest,
        revision=product.revision,
        needs_glibc=target.glibc,
    )


def _refuse_full_disk(order: Order) -> None:
    order.work.mkdir(parents=True, exist_ok=True)
    needed = _LEAST_FREE * (1 + sum(_HEAVY.get(each, 0) for each in order.environments))
    free = shutil.disk_usage(order.work).free
    if free < needed:
        raise ConfigurationError(
            f"{needed // 1_000_000} MB must be free in {order.work}, found {free // 1_000_000} MB: name another --work"
        )


def _needing(target: Target, there: list[closure.Wheel]) -> Target:
    glibc = closure.glibc_of(there, wheels.glibc_here())
    return Target(machine=target.machine, python=target.python, glibc=glibc)


def _python_parts(there: list[closure.Wheel], target: Target) -> list[Part]:
    environment = closure.environment_of(target)
    return [
        Part(
            kind=Kind.PYTHON,
            name=wheel.name,
            version=wheel.version,
            sha256=wheel.sha256,
            path=f"{WHEELS}/{wheel.path.name}",
            licence=wheel.licence,
            needs=tuple(sorted({canonicalize_name(r.name) for r in closure.needs(wheel, (), environment)})),
        )
        for wheel in there
    ]


def _browser_parts(checkout: Path) -> list[Part]:
    """What the pages were built from; the result lies in ``appliance/console/dist``."""
    lock = json.loads((checkout / "appliance/console/package-lock.json").read_text("utf-8"))
    found = {
        (place.rpartition("node_modules/")[2], str(each["version"])): str(each.get("license", ""))
        for place, each in lock["packages"].items()
        if place and not each.get("dev")
    }
    return [
        Part(kind=Kind.BROWSER, name=name, version=number, licence=licence)
        for (name, number), licence in sorted(found.items())
    ]


def _weights(order: Order, say: wheels.Say, _: dict[str, Any]) -> tuple[dict[str, Path], list[Part]]:
    return weights.gather(order.weights, say)


def _debian(order: Order, say: wheels.Say, contents: dict[str, Any]) -> tuple[dict[str, Path], list[Part]]:
    """The list always; the packages unless it was said that none are wanted."""
    if order.with_debian and order.target.machine != this_machine().machine:
        raise ConfigurationError(
            f"Debian's packages can be had for {this_machine().machine} here, and the bundle is for "
            f"{order.target.machine}: say --without-debian, or pack on such a machine"
        )
    needed = debian.wanted(order.checkout)
    files, parts = (
        debian.gather(order.work / "debian", [each.package for each in needed], say) if order.with_debian else ({}, [])
    )
    contents["debian"] = debian.release() if order.with_debian else ""
    listed = [{"package": each.package, "why": each.why} for each in needed]
    files[DEBIAN_LIST] = _written(order.work / "packages.json", json.dumps(listed, indent=1).encode())
    return files, parts


def _images(order: Order, _: wheels.Say, contents: dict[str, Any]) -> tuple[dict[str, Path], list[Part]]:
    files, parts, lines = images.gather(order.images) if order.images else ({}, [], [])
    contents["images"] = [each.reference for each in lines]
    files[IMAGE_LIST] = _written(order.work / "images.json", msgspec.json.format(msgspec.json.encode(lines), indent=1))
    return files, parts


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
