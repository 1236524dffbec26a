"""Processor time of a tree of processes."""

import subprocess
import sys
import time

import pytest

from appliance.evaluation.bench import processor

BURNING = "import time\nwhile time.process_time() < 0.1: pass\n"
PARENT = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURNING!r}])\nprint(flush=True)\ninput()\n"


def test_what_a_child_spent_that_has_ended_is_counted() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert processor.cpu_s(parent.pid) >= 0.1 - 2 / 100
        parent.communicate(b"\n")


def test_what_a_process_spent_that_ends_between_two_looks_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look came to the parent before its child had ended, and to the child after."""
    looks = iter([{1: 1.0, 2: 3.0}, {1: 1.0}, {1: 4.0}])
    monkeypatch.setattr(processor, "_spent_below", lambda _: next(looks))
    assert processor.cpu_s(1) == 4.0


def test_where_processes_come_and_go_all_the_time_there_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_spent_below", lambda _: {time.monotonic_ns(): 1.0})
    assert processor.cpu_s(1) == 1.0
