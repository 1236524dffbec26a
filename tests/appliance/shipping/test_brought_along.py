"""Images by digest, weights by the catalogue, Debian's packages by their list: brought whole, or refused by name."""

import platform
import shutil
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


def test_an_image_is_listed_and_its_archive_brought(tmp_path: Path) -> None:
    (tmp_path / "web.tar").write_bytes(b"saved")
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
        ("reference = ", "images.toml"),
    ],
)
def test_an_image_that_is_not_pinned_or_not_there_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        images.gather(_listed(tmp_path, line))


def test_two_archives_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.tar").touch()
    both = (f'reference = "{each}@{DIGEST}"\narchive = "{each}/x.tar"' for each in ("one", "two"))
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
    _programs(tmp_path / "bin", monkeypatch, apt_get=APT, apt_cache=CACHE)
    files, (part,) = debian.gather(tmp_path / "debian", ["nftables"], SILENT)
    assert list(files) == ["bundle/debian/nftables_1%3a1.0.6-2_all.deb"]
    assert (part.name, part.version) == ("nftables", "1:1.0.6-2")


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
