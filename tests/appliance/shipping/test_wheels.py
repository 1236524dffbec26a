"""Packages are fetched by the real pip, once; a set that does not suffice is refused where it is packed."""

import ast
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from appliance.config import CHECKOUT
from appliance.errors import ConfigurationError, Unavailable
from appliance.shipping.wheels import Environment, Group, gather, groups, is_native
from models.bundle.manifest import Target
from models.bundle.unpacking import this_machine
from tests.appliance.shipping.made_wheels import wheel

HERE = this_machine()
OURS = {"aftersales_client", "appliance", "models", "security"}
ELSEWHERE = {
    "modelscope": "FunASR's environment",
    "funasr": "FunASR's environment",
    "jieba": "FunASR's environment",
    "torch": "FunASR's and vLLM's environments",
    "transformers": "vLLM's environment",
    "tokenizers": "vLLM's environment",
    "vllm": "vLLM's environment",
    "espeakng_loader": "the wheels of calls, beside the models",
    "onnxruntime": "the extra 'voice'",
    "soxr": "FunASR's environment",
}
"""What runs in an environment that is brought by a name of its own."""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the only one there is."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", folder.as_uri())
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def _group(*requirements: str, is_alone: bool = False) -> Group:
    return Group(name="parts", requirements=requirements, is_alone=is_alone)


def test_what_is_needed_comes_with_it_and_is_not_fetched_again(tmp_path: Path, registry: Path) -> None:
    wheel(registry, "a", needs=("b",))
    wheel(registry, "b")
    said: list[str] = []
    found = gather(tmp_path / "work", [_group("a")], HERE, said.append)
    assert [each.name for each in found] == ["a", "b"]
    for each in registry.iterdir():
        each.unlink()
    assert len(gather(tmp_path / "work", [_group("a")], HERE, said.append)) == 2
    assert said == ["packages of parts: asking the registry", "packages of parts: there already"]


def test_alone_means_without_what_it_asks_for(tmp_path: Path, registry: Path) -> None:
    wheel(registry, "a", needs=("b",))
    found = gather(tmp_path / "work", [_group("a", is_alone=True)], HERE, lambda _: None)
    assert [each.name for each in found] == ["a"]


def test_what_the_registry_lacks_is_said_with_its_cure(tmp_path: Path, registry: Path) -> None:
    wheel(registry, "a", needs=("b",))
    with pytest.raises(Unavailable, match=r"does not give the packages of parts: ERROR: .* b.*pip config list"):
        gather(tmp_path / "work", [_group("a")], HERE, lambda _: None)
    assert not list((tmp_path / "work").glob(".*.done"))


def test_for_another_python_what_only_that_one_asks_for_is_fetched_too(tmp_path: Path, registry: Path) -> None:
    other = Target(machine="aarch64", python="3.13", glibc="2.36")
    assert (is_native(HERE), is_native(other)) == (True, False)
    wheel(registry, "a", needs=('b; python_version >= "3.13"', 'c; python_version < "3.13"'))
    wheel(registry, "b", tag="cp313-cp313-manylinux_2_28_aarch64")
    wheel(registry, "b", tag="cp311-cp311-manylinux_2_28_x86_64")
    wheel(registry, "c")
    found = gather(tmp_path / "work", [_group("a")], other, lambda _: None)
    assert "b-1.0-cp313-cp313-manylinux_2_28_aarch64.whl" in {each.path.name for each in found}


def test_a_working_folder_of_another_machine_is_refused(tmp_path: Path, registry: Path) -> None:
    wheel(registry, "a")
    wheel(tmp_path / "work", "left", tag="cp311-cp311-win_amd64")
    with pytest.raises(ConfigurationError, match=r"left-1\.0-cp311-cp311-win_amd64\.whl is not for Python"):
        gather(tmp_path / "work", [_group("a")], HERE, lambda _: None)


def test_every_environment_has_its_packages_named() -> None:
    found = {each.name: each for each in groups(CHECKOUT, tuple(Environment))}
    assert {"product", "voice-models", *map(str, Environment)} == set(found)
    assert all(each.requirements for each in found.values())
    assert any(each.startswith("pip==") for each in found["product"].requirements)


def _imported(tree: Path) -> Iterator[str]:
    """Top-level names of all that is imported, within functions as well."""
    for path in tree.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (each.name.partition(".")[0] for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def _brought() -> set[str]:
    """The distributions that come with the product's own packages, followed to their end in what is installed here."""
    (product,) = [each for each in groups(CHECKOUT, ()) if each.name == "product"]
    waiting, found = [Requirement(each) for each in product.requirements], set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        found.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        extras = ("", *wanted.extras)
        markers = [(need, need.marker) for need in map(Requirement, needs)]
        waiting += [
            need for need, marker in markers if marker is None or any(marker.evaluate({"extra": e}) for e in extras)
        ]
    return {str(each) for each in found}


def test_whatever_the_product_may_import_comes_with_it() -> None:
    """A package of an extra that nothing brings is missing in every bundle, image and upgrade."""
    brought, by_module = _brought(), importlib.metadata.packages_distributions()
    names = {name for tree in ("appliance", "models", "security") for name in _imported(CHECKOUT / tree)}
    foreign = names - OURS - set(sys.stdlib_module_names) - set(ELSEWHERE)
    unbrought = {
        name for name in foreign if not any(canonicalize_name(each) in brought for each in by_module.get(name, []))
    }
    assert "opentelemetry" in foreign
    assert unbrought == set()
