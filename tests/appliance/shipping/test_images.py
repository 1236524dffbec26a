"""The images of ``compose/docker`` are made of what a bundle holds: pip itself says so, with the words of each file."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from appliance.config import CHECKOUT
from appliance.deployment import images
from appliance.shipping import closure, packing, wheels
from appliance.shipping.packing import Order
from appliance.shipping.source import Source
from models.bundle.signature import Trust
from models.bundle.unpacking import this_machine, unpack
from tests.appliance.shipping.made_wheels import wheel

DOCKERFILES = {each.dockerfile: each for each in images.known() if each.dockerfile}
ENVIRONMENTS = (wheels.Environment.VOICE, wheels.Environment.FUNASR)
_METADATA = "Metadata-Version: 2.1\nName: aftersales-appliance\nVersion: 0.1.0\n"
_BACKEND = """
import os, zipfile
def build_wheel(folder, *_):
    name = "aftersales_appliance-0.1.0"
    with zipfile.ZipFile(os.path.join(folder, f"{name}-py3-none-any.whl"), "w") as archive:
        archive.writestr(f"{name}.dist-info/METADATA", open("METADATA").read())
        archive.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{name}.dist-info/RECORD", "")
    return f"{name}-py3-none-any.whl"
"""


def _product(folder: Path) -> dict[str, Path]:
    """Asks for what the product asks for, and is built in no time."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = "".join(f"Requires-Dist: {each}\n" for each in project["dependencies"])
    voice = "".join(f"Requires-Dist: {each}; extra == 'voice'\n" for each in project["optional-dependencies"]["voice"])
    texts = {
        "METADATA": f"{_METADATA}{asked}Provides-Extra: voice\n{voice}",
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        "backend.py": _BACKEND,
    }
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return {name: folder / name for name in texts}


def _asked(line: str) -> Iterator[Requirement]:
    """Of a line of requirements or pins."""
    if line and not line.startswith("#"):
        yield Requirement(line)


def _packages(folder: Path) -> list[closure.Wheel]:
    """Empty ones, at the versions that are asked for: those of each environment in one folder, as a bundle has them."""
    lines = [each for group in wheels.groups(CHECKOUT, ENVIRONMENTS) for each in group.requirements]
    lines += (CHECKOUT / wheels.CONSTRAINTS).read_text("utf-8").splitlines()
    for name, version in {(r.name, next(iter(r.specifier)).version) for e in lines for r in _asked(e) if r.specifier}:
        wheel(folder, canonicalize_name(name).replace("-", "_"), version)
    return closure.wheels(folder)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder of wheels."""
    folder = tmp_path_factory.mktemp("bundle")
    source = Source(files=_product(folder / "product"), revision="abc", date=1_760_000_000)
    order = Order(
        checkout=CHECKOUT, out=folder / "it.bundle", work=folder / "work", target=this_machine(),
        environments=ENVIRONMENTS, with_debian=False,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "source", lambda _: source)
        patch.setattr(wheels, "gather", lambda *_: _packages(folder / "packages"))
        patch.setenv("PIP_NO_INDEX", "1")
        packing.pack(order, Ed25519PrivateKey.generate(), lambda _: None, lambda *_: None)
    unpack(order.out, folder / "site", Trust(key=b"", fingerprint="", inside=True), machine=this_machine())
    return folder / "site" / packing.WHEELS


def _installs(dockerfile: str) -> list[list[str]]:
    """The words behind each "pip install"."""
    text = (CHECKOUT / dockerfile).read_text("utf-8").replace("\\\n", " ")
    return [shlex.split(found) for found in re.findall(r"/bin/pip install ([^&\n]+)", text)]


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("dockerfile", sorted(DOCKERFILES))
def test_pip_finds_all_that_an_image_needs_in_the_bundle(dockerfile: str, unpacked: Path, tmp_path: Path) -> None:
    copied = dict(re.findall(r"^COPY (compose/\S+) (\S+)$", (CHECKOUT / dockerfile).read_text("utf-8"), re.MULTILINE))
    places = {"/wheels": str(unpacked), **{target: str(CHECKOUT / source) for source, target in copied.items()}}
    installs = _installs(dockerfile)
    assert any("aftersales-appliance" in word for words in installs for word in words)
    for words in installs:
        here = [places.get(word, str(tmp_path) if word.startswith("/opt/") else word) for word in words]
        asked = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--dry-run"]
        done = subprocess.run(
            [*asked, "--ignore-installed", *here],
            env={**os.environ, "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_the_bases_have_the_python_that_the_pins_are_of() -> None:
    """The lists were made by it: another asks for packages that they do not name, and nothing asks pip for those."""
    [base] = [each for each in images.known() if each.name == "PYTHON_BASE"]
    oldest = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert f">={base.tag.partition('-')[0]}" == oldest
    assert f"--python {base.tag.partition('-')[0]}" in (CHECKOUT / "docs/deployment.md").read_text("utf-8")
