"""A bundle of small files: what is brought along is in it, and what is wrong is said before anything is fetched."""

import dataclasses
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.config import CHECKOUT
from appliance.errors import ConfigurationError
from appliance.shipping import debian, packing, wheels
from appliance.shipping.packing import Order, pack
from appliance.shipping.source import Source
from models.bundle.errors import BundleRefused
from models.bundle.opening import verify
from models.bundle.sbom import Kind, Part
from models.bundle.signature import Trust
from models.bundle.unpacking import this_machine
from models.catalog import loading, manifest
from tests.appliance.shipping.made_wheels import wheel

DIGEST = f"sha256:{'a' * 64}"
MODEL = next(name for name, model in sorted(loading.load().models.items()) if not model.pickles)


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Of a product of one file; the registry and apt give nothing, and are asked by whom a test lets ask."""
    (tmp_path / "install.sh").write_text("#!/bin/sh\n")
    product = Source(files={"install.sh": tmp_path / "install.sh"}, revision="abc", date=1_760_000_000)
    monkeypatch.setattr(packing, "source", lambda _: product)
    monkeypatch.setattr(wheels, "gather", _never("the registry"))
    monkeypatch.setattr(debian, "gather", _never("apt"))
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    manifest.write(weights)
    return Order(
        checkout=CHECKOUT,
        out=tmp_path / "it.bundle",
        work=tmp_path / "work",
        target=this_machine(),
        weights={MODEL: weights},
        images=_images(tmp_path, DIGEST),
    )


def _never(whom: str) -> Callable[..., Any]:
    def asked(*_: object) -> None:
        raise AssertionError(f"{whom} was asked")

    return asked


def _images(folder: Path, held: str) -> Path:
    content = json.dumps({"manifests": [{"digest": held}]}).encode()
    head = tarfile.TarInfo("index.json")
    head.size = len(content)
    with tarfile.open(folder / "web.tar", "w") as archive:
        archive.addfile(head, io.BytesIO(content))
    (folder / "images.toml").write_text(f'[[image]]\nreference = "example/web:1.0@{DIGEST}"\narchive = "web.tar"\n')
    return folder / "images.toml"


def _pack(order: Order) -> None:
    pack(order, Ed25519PrivateKey.generate(), lambda _: None, lambda *_: None)


def test_weights_images_and_debians_packages_are_in_it_and_in_its_list(
    order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deb = tmp_path / "chrony_4.3_amd64.deb"
    deb.touch()
    part = Part(kind=Kind.DEBIAN, name="chrony", version="4.3", path=f"bundle/debian/{deb.name}")
    monkeypatch.setattr(wheels, "gather", lambda *_: [])
    monkeypatch.setattr(wheels, "product", lambda folder, *_: wheel(folder, "aftersales_appliance"))
    monkeypatch.setattr(debian, "gather", lambda *_: ({f"bundle/debian/{deb.name}": deb}, [part]))
    _pack(order)
    found = verify(order.out, Trust(key=b"", fingerprint="", inside=True))
    assert {
        "install.sh",
        "bundle/debian/chrony_4.3_amd64.deb",
        "bundle/debian/packages.json",
        "bundle/images/images.json",
        "bundle/images/web.tar",
        f"bundle/models/{MODEL}/config.json",
        f"bundle/models/{MODEL}/{manifest.MANIFEST}",
        "bundle/sbom.cdx.json",
        "bundle/wheels/aftersales_appliance-1.0-py3-none-any.whl",
    } == set(found.files)
    assert (found.contents["models"], found.contents["images"]) == ([MODEL], [f"example/web:1.0@{DIGEST}"])
    listed = json.loads((order.work / "sbom.cdx.json").read_text())["components"]
    assert {"chrony", MODEL, "example/web:1.0"} <= {each["name"] for each in listed}
    assert any(str(each.get("purl")).startswith("pkg:oci/web@") for each in listed)


def test_images_and_weights_that_are_wrong_are_said_before_anything_is_fetched(order: Order, tmp_path: Path) -> None:
    _images(tmp_path, f"sha256:{'b' * 64}")
    with pytest.raises(ConfigurationError, match="where it is loaded nothing finds it"):
        _pack(order)


def test_a_bundle_that_is_there_already_is_said_first(order: Order) -> None:
    order.out.with_name("it.bundle.001").touch()
    with pytest.raises(BundleRefused, match=r"it\.bundle\.001 is there already"):
        _pack(order)
    assert not order.work.exists()


def test_debians_packages_of_this_machine_are_not_packed_for_another(order: Order) -> None:
    sparc = dataclasses.replace(this_machine(), machine="sparc64")
    with pytest.raises(ConfigurationError, match="the bundle is for sparc64: say --without-debian"):
        _pack(msgspec.structs.replace(order, target=sparc))
