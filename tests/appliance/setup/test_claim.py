"""Which folders may become a state directory, and what of one is the installation's, to hand over and to destroy."""

import json
from pathlib import Path

import pytest

from appliance.setup import claim
from tests.appliance.setup.stand_in import Site, site

__all__ = ["site"]
DESTROY = ("uninstall", "--destroy-keys", "--confirm")


def lay(folder: Path, *names: str) -> None:
    """Files, and folders where a name ends with a slash."""
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("kept")


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (["photos/anna.jpg"], "holds photos, which no installation made"),
        ([".bashrc", ".ssh/id", "a", "b", "secrets/diary"], "holds .bashrc, .ssh, a and 1 more, which no"),
        (["secrets/diary", "log/"], "holds log, secrets, and no installer ever worked there"),
        (["containers/cloud/db.sqlite", "backups/old.tar"], "holds backups, containers, and no installer ever worked"),
        (["appliance.toml", "backups/old.tar"], "holds appliance.toml, backups, and no installer ever worked there"),
        (["install/setup.exe"], "holds install, and no installer ever worked there"),
        (["install/lock", "install/install.log", "photos/anna.jpg"], "holds photos, which no installation made"),
    ],
)
def test_a_folder_in_which_others_things_lie_is_not_taken(site: Site, there: list[str], why: str) -> None:
    lay(site.state, *there)
    before = sorted(site.state.rglob("*"))
    first = site.version("first")
    for command in ("look", "install"):
        said = site.run(first, command)
        assert (said.returncode, why in said.stdout + said.stderr) == (1, True)
    assert sorted(site.state.rglob("*")) == before


@pytest.mark.parametrize(
    "there",
    [
        [],
        ["install/lock"],
        ["lost+found/"],
        ["weights/qwen/config.json"],
        ["containers/server/secrets/proxy.pem"],
        ["appliance.toml", "tls/localhost.pem", "secrets/pin"],
        ["install/lock", "install/install.log", "secrets/root.key", ".audit-witness.json.new", "upkeep.new"],
    ],
)
def test_a_new_folder_and_what_is_meant_for_it_or_was_begun_is_taken(tmp_path: Path, there: list[str]) -> None:
    state = tmp_path / "state"
    assert claim.hindrance(state, tmp_path / "program") == ""
    lay(state, *there)
    assert claim.hindrance(state, tmp_path / "program") == ""


def test_only_what_settings_name_as_a_place_is_the_installations_and_nothing_beside_it(tmp_path: Path) -> None:
    settings = (
        'name = "family"\nlog = ["demo"]\n[upkeep]\nbackup_dir = "nightly/kept"\n[web]\nkey_file = "pem/web.key"\n'
    )
    lay(tmp_path, "family/a.jpg", "demo/", "nightly/kept/1.csab", "pem/web.key")
    (tmp_path / "appliance.toml").write_text(settings)
    assert [each.name for each in claim.own(tmp_path)] == ["appliance.toml", "nightly", "pem"]
    assert claim.listed(claim.strangers(tmp_path)) == "demo, family"
    lay(tmp_path, "nightly/photo")
    assert claim.listed(claim.strangers(tmp_path)) == "demo, family, nightly"


def test_a_file_where_settings_name_a_folder_is_a_stranger(tmp_path: Path) -> None:
    lay(tmp_path, "nightly")
    (tmp_path / "appliance.toml").write_text('[upkeep]\nbackup_dir = "nightly/kept"\n')
    assert claim.listed(claim.strangers(tmp_path)) == "nightly"


def test_a_link_to_the_state_directory_is_followed_once(site: Site) -> None:
    site.state.mkdir()
    link = site.folder / "link"
    link.symlink_to(site.state)
    site.answers.write_text(site.answers.read_text().replace(str(site.state), str(link)))
    first = site.version("first")
    assert site.run(first).returncode == 0
    assert (first / ".state-dir").read_text().strip() == str(site.state)
    assert (site.run(first, *DESTROY, f"destroy {site.state}").returncode, site.state.exists()) == (0, False)


def test_a_file_and_the_programs_own_folder_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert claim.hindrance(tmp_path / "file", tmp_path / "program") == "is there, and is no folder"
    (tmp_path / "program").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    for state in (tmp_path / "program", tmp_path, tmp_path / "link"):
        assert claim.hindrance(state, tmp_path / "program") == "holds the program itself"


def test_what_somebody_put_beside_an_installation_stops_its_destruction_and_nothing_else(site: Site) -> None:
    first, note = site.version("first"), site.state / "note.txt"
    site.run(first)
    note.write_text("kept")
    assert site.run(first).returncode == 0
    refused = site.run(first, *DESTROY, f"destroy {site.state}")
    assert (refused.returncode, "also holds note.txt" in refused.stderr) == (1, True)
    assert (note.read_text(), site.running, (site.state / "secrets" / "root.key").exists()) == ("kept", "first", True)
    note.unlink()
    assert (site.run(first, *DESTROY, f"destroy {site.state}").returncode, site.state.exists()) == (0, False)


def test_a_home_that_an_older_installer_wrote_into_is_left_as_it_is(site: Site) -> None:
    lay(site.state, "install/lock", "install/install.log", ".bashrc", "work/plan")
    refused = site.run(site.version("first"), *DESTROY, f"destroy {site.state}")
    assert (refused.returncode, "also holds .bashrc, work" in refused.stderr) == (1, True)
    assert (site.state / "work" / "plan").read_text() == "kept"


def test_what_settings_lead_to_is_the_installations_and_the_record_says_what_went(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    with (site.state / "appliance.toml").open("a") as settings:
        settings.write('\n[upkeep]\nbackup_dir = "nightly/kept"\n[audit]\nsegments_dir = "/elsewhere"\n')
    lay(site.state, "nightly/kept/1.csab", "lost+found/")
    done = site.run(first, *DESTROY, f"destroy {site.state}")
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.name for each in site.state.iterdir()] == ["lost+found"]
    record = json.loads(next((site.folder / "uninstalled").glob("*.json")).read_text())
    assert set(record["emptied"]) >= {"appliance.toml", "install", "nightly", "secrets"}
    assert any(each.startswith(f"{site.state}: Directory not empty") for each in record["stays"])
