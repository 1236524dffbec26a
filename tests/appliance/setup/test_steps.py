"""The order of things, with a stand-in for the product; the real one is in the slow tests."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from appliance.setup import __main__ as setup
from appliance.setup import services
from tests.appliance.setup.stand_in import Site, killed_behind, site

__all__ = ["site"]


def test_an_installation_goes_through_its_steps_and_prints_tokens_once(site: Site) -> None:
    first = site.version("first")
    done = site.run(first)
    assert (done.returncode, done.stderr) == (0, "")
    assert "secret-token" in done.stdout
    assert "secret-token" not in (site.state / "install" / "install.log").read_text()
    assert "== no rules of the kernel are loaded: they go by a user of the product's own" in done.stdout
    assert (site.installed, site.running, (first / ".state-dir").read_text()) == ("first", "first", f"{site.state}\n")
    assert site.calls() == [
        "first certificates issue localhost 127.0.0.1 --if-missing",
        "first up --wait 600",
        "first selftest --json",
        "first egress test --json",
        "first admin bootstrap --json",
    ]


def test_what_failed_is_gone_on_with_and_settings_of_a_person_are_kept(site: Site) -> None:
    first = site.version("first", fails="selftest")
    failed = site.run(first)
    assert (failed.returncode, "the self-test has not passed: as told. Cure: " in failed.stderr) == (1, True)
    (site.state / "appliance.toml").write_text("# mine\n")
    site.break_(first, "")
    site.calls()
    assert site.run(first).returncode == 0
    assert site.calls() == ["first selftest --json", "first egress test --json", "first admin bootstrap --json"]
    assert (site.state / "appliance.toml").read_text() == "# mine\n"


def test_a_self_test_that_fails_is_quoted_with_each_finding_that_is_wrong(site: Site) -> None:
    first = site.version("first", fails="selftest")
    (first / "reports").write_text("is full")
    failed = site.run(first)
    assert "FAIL: the self-test has not passed: disk: is full, make room. Cure: read " in failed.stderr
    assert '"check": "web"' in (site.state / "install" / "install.log").read_text()


def test_again_nothing_is_lost_and_used_accounts_get_no_new_tokens(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    assert "secret-token" in site.run(first).stdout
    (site.state / "postgres" / "used").touch()
    done = site.run(first)
    assert (done.returncode, "secret-token" in done.stdout, site.data) == (0, False, "made by first")


def test_a_log_that_is_late_is_asked_again(site: Site) -> None:
    first = site.version("first")
    site.state.mkdir()
    (site.folder / "late").write_text("3")
    done = site.run(first)
    assert (done.returncode, "secret-token" in done.stdout) == (0, True)


def test_nobody_who_can_enter_is_no_installation_and_the_next_call_makes_them(site: Site) -> None:
    first = site.version("first")
    site.state.mkdir()
    (site.folder / "late").write_text("99")
    done = site.run(first)
    assert (done.returncode, "administrators could not be made: the audit log is late. Cure: " in done.stderr) == (
        1,
        True,
    )
    assert not (site.state / "install" / "installation.json").exists()
    (site.folder / "late").unlink()
    again = site.run(first)
    assert (again.returncode, "secret-token" in again.stdout) == (0, True)


def test_tokens_go_into_a_new_file_that_others_cannot_read(site: Site, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    site.answers.write_text(site.answers.read_text() + f'tokens_file = "{tokens}"\n')
    done = site.run(site.version("first"))
    assert ("secret-token" in done.stdout, tokens.stat().st_mode & 0o777) == (False, 0o600)
    assert "secret-token" in tokens.read_text()


def test_a_dry_run_says_every_step_and_changes_nothing(site: Site) -> None:
    first = site.version("first")
    before = sorted(site.folder.rglob("*"))
    done = site.run(first, "look", "--dry-run")
    assert done.returncode == 3
    assert all(
        f"  {name}" in done.stdout for name in ("packages", "place", "settings", "service", "selftest", "egress")
    )
    assert sorted(site.folder.rglob("*")) == before


def test_an_upgrade_saves_stops_tries_starts_and_looks(site: Site) -> None:
    site.run(site.version("first"))
    site.calls()
    done = site.run(site.version("second"))
    assert (done.returncode, done.stderr) == (0, "")
    calls = site.calls()
    assert calls[0] == "first doctor --json"
    assert calls[1].startswith("first backup STATE/backups/before-1-")
    assert calls[2:] == [
        "first down",
        "second migrate --json",
        "second up --wait 600",
        "second selftest --json",
        "second egress test --json",
    ]
    assert (site.installed, site.running, site.data) == ("second", "second", "made by first, changed by second")
    assert not (site.state / "install" / "before").exists()
    assert [path.read_text() for path in (site.state / "backups").iterdir()] == ["made by first"]


def test_a_backup_that_fails_ends_it_before_anything_is_stopped(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    site.break_(first, "backup")
    site.calls()
    done = site.run(site.version("second"))
    assert (done.returncode, site.running, site.data) == (1, "first", "made by first")
    assert "the upgrade failed before anything was stopped: " in done.stderr
    assert "the old version was not touched" in done.stderr
    assert [line.split()[:2] for line in site.calls()] == [["first", "doctor"], ["first", "backup"]]
    assert not (site.state / "install" / "progress.json").exists()


@pytest.mark.parametrize(
    "step", ["faults", "backup", "stop", "snapshot", "place", "tables", "service", "selftest", "egress"]
)
def test_killed_behind_any_step_it_goes_on(site: Site, step: str) -> None:
    site.run(site.version("first"))
    second = site.version("second")
    killed_behind(step, site, second)
    done = site.run(second)
    assert (done.returncode, done.stderr) == (0, "")
    assert (site.installed, site.running, site.data) == ("second", "second", "made by first, changed by second")


def test_what_has_served_since_an_earlier_call_is_not_put_back(site: Site) -> None:
    """What customers have said to it meanwhile would be lost; it is gone on with once what is wrong is mended."""
    site.run(site.version("first"))
    second = site.version("second")
    killed_behind("service", site, second)
    site.break_(second, "selftest")
    failed = site.run(second)
    assert (failed.returncode, "nothing was put back" in failed.stderr) == (1, True)
    assert (site.running, site.data) == ("second", "made by first, changed by second")
    site.break_(second, "")
    assert (site.run(second).returncode, site.installed, site.running) == (0, "second", "second")


def test_an_old_version_that_somebody_started_half_way_is_stopped_again_before_its_data_are_copied(site: Site) -> None:
    first, second = site.version("first"), site.version("second")
    site.run(first)
    killed_behind("stop", site, second)
    environment = {**os.environ, "APPLIANCE_STATE_DIR": str(site.state)}
    subprocess.run([first / ".venv/bin/appliance", "up"], env=environment, check=True)
    site.calls()
    assert site.run(second).returncode == 0
    assert site.calls()[:2] == ["first down", "second migrate --json"]


def test_what_cannot_be_put_back_is_not_begun(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    shutil.rmtree(site.state / "postgres")
    done = site.run(site.version("second"))
    assert (done.returncode, "the database is a server of yours" in done.stderr, site.running) == (1, True, "first")


def test_ctrl_c_says_how_to_go_on_and_the_next_call_does(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    first = site.version("first")
    monkeypatch.chdir(first)
    with monkeypatch.context() as patched:
        patched.setattr(services, "start", interrupted)
        assert setup.main(["install", "--answers", str(site.answers)]) == 130
    assert capsys.readouterr().err == (
        "\nstopped half-way: call ./install.sh again with the same words, and it goes on where this ended\n"
    )
    assert (site.run(first).returncode, site.running) == (0, "first")


def _web(site: Site) -> dict[str, object]:
    return dict(tomllib.loads((site.state / "appliance.toml").read_text())["web"])


def _origin(site: Site) -> str:
    return str(tomllib.loads((site.state / "appliance.toml").read_text())["access"]["origin"])


def test_web_shows_the_certificate_that_was_made_for_it(site: Site) -> None:
    done = site.run(site.version("first"))
    shown = {"certificate_file": f"{site.state}/tls/localhost.pem", "key_file": f"{site.state}/tls/localhost.key"}
    assert shown.items() <= _web(site).items()
    assert (_origin(site), "on https://127.0.0.1:1/" in done.stdout) == ("https://localhost:1", True)


def test_behind_a_proxy_none_is_made_and_web_speaks_plainly(site: Site) -> None:
    site.answers.write_text(site.answers.read_text() + 'certificates = false\nname = "shop.example.internal"\n')
    done = site.run(site.version("first"))
    assert not _web(site).keys() & {"certificate_file", "key_file"}
    assert (_origin(site), "on http://127.0.0.1:1/" in done.stdout) == ("https://shop.example.internal", True)
    assert not [call for call in site.calls() if "certificates" in call]


def test_where_a_person_has_written_the_settings_no_certificate_is_made(site: Site) -> None:
    site.state.mkdir()
    (site.state / "appliance.toml").write_text("# mine\n")
    done = site.run(site.version("first"))
    assert (done.returncode, "on http://127.0.0.1:1/" in done.stdout) == (0, True)
    assert not [call for call in site.calls() if "certificates" in call]
