"""What did not run is said last, with why. A skip that ``not_run.toml`` does not allow is a failure.

So no part of the product drops out of the tests unseen because something was missing on the machine.
"""

import re
from collections.abc import Generator, Iterable
from pathlib import Path

import msgspec
import pytest

Report = pytest.TestReport | pytest.CollectReport


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``*`` stands for anything in an id or a reason; no other character is special."""

    tests: str
    reasons: list[str]
    because: str

    def allows(self, test: str, reason: str) -> bool:
        return _fits(self.tests, test) and any(_fits(each, reason) for each in self.reasons)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    allowed: list[Leave]


def load(path: Path) -> list[Leave]:
    return msgspec.toml.decode(path.read_bytes(), type=_File).allowed


class NotRun:
    """A plugin of pytest's."""

    def __init__(self, leaves: Iterable[Leave]) -> None:
        self._leaves = tuple(leaves)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self._judge(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        self._judge(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None]:
        yield
        tests_of: dict[str, list[str]] = {}
        for report in terminalreporter.stats.get("skipped", []):
            tests_of.setdefault(_reason(report), []).append(report.nodeid)
        terminalreporter.section("not run, why")
        for reason, tests in sorted(tests_of.items()):
            others = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
            terminalreporter.write_line(f"{tests[0]}{others}: {reason}")
        if not tests_of:
            terminalreporter.write_line("nothing: whatever was selected ran")

    def _judge(self, report: Report) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = _reason(report)
        if any(leave.allows(report.nodeid, reason) for leave in self._leaves):
            return
        report.outcome = "failed"
        cure = "make it run, or allow this reason in tests/not_run.toml"
        report.longrepr = f"FAIL: {report.nodeid} did not run: {reason}. Cure: {cure}"


def _reason(report: Report) -> str:
    said = report.longrepr
    return str(said[2] if isinstance(said, tuple) else said).removeprefix("Skipped: ")


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None
