"""Docker's volumes put back from their copies: all of them but the files of the audit log, wherever those lie."""

from pathlib import Path

import pytest

from appliance.setup import containers, volumes
from appliance.setup.record import Installed

BEFORE = Installed(
    version="1", revision="", folder="/opt/first", profile="cpu", mode="compose", service="supervisor", host="",
    port=443, name="shop.example",
)  # fmt: skip
OLD = {"secrets/root.key": "old", "audit/records": "old;", "kept/log/records": "old;", "kept/notes": "old"}
NEW = {**dict.fromkeys(OLD, "old;new;"), "kept/made": "new", "made": "new"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its volumes as the new version left them, beside a snapshot of before."""
    monkeypatch.setattr(containers, "volume", lambda name: tmp_path / "docker" / name)
    for name in (containers.STATE, "aftersales_database"):
        write(tmp_path / "docker" / name, NEW)
        write(tmp_path / "before" / volumes.SAVED / name, OLD)
    write(tmp_path / "before" / "containers" / "server", {"profiles/cpu.env": "SETTINGS=appliance.toml\n"})
    return tmp_path / "docker"


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ("", "audit"),
        ('[audit]\nsegments_dir = "kept/log"\n', "kept/log"),
        ('[audit]\nsegments_dir = "/var/lib/aftersales/kept/log"\n', "kept/log"),
        ('[audit]\nsegments_dir = "/mnt/other/log"\n', None),
    ],
)
def test_the_log_stays_where_the_settings_of_before_put_it(docker: Path, settings: str, kept: str | None) -> None:
    snapshot = docker.parent / "before"
    write(snapshot / "containers" / "server", {"appliance.toml": settings})
    log = volumes.log_in(BEFORE, snapshot)
    assert log == (None if kept is None else Path(kept))
    volumes.put_back(snapshot, kept=log)
    records = {f"{kept}/records": "old;new;"} if kept else {}
    assert read(docker / containers.STATE) == {**OLD, **records}
    assert read(docker / "aftersales_database") == OLD


def test_a_link_on_the_way_to_the_log_is_not_followed(docker: Path) -> None:
    outside = docker.parent / "outside"
    (docker / containers.STATE / "kept").rename(outside)
    (docker / containers.STATE / "kept").symlink_to(outside)
    before = read(outside)
    volumes.put_back(docker.parent / "before", kept=Path("kept/log"))
    assert (read(outside), (docker / containers.STATE / "kept").is_symlink()) == (before, True)


def test_a_log_that_only_the_copy_has_comes_back(docker: Path) -> None:
    (docker / containers.STATE / "kept/log/records").unlink()
    (docker / containers.STATE / "kept/log").rmdir()
    volumes.put_back(docker.parent / "before", kept=Path("kept/log"))
    assert read(docker / containers.STATE) == OLD
