"""What the product's user gets of a state directory, and what stays root's."""

import os
import pwd
from pathlib import Path

import pytest

from appliance.setup import systemd

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_all_but_the_installers_records_is_handed_over_and_no_link_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "USER", "nobody")
    nobody = pwd.getpwnam("nobody")
    state, outside = tmp_path / "state", tmp_path / "outside"
    for folder in (state / "secrets", state / "install" / "units", outside):
        folder.mkdir(parents=True)
    for file in (state / "appliance.toml", state / "secrets" / "root.key", state / "install" / "log", outside / "kept"):
        file.touch()
    (state / "secrets" / "link").symlink_to(outside)
    systemd.hand_over(state)
    theirs = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.lstat().st_uid == nobody.pw_uid}
    assert theirs == {"state/appliance.toml", "state/secrets", "state/secrets/root.key", "state/secrets/link"}
    found = state.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (0, nobody.pw_gid, 0o1775)
