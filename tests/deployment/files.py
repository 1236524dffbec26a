"""The files of a deployment, read as their programs would read them."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from appliance.deployment import images

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose"
SERVER = COMPOSE / "server"
KUBERNETES = COMPOSE / "kubernetes"
PROFILES = tuple(sorted(path.stem for path in (SERVER / "profiles").glob("*.env")))
DIGEST = f"sha256:{'0' * 64}"

_PLACE = re.compile(r"\$\{([A-Z_]+)(?::\?[^}]*)?\}")


def pairs(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def lock() -> dict[str, str]:
    return {each.name: f"{each.reference}@{DIGEST}" for each in images.known()}


@cache
def compose(profile: str) -> dict[str, Any]:
    """As Compose takes it with the profile's file, a lock and the folders of a site."""
    given = {**pairs(SERVER / "profiles" / f"{profile}.env"), **lock(), "WEIGHTS_DIR": "/weights", "WAL_DIR": "/wal"}
    text = (SERVER / "compose.yaml").read_text()
    return dict(yaml.safe_load(_PLACE.sub(lambda found: given[found[1]], text)))


def services(profile: str = "gpu-24g") -> dict[str, dict[str, Any]]:
    return dict(compose(profile)["services"])


@cache
def manifests() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Each object of base and components, with its file."""
    return tuple(_manifests())


def _manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in (KUBERNETES / "base", KUBERNETES / "components"):
        for path in sorted(folder.rglob("*.yaml")):
            if path.name != "kustomization.yaml":
                yield from ((str(path.relative_to(ROOT)), each) for each in yaml.safe_load_all(path.read_text()))


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [each for _, each in manifests() if each["kind"] in kinds]


def workloads() -> list[dict[str, Any]]:
    return of_kind("Deployment", "StatefulSet", "Job")


def containers(workload: dict[str, Any]) -> list[dict[str, Any]]:
    pod = workload["spec"]["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


def name_of(thing: dict[str, Any]) -> str:
    return f"{thing['kind']}/{thing['metadata']['name']}"
