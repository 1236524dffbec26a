"""``appliance restore --to``: the whole installation goes back to a chosen second, or stays as it is."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.db.wal.place import Place
from appliance.db.wal.spool import locked
from tests.appliance.cli.test_up_and_down import Installation, installation

__all__ = ["installation"]
pytestmark = [pytest.mark.slow, pytest.mark.control("M-30")]

KILLED = """
import os, signal, sys
from appliance.cli.main import main
from appliance.db.wal import replay

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

replay._put_in_place = killed
main(["restore", "--to", sys.argv[1], "--yes"])
"""


@pytest.fixture
def kept(installation: Installation) -> Path:
    """Where an installation that runs keeps what it needs to go back."""
    folder = installation.state_dir / "elsewhere"
    with (installation.state_dir / "appliance.toml").open("a") as settings:
        settings.write(f'[backup]\nwal_dir = "{folder}"\nwal_timeout_s = 10\n')
    assert installation.appliance("up").returncode == 0
    return folder


def done(installation: Installation, *words: str) -> str:
    called = installation.appliance(*words)
    assert called.returncode == 0, called.stderr
    return called.stdout


def shops(installation: Installation) -> set[str]:
    return set(done(installation, "shop", "list").split())


def base_after_another(installation: Installation, kept: Path) -> Any:
    """Asked for while another one is being taken (the worker's first one, or, as here, one that is held up)."""
    place = Place.of(kept, installation.state_dir / "postgres" / "data")
    place.base.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {**os.environ, "APPLIANCE_STATE_DIR": str(installation.state_dir)}
    command = [sys.executable, "-m", "appliance.cli.main", "recovery", "base", "--json"]
    with contextlib.ExitStack() as other:
        other.enter_context(locked(place.base))
        asked = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert asked.stderr is not None
        assert asked.stderr.readline() == "another base backup is being taken: waiting for it\n"
        other.close()
        out, told = asked.communicate(timeout=200)
    assert asked.returncode == 0, told
    return json.loads(out)


def test_a_row_of_before_that_second_is_there_and_one_of_after_is_not(
    installation: Installation,
    kept: Path,
) -> None:
    before_all = datetime.now(UTC) - timedelta(hours=1)
    made = base_after_another(installation, kept)
    assert Path(made["archive"]).is_file()
    done(installation, "shop", "add", "before", "--name", "前")
    second = max(datetime.now(UTC), datetime.fromisoformat(made["from_second"]))
    done(installation, "shop", "add", "after", "--name", "后")
    done(installation, "down")

    # Nothing personal and no name lies there in clear.
    for path in kept.rglob("*.csa?"):
        assert path.read_bytes().startswith(b"CSAB")

    # What cannot be done changes nothing.
    for wrong in (before_all, datetime.now(UTC) - timedelta(seconds=0.001), "yesterday"):
        assert installation.appliance("restore", "--to", str(wrong), "--yes").returncode != 0
    assert installation.appliance("restore", "--to", str(second)).returncode == 2  # nobody to ask
    data = installation.state_dir / "postgres" / "data"
    as_it_was = data.stat().st_ino

    environment = {**os.environ, "APPLIANCE_STATE_DIR": str(installation.state_dir)}
    command = [sys.executable, "-c", KILLED, str(second)]
    ended = subprocess.run(command, env=environment, timeout=120, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert data.stat().st_ino == as_it_was

    restored = installation.appliance("restore", "--to", str(second), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert "how far back: " in restored.stderr
    assert data.stat().st_ino != as_it_was
    assert [path.stat().st_ino for path in data.parent.glob("replaced-*")] == [as_it_was]
    assert not (data.parent / "restoring").exists()

    done(installation, "up")
    assert {"before"} <= shops(installation)
    assert "after" not in shops(installation)
    assert installation.appliance("recovery", "status").returncode == 1
    verified = installation.appliance("audit", "verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["status"]) == (2, "incomplete"), verified.stdout

    # It goes on keeping what it needs, on the new timeline.
    again = json.loads(done(installation, "recovery", "base", "--json"))
    assert Path(again["archive"]).parent == Path(made["archive"]).parent
    exported = installation.state_dir / "log.jsonl"
    done(installation, "audit", "export", str(exported))
    assert "backup.base_made" in exported.read_text()
