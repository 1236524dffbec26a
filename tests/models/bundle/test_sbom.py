"""The list of what a bundle is made of is CycloneDX by that standard's own schema, and the same for the same parts."""

import json
from importlib import resources
from typing import Any

import jsonschema_rs

from models.bundle.sbom import Kind, Part, sbom

DATE = 1_760_000_000
_HOME = "http://cyclonedx.org/schema"
"""What the standard's schemas call each other by; nothing is fetched from there."""
PARTS = (
    Part(
        kind=Kind.PYTHON,
        name="httpx",
        version="0.28.1",
        sha256="a" * 64,
        path="bundle/wheels/httpx.whl",
        licence="BSD-3-Clause",
        needs=("anyio",),
    ),
    Part(
        kind=Kind.PYTHON,
        name="anyio",
        version="4.16.0",
        sha256="b" * 64,
        path="bundle/wheels/anyio.whl",
        licence="A licence\nof many lines",
    ),
    Part(kind=Kind.BROWSER, name="@vue/core", version="3.5.0", licence="MIT"),
    Part(kind=Kind.DEBIAN, name="python3", version="3.11.2-1+b1", sha256="c" * 64, path="bundle/debian/python3.deb"),
    Part(
        kind=Kind.MODEL,
        name="qwen3-8b",
        version="unpinned",
        sha256="d" * 64,
        path="bundle/models/qwen3-8b",
        licence="Apache-2.0",
    ),
    Part(kind=Kind.IMAGE, name="docker.io/library/nginx", version="sha256:" + "e" * 64),
)


def _schema(name: str) -> Any:
    return json.loads((resources.files("cyclonedx.schema") / "_res" / f"{name}.SNAPSHOT.schema.json").read_text())


def test_it_holds_the_schema_of_cyclonedx() -> None:
    others = [(f"{_HOME}/{name}.SNAPSHOT.schema.json", _schema(name)) for name in ("spdx", "jsf-0.82")]
    registry = jsonschema_rs.Registry(others)
    validator = jsonschema_rs.validator_for(_schema("bom-1.6"), registry=registry)
    found = json.loads(sbom("it", "1", PARTS, date=DATE))
    assert [str(error) for error in validator.iter_errors(found)] == []
    assert {each["name"] for each in found["components"]} >= {"httpx", "anyio", "python3", "qwen3-8b"}
    del found["components"][0]["name"]
    assert list(validator.iter_errors(found))


def test_what_needs_what_is_in_it() -> None:
    found = json.loads(sbom("it", "1", PARTS, date=DATE))
    needed = {each["ref"]: each.get("dependsOn", []) for each in found["dependencies"]}
    assert needed["pypi/httpx@0.28.1#bundle/wheels/httpx.whl"] == ["pypi/anyio@4.16.0#bundle/wheels/anyio.whl"]


def test_the_same_parts_make_the_same_bytes() -> None:
    assert sbom("it", "1", PARTS, date=DATE) == sbom("it", "1", PARTS, date=DATE)
