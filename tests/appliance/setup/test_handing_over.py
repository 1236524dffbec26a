"""What the product's user gets of a state directory, and what stays root's."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from appliance.setup import systemd
from tests.passable import passable_folder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_the_settings_stay_roots_and_the_product_may_read_but_neither_write_nor_replace_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(systemd, "USER", "nobody")
    nobody = pwd.getpwnam("nobody")
    with passable_folder() as state:
        settings = state / "appliance.toml"
        settings.write_text("# root's\n")
        os.chown(settings, nobody.pw_uid, nobody.pw_gid)  # as an installation of before has it
        settings.chmod(0o660)
        systemd.hand_over(state)
        found = settings.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (0, nobody.pw_gid, 0o640)
        tries = ("test -r {0}", "echo x >> {0}", "rm -f {0}", "touch {0}.new && mv {0}.new {0}")
        said = [
            subprocess.run(
                ["sh", "-c", each.format(settings)], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                capture_output=True, check=False,
            ).returncode == 0
            for each in tries
        ]  # fmt: skip
        assert (said, settings.read_text()) == ([True, False, False, False], "# root's\n")


def test_settings_that_are_a_link_are_left_to_whoever_made_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "USER", "nobody")
    (tmp_path / "state").mkdir()
    (tmp_path / "elsewhere.toml").touch(mode=0o600)
    (tmp_path / "state" / "appliance.toml").symlink_to(tmp_path / "elsewhere.toml")
    systemd.hand_over(tmp_path / "state")
    kept = [path.lstat().st_uid for path in (tmp_path / "state" / "appliance.toml", tmp_path / "elsewhere.toml")]
    assert (kept, (tmp_path / "elsewhere.toml").stat().st_mode & 0o777) == ([0, 0], 0o600)


def test_all_but_the_installers_records_is_handed_over_and_no_link_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "USER", "nobody")
    nobody = pwd.getpwnam("nobody")
    state, outside = tmp_path / "state", tmp_path / "outside"
    for folder in (state / "secrets", state / "install" / "units", state / "photos", outside):
        folder.mkdir(parents=True)
    for file in (state / "appliance.toml", state / "secrets" / "root.key", state / "install" / "log", outside / "kept"):
        file.touch()
    (state / "secrets" / "link").symlink_to(outside)
    systemd.hand_over(state)
    theirs = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.lstat().st_uid == nobody.pw_uid}
    assert theirs == {"state/secrets", "state/secrets/root.key", "state/secrets/link"}
    found = state.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (0, nobody.pw_gid, 0o1775)
