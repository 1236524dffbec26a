"""The one list of images, and the lock that names each by its digest."""

from pathlib import Path

import pytest

from appliance.deployment.images import known, kustomization, locked
from appliance.errors import ConfigurationError

DIGEST = f"sha256:{'a' * 64}"


def _lock(folder: Path, *, without: str = "", more: str = "", **changed: str) -> Path:
    given = {each.name: f"{each.reference}@{DIGEST}" for each in known()} | changed
    file = folder / "images.lock"
    file.write_text("# made\n\n" + "".join(f"{k}={v}\n" for k, v in given.items() if k != without) + more)
    return file


def test_a_whole_lock_is_taken_from_whatever_registry(tmp_path: Path) -> None:
    own = f"registry.example.internal:5000/mirror/postgres:18-trixie@{DIGEST}"
    assert locked(_lock(tmp_path, POSTGRES_IMAGE=own), known())["POSTGRES_IMAGE"] == own


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"POSTGRES_IMAGE": "docker.io/library/postgres:18-trixie"}, "POSTGRES_IMAGE is not .* named by its digest"),
        ({"POSTGRES_IMAGE": f"docker.io/library/mysql:18-trixie@{DIGEST}"}, "POSTGRES_IMAGE is not"),
        ({"POSTGRES_IMAGE": "docker.io/library/postgres:18-trixie@sha256:abc"}, "POSTGRES_IMAGE is not"),
        ({"POSTGRES_IMAGE": f"docker.io/library/postgres:17@{DIGEST}"}, "POSTGRES_IMAGE is not"),
        ({"OTHER_IMAGE": f"x:1@{DIGEST}"}, "OTHER_IMAGE is no image of ours"),
    ],
)
def test_a_lock_that_moves_is_refused(tmp_path: Path, changed: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        locked(_lock(tmp_path, **changed), known())


def test_one_that_lacks_an_image_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="HAPROXY_IMAGE is missing"):
        locked(_lock(tmp_path, without="HAPROXY_IMAGE"), known())


def test_a_line_that_is_none_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf":{len(known()) + 3}: a line is NAME="):
        locked(_lock(tmp_path, more="nonsense\n"), known())


def test_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        locked(tmp_path / "gone", known())


def test_kustomize_gets_a_digest_for_each_image_of_its_own(tmp_path: Path) -> None:
    own = f"registry.example.internal/appliance:0.1.0@{DIGEST}"
    images = kustomization(locked(_lock(tmp_path, PRODUCT_IMAGE=own), known()), known())["images"]
    ours = next(each for each in images if each["name"] == "aftersales.internal/appliance")
    assert ours == {
        "name": "aftersales.internal/appliance",
        "newName": "registry.example.internal/appliance",
        "digest": DIGEST,
    }
