"""The way back, what does not lead to it, and that it goes on: with a stand-in for the product."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.appliance.setup.stand_in import ROOT, Site, killed_behind, site

__all__ = ["site"]


@pytest.mark.parametrize("step", ["migrate", "up", "selftest"])
def test_an_upgrade_that_fails_leaves_the_old_version_running_with_its_data(site: Site, step: str) -> None:
    site.run(site.version("first"))
    second = site.version("second", fails=step)
    done = site.run(second)
    assert (done.returncode, "the upgrade failed and was rolled back: " in done.stderr) == (1, True)
    assert (site.installed, site.running, site.data) == ("first", "first", "made by first")
    assert not (site.state / "install" / "progress.json").exists()
    may_have_served = step != "migrate"
    assert not {"failed", "before", "before.making"} & {each.name for each in (site.state / "install").iterdir()}
    assert "data of the new version are deleted, 1 files of keys overwritten" in done.stdout
    assert ("it is reconciling" in done.stdout, "was never started" in done.stdout) == (
        may_have_served,
        not may_have_served,
    )
    assert (site.state / "postgres" / "reconciling").exists() == may_have_served
    site.break_(second, "")
    assert site.run(second).returncode == 0
    assert (site.running, site.data) == ("second", "made by first, changed by second")


@pytest.mark.parametrize("step", ["migrate", "selftest"])
def test_what_was_wrong_before_is_named_and_rolls_nothing_back(site: Site, step: str) -> None:
    first = site.version("first")
    site.run(first)
    site.break_(first, "doctor")
    (first / "reports").write_text(f"{first}/x: 95% full")
    second = site.version("second", fails=step)
    (second / "reports").write_text(f"{second}/x: 97% full")
    done = site.run(second)
    assert (done.returncode, done.stderr, site.installed) == (0, "", "second")
    assert f"wrong before the upgrade: disk: {first}/x: 95% full" in done.stdout
    assert f"was there before: disk: {second}/x: 97% full, make room" in done.stdout
    assert not (site.state / "install" / "known.json").exists()


@pytest.mark.parametrize("step", ["migrate", "selftest"])
def test_what_is_wrong_besides_rolls_back_and_is_named_alone(site: Site, step: str) -> None:
    first = site.version("first")
    site.run(first)
    site.break_(first, "doctor")
    (first / "reports").write_text("95% full")
    second = site.version("second", fails=step)
    (second / "reports").write_text("97% full\nread only")
    done = site.run(second)
    assert (done.returncode, site.installed, site.running) == (1, "first", "first")
    assert ": disk: read only, make room. Cure: " in done.stderr
    assert "97% full" not in done.stderr


def test_of_a_version_that_did_not_run_nothing_is_known_and_all_counts(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    site.break_(first, "doctor")
    (first / "reports").write_text("95% full")
    (site.state / "run" / "up").unlink()
    second = site.version("second", fails="selftest")
    (second / "reports").write_text("95% full")
    done = site.run(second)
    assert (done.returncode, site.running) == (1, "first")
    assert "the old version does not run" in done.stdout


def test_a_roll_back_that_was_cut_off_is_brought_to_its_end(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    second = site.version("second", fails="selftest")
    site.break_(first, "up")
    cut = site.run(second)
    assert cut.returncode == 1
    assert json.loads((site.state / "install" / "progress.json").read_text())["failure"]
    site.break_(first, "")
    again = site.run(second)
    assert (again.returncode, "is rolled back now" in again.stderr) == (1, True)
    assert (site.installed, site.running, site.data) == ("first", "first", "made by first")


@pytest.mark.parametrize("elsewhere", [None, "kept/audit", "{folder}/audit"])
def test_what_the_new_version_wrote_into_the_files_of_the_log_stays_there(site: Site, elsewhere: str | None) -> None:
    """The stand-in writes to ``audit``; the one named elsewhere is not touched, nor missed."""
    first = site.version("first")
    site.run(first)
    if elsewhere:
        place = elsewhere.format(folder=site.folder)
        (site.state / place).mkdir(parents=True)
        (site.state / "appliance.toml").write_text(f'[audit]\nsegments_dir = "{place}"\n')
    second = site.version("second", fails="selftest")
    (site.state / "audit" / "records").write_text("old;")
    assert site.run(second).returncode == 1
    kept = (site.state / "audit" / "records").read_text()
    assert kept == ("old;first;" if elsewhere else "old;second;first;")


def test_where_the_old_version_cannot_be_told_the_new_one_tells_and_else_nothing_is_started(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    second = site.version("second", fails="selftest")
    site.break_(first, "recovery")
    site.calls()
    done = site.run(second)
    assert (done.returncode, site.running, "it is reconciling" in done.stdout) == (1, "first", True)
    assert [line.split(" --as-of")[0] for line in site.calls() if "recovery" in line] == [
        "first recovery declare",
        "second recovery declare",
    ]

    site.break_(second, "selftest\nrecovery")
    done = site.run(second)
    assert (done.returncode, (site.state / "run" / "up").exists()) == (1, False)
    assert "nothing was started, because it cannot be told that it was put back: as told. Cure: " in done.stderr
    site.break_(first, "")
    again = site.run(second)
    assert (again.returncode, "is rolled back now" in again.stderr, site.running) == (1, True, "first")


def _by_hand(site: Site, version: Path, word: str) -> None:
    environment = {**os.environ, "APPLIANCE_STATE_DIR": str(site.state)}
    subprocess.run([version / ".venv/bin/appliance", word], env=environment, check=True)


@pytest.mark.parametrize(("step", "is_stopped"), [("snapshot", False), ("place", True)])
def test_what_the_old_version_served_since_its_copy_is_copied_anew(site: Site, step: str, *, is_stopped: bool) -> None:
    first = site.version("first")
    site.run(first)
    second = site.version("second", fails="migrate")
    killed_behind(step, site, second)
    _by_hand(site, first, "up")
    (site.state / "postgres" / "data").write_text("made by first, served meanwhile")
    if is_stopped:
        _by_hand(site, first, "down")
    done = site.run(second)
    assert (done.returncode, "was never started" in done.stdout) == (1, True)
    assert (site.running, site.data) == ("first", "made by first, served meanwhile")


def test_what_was_served_when_no_copy_can_be_made_any_more_is_said_and_nothing_is_stopped(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    second = site.version("second", fails="migrate")
    killed_behind("place", site, second)
    known = site.state / "install" / "known.json"
    known.write_text(json.dumps({**json.loads(known.read_text()), "is_changing": True}))
    _by_hand(site, first, "up")
    site.calls()
    refused = site.run(second)
    assert (refused.returncode, site.running, site.calls()) == (1, "first", [])
    assert "is in no copy. Cure: back it up" in refused.stderr
    _by_hand(site, first, "down")
    done = site.run(second)
    assert (done.returncode, site.running, "it is reconciling" in done.stdout) == (1, "first", True)


BOUNDARIES = {
    "told why": "killing(record.Records, 'put_progress', 9)",
    "stopped": "killing(back, '_stop_new', 1)",
    "put back": "killing(back, '_put_back', 1)",
    "log kept": "killing(back, '_keep_newer_log', 1)",
    "declared": "killing(back, '_declare', 1)",
    "started": "killing(services, 'start', 2)",
    **{f"rename {n}": f"killing(pathlib.Path, 'rename', {n}, within='_put_back', of=back)" for n in (3, 4)},
    "log removed": "killing(back, 'remove', 1, within='_keep_newer_log', of=back)",
}
KILLING = """
import os, pathlib, sys
from appliance.setup import record, rolling_back as back, services, __main__ as setup

def killing(owner, name, times, within="", of=None):
    real = getattr(owner, name)
    def watched(*words, **named):
        nonlocal times
        done, times = real(*words, **named), times - 1
        if times == 0:
            os._exit(9)
        return done
    if not within:
        setattr(owner, name, watched)
        return
    outer = getattr(of, within)
    setattr(of, within, lambda *words, **named: (setattr(owner, name, watched), outer(*words, **named)))

{boundary}
sys.exit(setup.main(["install", "--answers", {answers!r}]))
"""


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_roll_back_killed_behind_any_step_goes_on(site: Site, boundary: str) -> None:
    first = site.version("first")
    site.run(first)
    second = site.version("second", fails="selftest")
    script = KILLING.format(boundary=BOUNDARIES[boundary], answers=str(site.answers))
    killed = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=second, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert killed.returncode == 9
    again = site.run(second)
    assert (again.returncode, "is rolled back now" in again.stderr) == (1, True)
    assert (site.installed, site.running, site.data) == ("first", "first", "made by first")
    assert (site.state / "postgres" / "reconciling").exists()
    assert "second;" in (site.state / "audit" / "records").read_text()
    assert sum("recovery declare" in line for line in site.calls()) == 1
    assert not (site.state / "install" / "progress.json").exists()
