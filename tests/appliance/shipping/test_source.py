"""What is the product's own is what is under version control, and what was built from exactly that."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.config import CHECKOUT
from appliance.errors import ConfigurationError
from appliance.shipping.source import source
from models.bundle import writing
from models.bundle.manifest import MANIFEST
from models.bundle.unpacking import this_machine

CONSOLE = "appliance/console"
SKIP = shutil.ignore_patterns("node_modules", "dist", "__pycache__")


def _git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.internal", "-c", "commit.gpgsign=false"]
    date = {"GIT_COMMITTER_DATE": "1760000000 +0000", "GIT_AUTHOR_DATE": "1760000000 +0000"}
    subprocess.run(["git", *who, *words], cwd=folder, env={**os.environ, **date}, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small one: the pages' sources, with what was built from them, and a model."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    folder = tmp_path / "checkout"
    shutil.copytree(CHECKOUT / CONSOLE, folder / CONSOLE, ignore=SKIP)
    shutil.copytree(CHECKOUT / "compose" / "install", folder / "compose" / "install")
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    (folder / ".gitignore").write_text("var/\ndist/\n*.key\n")
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "all")
    said = subprocess.run(
        ["bash", "compose/install/build-console.sh", "fingerprint"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / CONSOLE / "dist").mkdir()
    (folder / CONSOLE / "dist" / ".fingerprint").write_text(said.stdout)
    (folder / "var" / "models" / "compact").mkdir(parents=True)
    (folder / "var" / "models" / "compact" / "model.json").write_text("{}")
    return folder


def test_data_keys_and_what_lies_around_are_left_out(checkout: Path) -> None:
    for stray in ("root.key", "note.txt", "var/appliance.toml"):
        (checkout / stray).write_text("mine")
    found = source(checkout)
    assert {"pyproject.toml", "var/models/compact/model.json", f"{CONSOLE}/dist/.fingerprint"} <= found.files.keys()
    assert not {"root.key", "note.txt", "var/appliance.toml"} & found.files.keys()
    assert found.date == 1_760_000_000


def test_a_changed_file_is_told_in_the_revision(checkout: Path) -> None:
    plain = source(checkout).revision
    (checkout / "pyproject.toml").write_text("[project]\n")
    assert source(checkout).revision == f"{plain}+changes"


def test_the_date_can_be_set_from_outside(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert source(checkout).date == 1_700_000_000


def test_pages_of_other_sources_and_a_missing_model_are_refused(checkout: Path) -> None:
    (checkout / "var" / "models" / "compact" / "model.json").unlink()
    with pytest.raises(ConfigurationError, match=r"the compact model is not there: run ./install.sh"):
        source(checkout)
    (checkout / CONSOLE / "dist" / ".fingerprint").write_text("another")
    with pytest.raises(ConfigurationError, match="is not built, or not from these sources"):
        source(checkout)


def test_a_folder_that_is_neither_checkout_nor_bundle_is_refused(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    with pytest.raises(ConfigurationError, match="is neither a git checkout nor an unpacked bundle"):
        source(checkout)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_an_unpacked_bundle_is_packed_again_with_its_own_date(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    import time

    files = dict(source(checkout).files)
    raw = writing.manifest_of(
        files, version="1", revision="abc", created="2026-07-01T00:00:00Z", target=this_machine(), contents={}
    )
    (checkout / MANIFEST).parent.mkdir()
    (checkout / MANIFEST).write_bytes(raw)
    shutil.rmtree(checkout / ".git")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = source(checkout)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (found.revision, found.date, found.files.keys()) == ("abc", 1_782_864_000, files.keys())
