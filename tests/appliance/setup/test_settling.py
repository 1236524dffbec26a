"""What may pass by itself is waited for, and nothing else is: by a clock that only the waiting moves."""

from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.setup import __main__ as setup
from appliance.setup import settling
from appliance.setup.faults import Fault
from appliance.setup.running import Teller
from appliance.setup.settling import Patience, settled
from tests.appliance.setup.stand_in import Site, site

__all__ = ["site"]

LATE = Fault(check="jobs", found="9 jobs wait", cure="wait", may_pass=True)
BROKEN = Fault(check="disk", found="is full", cure="make room")


class Clock:
    """Stands still but for the sleep; ``then`` is what happens meanwhile, sleep by sleep."""

    def __init__(self, *then: Callable[[], None]) -> None:
        self.at = 1_000.0
        self.slept: list[float] = []
        self._then = list(then)

    @property
    def patience(self) -> Patience:
        return Patience(longest_s=120.0, every_s=50.0, now=lambda: self.at, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        if self._then:
            self._then.pop(0)()


@pytest.mark.parametrize(
    ("found", "answers", "left", "slept"),
    [
        ([], [], [], []),
        ([LATE], [[]], [], [50]),
        ([LATE], [[LATE], [LATE], []], [], [50, 50, 20]),
        ([LATE], [[LATE], [LATE], [LATE]], [LATE], [50, 50, 20]),
        ([BROKEN], [], [BROKEN], []),
        ([LATE, BROKEN], [], [LATE, BROKEN], []),
        ([LATE], [[LATE], [BROKEN]], [BROKEN], [50, 50]),
    ],
)
def test_only_what_may_pass_is_asked_again_and_no_longer_than_is_said(
    found: list[Fault], answers: list[list[Fault]], left: list[Fault], slept: list[float]
) -> None:
    clock, asked = Clock(), iter(answers)
    assert settled(found, lambda: next(asked), Teller(None), clock.patience) == left
    assert (clock.slept, list(asked)) == (slept, [])


def test_the_time_that_asking_takes_counts() -> None:
    clock = Clock()

    def slowly() -> list[Fault]:
        clock.at += 100.0
        return [LATE]

    assert settled([LATE], slowly, Teller(None), clock.patience) == [LATE]
    assert clock.slept == [50]


def _upgrade(site: Site, version: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(version)
    monkeypatch.setattr(settling, "PATIENCE", clock.patience)
    return setup.main(["install", "--answers", str(site.answers)])


def _late(site: Site, *reports: str) -> Path:
    """A version in whose self-test and doctor something is late; customers of the self-test are well."""
    site.run(site.version("first"))
    second = site.version("second", fails="selftest\ndoctor")
    (second / "reports").write_text("\n".join(reports))
    site.calls()
    return second


def test_an_upgrade_waits_for_what_passes_and_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second = _late(site, "late: 1200 jobs wait")
    clock = Clock(lambda: None, lambda: site.break_(second, ""))
    assert (_upgrade(site, second, clock, monkeypatch), site.running) == (0, "second")
    assert "== this may pass by itself, for 70 s more: disk: late: 1200 jobs wait\n" in capsys.readouterr().out
    assert site.calls()[-4:] == [
        "second selftest --json",
        "second doctor --json",
        "second doctor --json",
        "second egress test --json",
    ]


def test_what_does_not_pass_in_time_is_gone_back_for(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second, clock = _late(site, "late: 1200 jobs wait"), Clock()
    assert (_upgrade(site, second, clock, monkeypatch), site.running) == (1, "first")
    told = capsys.readouterr()
    assert "== this has not passed within 120 s: disk: late: 1200 jobs wait\n" in told.out
    assert "rolled back: the self-test has not passed: disk: late: 1200 jobs wait, make room. Cure: " in told.err


def test_beside_what_cannot_pass_nothing_is_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    second, clock = _late(site, "late: 1200 jobs wait", "read only"), Clock()
    assert (_upgrade(site, second, clock, monkeypatch), site.running, clock.slept) == (1, "first", [])


def test_what_was_there_before_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, clock = site.folder / "first", _late(site, "late: 1200 jobs wait"), Clock()
    site.break_(first, "doctor")
    (first / "reports").write_text("late: 900 jobs wait")
    assert (_upgrade(site, second, clock, monkeypatch), site.running, clock.slept) == (0, "second", [])
