"""Images by digest, weights by the catalogue, Debian's packages by their list: brought whole, or refused by name."""

import hashlib
import io
import json
import platform
import shutil
import tarfile
from pathlib import Path

import pytest

from appliance.config import CHECKOUT
from appliance.errors import ConfigurationError, InvalidInput, Unavailable
from appliance.shipping import debian, images, weights
from models.catalog import loading, manifest

DIGEST = f"sha256:{'a' * 64}"
SILENT = lambda _: None  # noqa: E731
MODEL = next(name for name, model in sorted(loading.load().models.items()) if not model.pickles)


def _listed(folder: Path, *images_: str) -> Path:
    file = folder / "images.toml"
    file.write_text("".join(f"[[image]]\n{each}\n" for each in images_))
    return file


def _saved(file: Path, index: object) -> None:
    """As ``docker save`` and ``skopeo copy`` write it, but for the layers."""
    content = json.dumps(index).encode()
    head = tarfile.TarInfo("index.json")
    head.size = len(content)
    with tarfile.open(file, "w") as archive:
        archive.addfile(head, io.BytesIO(content))


def _index(*digests: str) -> object:
    return {"schemaVersion": 2, "manifests": [{"digest": each, "size": 7} for each in digests]}


def test_an_image_is_listed_and_its_archive_brought(tmp_path: Path) -> None:
    _saved(tmp_path / "web.tar", _index(DIGEST))
    file = _listed(tmp_path, f'reference = "web@{DIGEST}"\narchive = "web.tar"', f'reference = "db@{DIGEST}"')
    files, parts, lines = images.gather(file)
    assert files == {"bundle/images/web.tar": tmp_path / "web.tar"}
    assert [(part.name, part.version, bool(part.sha256)) for part in parts] == [
        ("web", DIGEST, True),
        ("db", DIGEST, False),
    ]
    assert [line.archive for line in lines] == ["bundle/images/web.tar", ""]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('reference = "web:1.0"', "a tag can move, a digest cannot"),
        (f'reference = "web@{DIGEST}"\narchive = "gone.tar"', "gone.tar is not there"),
        (f'reference = "web@{DIGEST}"\nfile = "x"', "unknown field"),
        ("reference = ", "images.toml: .* and no images.lock"),
        (f'reference = "web@{DIGEST}"\n[[image]]\nreference = "web@{DIGEST}"', "stands there twice"),
        (f'reference = "web@{DIGEST}"\narchive = "images.toml"', "images.toml is not called FILE.tar"),
    ],
)
def test_an_image_that_is_not_pinned_or_not_there_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        images.gather(_listed(tmp_path, line))


def test_a_list_without_an_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"images\.toml names no image"):
        images.gather(_listed(tmp_path))


@pytest.mark.parametrize(
    ("index", "complaint"),
    [
        (_index(f"sha256:{'b' * 64}"), f"web.tar holds sha256:{'b' * 12}…, and not web@{DIGEST}"),
        ({"manifests": "none"}, "web.tar names no digest"),
        ([], "web.tar names no digest"),
    ],
)
def test_an_archive_of_another_image_is_refused_where_it_is_packed(
    tmp_path: Path, index: object, complaint: str
) -> None:
    """Where it is loaded the image is looked for by its digest, and no network can bring it there."""
    _saved(tmp_path / "web.tar", index)
    with pytest.raises(ConfigurationError, match=f"{complaint}.*: where it is loaded nothing finds it; save it with"):
        images.gather(_listed(tmp_path, f'reference = "web@{DIGEST}"\narchive = "web.tar"'))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "web.tar").write_bytes(b"saved")
    with pytest.raises(ConfigurationError, match=r"web\.tar names no digest"):
        images.gather(_listed(tmp_path, f'reference = "web@{DIGEST}"\narchive = "web.tar"'))


def test_several_images_may_lie_in_one_archive(tmp_path: Path) -> None:
    other = f"sha256:{'c' * 64}"
    _saved(tmp_path / "all.tar", _index(DIGEST, other))
    lines = (f'reference = "{name}@{each}"\narchive = "all.tar"' for name, each in (("web", DIGEST), ("db", other)))
    files, parts, _ = images.gather(_listed(tmp_path, *lines))
    assert (list(files), [part.name for part in parts]) == (["bundle/images/all.tar"], ["web", "db"])


def test_two_archives_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder, digit in (("one", "a"), ("two", "b")):
        (tmp_path / folder).mkdir()
        _saved(tmp_path / folder / "x.tar", _index(f"sha256:{digit * 64}"))
    both = (
        f'reference = "{each}@sha256:{digit * 64}"\narchive = "{each}/x.tar"'
        for each, digit in (("one", "a"), ("two", "b"))
    )
    with pytest.raises(ConfigurationError, match=r"two archives are called x.tar"):
        images.gather(_listed(tmp_path, *both))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"numbers")
    (folder / "config.json").write_text("{}")
    manifest.write(folder)
    return folder


def test_weights_of_the_catalogue_are_brought_with_their_list(model: Path) -> None:
    files, (part,) = weights.gather({MODEL: model}, SILENT)
    place = f"bundle/models/{MODEL}"
    assert set(files) == {f"{place}/{name}" for name in ("config.json", "model.safetensors", manifest.MANIFEST)}
    assert (part.name, part.path) == (MODEL, place)


def test_weights_that_are_damaged_or_of_no_model_of_ours_are_refused(model: Path) -> None:
    with pytest.raises(InvalidInput, match="the catalogue has no model nobody"):
        weights.gather({"nobody": model}, SILENT)
    (model / "model.safetensors").write_bytes(b"others!")
    with pytest.raises(InvalidInput, match=f"weights of {MODEL}: model.safetensors is not what the manifest lists"):
        weights.gather({MODEL: model}, SILENT)


def test_the_list_for_debian_says_why_each_is_wanted() -> None:
    found = debian.wanted(CHECKOUT)
    assert {"python3", "nftables"} <= {each.package for each in found}
    assert all(each.why for each in found)


APT = """#!/bin/sh
for word; do
  case "$word" in
    install) echo 'Inst libc6 (2.36-9 Debian:12 [amd64])'; echo 'Inst nftables (1:1.0.6-2 Debian:12 [amd64])' ;;
    [!A-Z-]*=*) echo deb >"${word%%=*}_$(echo "${word#*=}" | sed s/:/%3a/)_all.deb" ;;
  esac
done
"""
DPKG = "#!/bin/sh\nprintf 'Package: nftables\nVersion: 1:1.0.6-2\nArchitecture: all\n'\n"
CACHE = "#!/bin/sh\nprintf 'Package: libc6\\nPriority: required\\n\\nPackage: nftables\\nPriority: optional\\n'\n"


def _programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name.replace("_", "-")).write_text(script)
        (folder / name.replace("_", "-")).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_debians_packages_come_with_what_they_need_but_not_what_every_debian_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs(tmp_path / "bin", monkeypatch, apt_get=APT, apt_cache=CACHE, dpkg_deb=DPKG)
    files, (part,) = debian.gather(tmp_path / "debian", ["nftables"], SILENT)
    assert set(files) == {"bundle/debian/nftables_1%3a1.0.6-2_all.deb", "bundle/debian/Packages"}
    assert (part.name, part.version) == ("nftables", "1:1.0.6-2")
    assert files["bundle/debian/Packages"].read_text().splitlines() == [
        "Package: nftables",
        "Version: 1:1.0.6-2",
        "Architecture: all",
        "Filename: ./nftables_1%3a1.0.6-2_all.deb",
        "Size: 4",
        f"SHA256: {part.sha256}",
    ]


def test_a_package_that_was_cut_off_or_exchanged_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = hashlib.sha256(b"deb\n").hexdigest()
    cache = CACHE.replace("optional", f"optional\\nSHA256: {listed}")
    _programs(tmp_path / "bin", monkeypatch, apt_get=APT, apt_cache=cache, dpkg_deb=DPKG)
    kept = tmp_path / "debian" / "nftables_1%3a1.0.6-2_all.deb"
    kept.parent.mkdir()
    kept.write_bytes(b"de")
    with pytest.raises(Unavailable, match=r"was not what apt lists, and is removed: call the same again"):
        debian.gather(tmp_path / "debian", ["nftables"], SILENT)
    assert not kept.exists()
    _, (part,) = debian.gather(tmp_path / "debian", ["nftables"], SILENT)
    assert part.sha256 == listed


def test_an_apt_that_fails_or_is_not_there_is_said_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs(tmp_path / "bin", monkeypatch, apt_get="#!/bin/sh\necho 'E: no such package' >&2\nexit 100\n")
    with pytest.raises(Unavailable, match="E: no such package; call 'apt-get update'"):
        debian.gather(tmp_path / "debian", ["nftables"], SILENT)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ConfigurationError, match="say --without-debian"):
        debian.gather(tmp_path / "debian", ["nftables"], SILENT)


def test_a_release_is_named() -> None:
    assert debian.release() == platform.freedesktop_os_release().get("VERSION_CODENAME", "unknown")
