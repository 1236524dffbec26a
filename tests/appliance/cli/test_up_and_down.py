"""The whole installation, started and stopped by its own commands."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.crypto.root_places import LABEL, PIN, softhsm_token

pytestmark = pytest.mark.slow


class Installation:
    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir

    def appliance(self, *words: str) -> "subprocess.CompletedProcess[str]":
        base = {key: value for key, value in os.environ.items() if not key.startswith(("APPLIANCE_", "DATABASE_URL"))}
        return subprocess.run(
            [sys.executable, "-m", "appliance.cli.main", *words],
            env={**base, "APPLIANCE_STATE_DIR": str(self.state_dir)},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    def status(self) -> Any:
        return json.loads(self.appliance("status", "--json").stdout)

    def living(self) -> list[str]:
        """Every process that knows this state directory, by its environment or its command line."""
        mark = os.fsencode(self.state_dir)
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and mark in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
        return found


@pytest.fixture
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="up-test-"))
    (folder / "appliance.toml").write_text("[web]\nport = 0\n")
    made = Installation(folder)
    yield made
    made.appliance("down")
    shutil.rmtree(folder)


def test_up_serves_and_down_leaves_nothing(installation: Installation) -> None:
    started = installation.appliance("up")
    assert (started.returncode, started.stderr) == (0, "")
    address = installation.status()["addresses"]["web"]
    with urllib.request.urlopen(f"http://{address}/health/ready", timeout=10) as answer:
        assert answer.status == 200
    said = installation.appliance("status").stdout
    assert f"data, keys and logs are in {installation.state_dir}\n" in said
    assert "no rules of the kernel are loaded: the guards and your network alone" in said
    again = installation.appliance("up")
    assert (again.returncode, "an appliance runs in" in again.stderr) == (2, True)
    assert installation.appliance("doctor").returncode == 0
    stopped = installation.appliance("down")
    assert (stopped.returncode, stopped.stdout) == (0, "stopped\n")
    assert installation.living() == []


def test_a_killed_supervisor_takes_everything_with_it_and_up_works_again(installation: Installation) -> None:
    installation.appliance("up")
    os.kill(installation.status()["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while installation.living():
        assert time.monotonic() < deadline, installation.living()
        time.sleep(0.05)
    assert installation.appliance("up").returncode == 0


@pytest.mark.control("M-30")
def test_a_running_appliance_is_backed_up_and_a_new_one_restored_from_it(installation: Installation) -> None:
    archive, folder = installation.state_dir / "kept.csab", Path(tempfile.mkdtemp(prefix="up-test-"))
    other = Installation(folder)
    (folder / "appliance.toml").write_text("[web]\nport = 0\n")
    try:
        assert installation.appliance("up").returncode == 0
        made = installation.appliance("shop", "add", "north", "--name", "北")
        assert made.returncode == 0, made.stderr
        kept = installation.appliance("backup", str(archive), "--json")
        assert kept.returncode == 0, kept.stderr
        assert json.loads(kept.stdout)["rows"] > 0
        assert installation.appliance("restore", str(archive)).returncode == 2  # it runs
        assert installation.appliance("down").returncode == 0

        (folder / "secrets").mkdir(mode=0o700)
        for name in ("root.key", "root-epochs"):
            source, target = installation.state_dir / "secrets" / name, folder / "secrets" / name
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
            target.chmod(0o700 if source.is_dir() else 0o400)
        restored = other.appliance("restore", str(archive))
        assert restored.returncode == 0, restored.stderr
        assert other.appliance("up").returncode == 0
        assert "north" in other.appliance("shop", "list").stdout
        assert other.appliance("audit", "verify").returncode == 2  # whole, and not settled
        assert other.appliance("recovery", "status").returncode == 1
    finally:
        other.appliance("down")
        shutil.rmtree(folder)


@pytest.mark.control("M-29")
def test_an_appliance_whose_root_is_in_a_token_starts_again_and_not_without_it(
    installation: Installation, tmp_path: Path
) -> None:
    home = installation.state_dir
    module, pin = home / "module.so", home / "pin"
    module.symlink_to(softhsm_token(tmp_path))
    pin.touch(mode=0o600)
    pin.write_text(PIN)
    settings = [
        'provider = "pkcs11"',
        f'pkcs11_library = "{module}"',
        f'pkcs11_label = "{LABEL}"',
        f'pkcs11_pin_file = "{pin}"',
        f'pkcs11_name = "{home.name}"',
    ]
    (home / "appliance.toml").write_text("\n".join(["[web]", "port = 0", "[keys]", *settings]) + "\n")
    for _ in range(2):
        assert installation.appliance("up").returncode == 0
        installation.appliance("shop", "add", "north", "--name", "北")
        rotated = installation.appliance("shop", "rotate-secret", "north", "customer_token")
        assert rotated.returncode == 0, rotated.stderr
        found = installation.appliance("doctor")
        assert (found.returncode, "in keeping of: pkcs11" in found.stdout) == (0, True), found.stdout
        installation.appliance("down")
    assert list((home / "secrets").glob("root.key*")) == []
    module.unlink()
    refused = installation.appliance("up")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False), refused.stderr
    said = refused.stderr + "".join(path.read_text() for path in (home / "log").glob("*.log"))
    assert "keys.provider is pkcs11, and it does not open" in said
    assert "Traceback" not in said
