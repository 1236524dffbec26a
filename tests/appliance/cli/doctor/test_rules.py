"""What is wrong with the wall, made so: the kernel has lost the rules that a unit had loaded."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli import findings_rules
from appliance.cli.findings_rules import Wall, wall
from appliance.config import Settings
from security.egress import rules
from tests.appliance.cli.doctor.conftest import Doctor

fault = pytest.mark.fault
pytestmark = pytest.mark.control("M-05")
ABSENT = "Error: No such file or directory"
REFUSED = "Operation not permitted (you must be root)"


class Kernel:
    """What nft says of it."""

    def __init__(self, folder: Path) -> None:
        self._nft = folder / "nft"

    def says(self, complaint: str = "") -> None:
        self._nft.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit {int(bool(complaint))}\n")
        self._nft.chmod(0o755)
        rules.is_loaded.cache_clear()


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    """Of a machine where whoever runs this is the product's user, behind rules that a unit loads."""
    unit = tmp_path / "aftersales-egress.service"
    unit.touch()
    monkeypatch.setattr(findings_rules, "UNIT", unit)
    monkeypatch.setattr(findings_rules, "USER", pwd.getpwuid(os.geteuid()).pw_name)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    yield Kernel(tmp_path)
    rules.is_loaded.cache_clear()


@fault("rules", "the kernel's rules are not loaded", "systemctl reload aftersales-egress")
async def test_rules_that_somebody_flushed_are_found(doctor: Doctor, patient: Settings, kernel: Kernel) -> None:
    kernel.says()
    await doctor.is_content(patient)
    kernel.says(ABSENT)
    await doctor.finds(patient)


def test_who_may_not_ask_says_so_and_where_no_user_of_its_own_runs_it_there_are_none(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.says(REFUSED)
    assert wall() is Wall.UNSEEN
    kernel.says()
    assert wall() is Wall.LOADED
    monkeypatch.setattr(findings_rules, "USER", "nobody-of-that-name")
    assert wall() is Wall.NONE
