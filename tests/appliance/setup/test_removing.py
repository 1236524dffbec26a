"""Taking it away again, with a stand-in for the product."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from appliance.setup import audit_log, removing, wiping
from appliance.setup.errors import StepFailed
from tests.appliance.setup.stand_in import Site, site

__all__ = ["site"]


def test_uninstalling_keeps_data_and_takes_them_up_again(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    done = site.run(first, "uninstall")
    assert (done.returncode, (site.state / "run" / "up").exists(), site.data) == (0, False, "made by first")
    assert (site.run(first).returncode, site.running, site.data) == (0, "first", "made by first")


def test_what_was_cut_off_is_removed_too_and_half_an_upgrade_only_with_its_data(site: Site) -> None:
    first = site.version("first", fails="selftest")
    assert site.run(first).returncode == 1
    done = site.run(first, "uninstall")
    assert (done.returncode, (site.state / "run" / "up").exists()) == (0, False)
    site.break_(first, "")
    site.run(first)
    second = site.version("second", fails="selftest")
    site.break_(first, "up")
    assert site.run(second).returncode == 1
    refused = site.run(second, "uninstall")
    assert (refused.returncode, f"an upgrade to {second} is under way here" in refused.stderr) == (1, True)
    words = ("uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (site.run(second, *words).returncode, site.state.exists()) == (0, False)


def test_nothing_is_destroyed_under_what_still_runs(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    (first / ".venv/bin/appliance").unlink()
    words = ("uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    with (site.state / "run" / "supervisor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        refused = site.run(first, *words)
    assert (refused.returncode, "process 4711 still runs in " in refused.stderr) == (1, True)
    assert (site.state / "secrets" / "root.key").exists()
    assert (site.run(first, *words).returncode, site.state.exists()) == (0, False)


def test_without_a_place_for_the_record_nothing_is_touched(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    (site.folder / "taken").touch()
    words = (
        "uninstall",
        "--destroy-keys",
        "--confirm",
        f"destroy {site.state}",
        "--record",
        str(site.folder / "taken" / "x"),
    )
    refused = site.run(first, *words)
    assert (refused.returncode, "--record FOLDER" in refused.stderr, site.running) == (1, True, "first")


@pytest.mark.parametrize("where", [".", "record", "../state/record"])
def test_the_record_is_not_kept_in_what_is_destroyed(site: Site, where: str) -> None:
    first = site.version("first")
    site.run(first)
    words = ("uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}", "--record", str(site.state / where))
    refused = site.run(first, *words)
    assert (refused.returncode, "name a folder outside it" in refused.stderr, site.running) == (1, True, "first")
    assert site.data == "made by first"


def test_two_removals_of_one_second_keep_each_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.setup.removing.time.strftime", lambda *_: "20261128T120000Z")
    made = [removing.reserved(tmp_path) for _ in range(3)]
    stamps = ["20261128T120000Z", "20261128T120000Z-2", "20261128T120000Z-3"]
    assert made == [(stamp, tmp_path / f"uninstalled-{stamp}.json") for stamp in stamps]


def test_keys_are_destroyed_only_after_the_very_words(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    for words in ((), ("--confirm", "yes")):
        refused = site.run(first, "uninstall", "--destroy-keys", *words)
        assert (refused.returncode, site.running) == (1, "first")
    done = site.run(first, "uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (done.returncode, site.state.exists(), (first / ".state-dir").exists()) == (0, False, False)
    record = json.loads(next((site.folder / "uninstalled").glob("*.json")).read_text())
    assert (record["keys"], record["is_complete"]) == (["secrets/root.key"], True)
    assert record["not_destroyed"]
    assert record["stays"][0].startswith(f"{first}: ")
    assert Path(record["audit_log_kept_in"]).is_dir()


def test_what_was_never_an_installation_is_not_destroyed_nor_written_into(site: Site) -> None:
    first, photos = site.version("first"), site.folder / "photos"
    (photos / "secrets").mkdir(parents=True)
    (photos / "secrets" / "diary").write_text("kept")
    site.answers.write_text(f'state_dir = "{photos}"\n')
    for words in ((), ("--destroy-keys", "--confirm", f"destroy {photos}")):
        refused = site.run(first, "uninstall", *words)
        assert (refused.returncode, "is no state directory of an installation" in refused.stderr) == (1, True)
    assert sorted(photos.rglob("*")) == [photos / "secrets", photos / "secrets" / "diary"]


def test_what_was_taken_away_before_or_half_destroyed_is_still_recognised(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    site.run(first, "uninstall")
    for name in ("secrets", "audit", "postgres", "run"):
        shutil.rmtree(site.state / name)
    done = site.run(first, "uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (done.returncode, done.stderr, site.state.exists()) == (0, "", False)


@pytest.mark.parametrize("place", ["log-of-audit", "logs/audit", "{folder}/kept"])
def test_the_audit_log_outlives_its_keys_wherever_the_settings_put_it(site: Site, place: str) -> None:
    first, log = site.version("first"), site.state / place.format(folder=site.folder)
    site.run(first)
    with (site.state / "appliance.toml").open("a") as settings:
        settings.write(f'\n[audit]\nsegments_dir = "{place.format(folder=site.folder)}"\n')
    (log / "2026").mkdir(parents=True)
    (log / "2026" / "records").write_text("sealed")
    done = site.run(first, "uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (done.returncode, done.stderr, site.state.exists()) == (0, "", False)
    record = json.loads(next((site.folder / "uninstalled").glob("*.json")).read_text())
    kept = Path(record["audit_log_kept_in"])
    assert ((kept / "2026" / "records").read_text(), kept == log) == ("sealed", place.startswith("{folder}"))


def test_settings_that_nobody_can_read_destroy_nothing(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    (site.state / "appliance.toml").write_text("[audit\n")
    refused = site.run(first, "uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (refused.returncode, "says where the audit log lies" in refused.stderr) == (1, True)
    assert (site.state / "secrets" / "root.key").exists()


def test_a_log_whose_copy_is_not_the_whole_of_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "1").write_text("sealed")
    audit_log.keep(tmp_path / "audit", tmp_path / "kept")
    for there in ("", "seal", "SEALED"):

        def copy(_: Path, to: Path, there: str = there) -> None:
            to.mkdir()
            if there:
                (to / "1").write_text(there)

        monkeypatch.setattr(shutil, "copytree", copy)
        with pytest.raises(StepFailed, match=r"^1 of the audit log in .* no key was destroyed"):
            audit_log.keep(tmp_path / "audit", tmp_path / f"not-whole-{there}")


def test_copies_of_keys_that_a_roll_back_left_are_destroyed_and_named(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    for name in ("failed/secrets", "before/secrets/epochs", "before/postgres"):
        (site.state / "install" / name).mkdir(parents=True)
        (site.state / "install" / name / "1.key").write_text("x")
    outside = site.folder / "outside"
    outside.write_text("kept")
    (site.state / "install/failed/secrets/link").symlink_to(outside)
    done = site.run(first, "uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (done.returncode, done.stderr, outside.read_text()) == (0, "", "kept")
    record = json.loads(next((site.folder / "uninstalled").glob("*.json")).read_text())
    copies = ["install/before/secrets/epochs/1.key", "install/failed/secrets/1.key"]
    assert record["keys"] == ["secrets/root.key", *copies]
    assert f"{outside}, which {site.state}/install/failed/secrets/link led to" in record["not_destroyed"]


def test_an_overwritten_key_is_gone_in_its_whole_length(tmp_path: Path) -> None:
    key = tmp_path / "secrets" / "long.key"
    key.parent.mkdir()
    key.write_bytes(b"k" * 200_000)
    key.chmod(0o400)
    other = tmp_path / "same-blocks"
    os.link(key, other)
    assert wiping.remove_folder(tmp_path / "secrets") == 1
    assert (key.parent.exists(), other.stat().st_size, b"kkkkkkkk" in other.read_bytes()) == (False, 200_000, False)


def test_the_record_of_a_removal_names_the_version_before_an_upgrade_and_no_strangers(site: Site) -> None:
    first, second, stranger = (site.version(name) for name in ("first", "second", "stranger"))
    site.run(first)
    site.run(second)
    (stranger / ".state-dir").write_text("/somewhere/else\n")
    done = site.run(second, "uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    assert (done.returncode, done.stderr) == (0, "")
    record = json.loads(next((site.folder / "uninstalled").glob("*.json")).read_text())
    folders = [each.split(": ")[0] for each in record["stays"] if ": the program" in each]
    assert folders == [str(second), str(first)]
