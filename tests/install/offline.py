"""An offline bundle of this checkout, unpacked where no network is, and what is done with it there."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from shutil import copy, copytree

from tests.install.sealed import Sealed

ROOT = Path(__file__).parents[2]
ENGINES = (".venv-asr", ".espeak-ng")
"""What hears and speaks in calls, beside ``.venv``."""
_AXE = "appliance/console/node_modules/axe-core"
"""What the pages are judged with: no part of what is installed, and there where the pages were checked."""
_RUN_TESTS = "import sys; sys.path.append(sys.argv[1]); import pytest; sys.exit(pytest.main(sys.argv[2:]))"
"""What is installed comes first; from the packages of the tests comes what it lacks, pytest and its plugins."""


def unpacked(network: Sealed, place: Path, *brought: str) -> Path:
    """By what travels beside the bundle. ``brought``: environments besides the product's own."""
    key, bundle = place / "release.key", place / "it.bundle"
    appliance = [sys.executable, "-P", "-m", "appliance.cli.main", "bundle"]
    subprocess.run([*appliance, "key", str(key)], cwd=ROOT, check=True, capture_output=True)
    words = ["pack", "--key", str(key), "--out", str(bundle), "--work", str(place / "work"), "--without-debian"]
    words += [word for environment in brought for word in ("--with", environment)]
    packed = subprocess.run([*appliance, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert packed.returncode == 0, packed.stderr
    folder = place / "unpacked"
    opener = ("python3", place / "open-bundle.pyz", "unpack", bundle, folder, "--key", f"{key}.pub")
    opened = network.run(*opener, cwd=place)
    assert opened.returncode == 0, opened.stderr
    bundle.unlink()
    return folder


def environment(home: Path, python: str) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home), "PYTHON": python}


def said(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def play(network: Sealed, site: Path, home: Path, python: str, user: int) -> None:
    """The demo, which installs what is not installed yet."""
    env = environment(home, python) | {"APPLIANCE_STATE_DIR": str(home / "demo")}
    played = said(network.run("./install.sh", "demo", "--exit", cwd=site, env=env, user=user))
    assert "8 of 8 customers got what policy says" in played


def end_to_end_suite(network: Sealed, site: Path, home: Path, marks: str) -> str:
    """With what is installed at the site; of the checkout come the tests alone. Its last line."""
    for part in ("tests", "docs", "compose", _AXE):
        if (ROOT / part).exists():
            copytree(ROOT / part, home / part)
    copy(ROOT / "pyproject.toml", home)
    for engine in filter(lambda name: (site / name).exists(), ENGINES):
        (home / engine).symlink_to(site / engine)
    words = ("-q", "-p", "no:cacheprovider", "-m", marks, "tests/e2e")
    run_tests = (site / ".venv/bin/python", "-P", "-c", _RUN_TESTS, sysconfig.get_path("purelib"), *words)
    return said(network.run(*run_tests, cwd=home, env={"PYTHONPATH": str(home)})).splitlines()[-1]
