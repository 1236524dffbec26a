"""What of the end-to-end suite is not slow runs once: inside, with what a bundle brought, where that can run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.sealed import lacking

ROOT = Path(__file__).parents[2]
BUNDLE = "tests/install/test_without_a_network.py"
QUICK, SLOW = "tests/e2e/test_metrics.py", "tests/e2e/test_moods.py"


@pytest.mark.parametrize(
    ("words", "is_bundle_asked_for"),
    [(("-m", "not soak", BUNDLE), True), (("-m", "not slow", BUNDLE), False), (("-m", "not soak"), False)],
    ids=["with the bundle", "without the slow ones", "end to end alone"],
)
def test_it_runs_outside_unless_it_runs_inside(words: tuple[str, ...], is_bundle_asked_for: bool) -> None:
    collect = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *words, QUICK, SLOW]
    said = subprocess.run(collect, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (QUICK in said) == (not is_bundle_asked_for or bool(lacking()))
    assert (SLOW in said) == ("not soak" in words)
