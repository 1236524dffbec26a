"""``appliance audit new-sink``: only an administrator says that a folder without the log is to hold it from now on."""

import asyncio
import shutil
from pathlib import Path

import pytest

from security.audit.sink import MARKER
from tests.appliance.cli.test_audit_outside import log, run, seal
from tests.security.audit.world import Log

__all__ = ["log"]
pytestmark = pytest.mark.control("A1")


def test_the_log_goes_to_no_other_folder_until_somebody_says_that_it_is_new(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(seal(log))
    assert run("new-sink") == 2
    assert "is in use by this log" in capsys.readouterr().err
    records = len(list(log.directory.glob("*.rec")))
    shutil.rmtree(log.directory)
    assert run("new-sink") == 0
    asyncio.run(seal(log))
    assert records
    assert asyncio.run(log.verify()).status == "ok"
    assert [each for each in asyncio.run(log.actions()) if "sink" in each] == ["audit.sink_renewed"] * 2


def test_another_installations_folder_is_left_alone(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(seal(log))
    marker: Path = log.directory / MARKER
    marker.write_text("another\n")
    assert run("new-sink") == 2
    assert "holds another installation's log" in capsys.readouterr().err
    assert marker.read_text() == "another\n"
