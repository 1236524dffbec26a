"""What an installation says of its way out: what is open holds nothing up, and a guard that lets something out does."""

import msgspec
import pytest

from appliance.cli.egress import Told
from appliance.setup import way_out
from appliance.setup.way_out import Verdict
from security.egress import probe
from security.egress.evidence import Evidence
from security.egress.selftest import Checked, Control, Mode, Proof, Tried
from tests.appliance.setup.stand_in import Site, site

__all__ = ["site"]
pytestmark = pytest.mark.control("P-13")

HELD = Control(name="allowed_arrives", is_good=True, found="arrived")
MISSED = Control(name="sink_sees_all", is_good=False, found="not seen: HTTP 80")


def tried(outcome: str, *, is_good: bool) -> Tried:
    return Tried("TCP 443", "tcp", "192.0.2.1", 443, outcome, "", is_good)


STOPPED = tried(probe.GUARD, is_good=True)
PASSED = tried(probe.LEFT, is_good=False)
REFUSED = tried(probe.KERNEL, is_good=True)
COUNTED = tried(probe.NO_ANSWER, is_good=True)
SILENT = tried(probe.NO_ANSWER, is_good=False)


def report(
    *ways: Tried,
    arrived: int = 0,
    trouble: str = "",
    control: Control = HELD,
    wall: tuple[Tried, ...] = (),
    is_recorded: bool = True,
) -> str:
    """As the product prints it."""
    worker = Checked(subject="worker", python="python", tried=ways, arrived=arrived, trouble=trouble)
    proof = Proof(mode=Mode.OUTSIDE, checked=(worker,), controls=(control,), wall=wall)
    evidence = Evidence(
        made_at="2030-01-01", host="here", version="1", is_good=proof.is_good, exceptions={}, public=(), not_tried={},
        proof=proof,
    )  # fmt: skip
    told = Told(evidence=evidence, file="/state/evidence/egress.json", sha256="0" * 64, is_recorded=is_recorded)
    return msgspec.json.encode(told).decode()


def judged(said: str) -> Verdict:
    found = way_out.judged(said, "appliance egress test")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        (report(STOPPED), "which egress.outside_test has to allow; then 'appliance egress test --outside'"),
        (
            report(STOPPED, wall=(REFUSED, COUNTED)),
            "past the guards the machine's way out is closed, in each of 2 ways",
        ),
    ],
)
def test_what_is_closed_is_said_and_so_is_what_was_not_tried(said: str, noted: str) -> None:
    found = judged(said)
    assert (found.leaks, found.warnings) == ([], [])
    assert found.notes[0] == "nothing gets past the guards of 1 processes and engines"
    assert noted in found.notes[1]
    assert found.notes[2] == "the evidence is /state/evidence/egress.json, its SHA-256 in the audit log"


@pytest.mark.parametrize(
    ("said", "warned", "cure"),
    [
        (report(STOPPED, wall=(PASSED, REFUSED)), "open to whatever goes past the guards: TCP 443 to", "firewall"),
        (report(STOPPED, wall=(SILENT,)), "nothing answered, which proves nothing of the way out", "firewall"),
        (report(STOPPED, control=MISSED), "less than it should: sink_sees_all: not seen: HTTP 80", "egress test"),
        (report(trouble="its probe did not run"), "worker: its probe did not run", "egress test"),
        (report(tried(probe.FAILED, is_good=False)), "less than it should: worker: TCP 443", "egress test"),
        (report(STOPPED, is_recorded=False), "egress.json, is not in the audit log", "appliance doctor"),
    ],
)
def test_what_is_open_or_not_shown_is_warned_of_with_a_cure(said: str, warned: str, cure: str) -> None:
    found = judged(said)
    assert found.leaks == []
    ((what, against),) = found.warnings
    assert (warned in what, cure in against) == (True, True), found


def test_what_gets_past_the_guard_is_a_leak() -> None:
    assert judged(report(STOPPED, PASSED)).leaks == ["worker: TCP 443 to 192.0.2.1:443"]
    assert judged(report(STOPPED, arrived=3)).leaks == ["worker: 3 arrived at the sink"]


@pytest.mark.parametrize("said", ["", "as told", "[]", "null", '{"evidence": {}}'])
def test_what_is_no_report_is_none(said: str) -> None:
    assert way_out.judged(said, "") is None


def test_an_open_firewall_is_warned_of_and_holds_up_neither_an_installation_nor_an_upgrade(site: Site) -> None:
    first, second = site.version("first"), site.version("second")
    for version in (first, second):
        (version / "egress").write_text(report(STOPPED, wall=(PASSED,)))
        done = site.run(version)
        assert (done.returncode, done.stderr, site.installed) == (0, "", version.name)
        assert "== WARNING: the machine's way out is open to whatever goes past the guards: TCP 443" in done.stdout
        assert f"then run '{version}/.venv/bin/appliance egress test --outside'\n" in done.stdout


def test_a_guard_that_lets_something_out_ends_an_installation_and_the_next_call_goes_on(site: Site) -> None:
    first = site.version("first")
    (first / "egress").write_text(report(PASSED))
    failed = site.run(first)
    assert failed.returncode == 1
    assert "FAIL: the product's own guard let something out: worker: TCP 443 to 192.0.2.1:443. Cure:" in failed.stderr
    assert not (site.state / "install" / "installation.json").exists()
    site.calls()
    (first / "egress").unlink()
    assert site.run(first).returncode == 0
    assert site.calls() == ["first egress test --json", "first admin bootstrap --json"]


def test_a_new_versions_guard_that_lets_something_out_is_gone_back_from(site: Site) -> None:
    site.run(site.version("first"))
    second = site.version("second")
    (second / "egress").write_text(report(PASSED))
    done = site.run(second)
    assert (done.returncode, "rolled back: the product's own guard let something out" in done.stderr) == (1, True)
    assert (site.installed, site.running) == ("first", "first")


def test_a_test_that_does_not_come_to_its_end_is_said_and_holds_nothing_up(site: Site) -> None:
    done = site.run(site.version("first", fails="egress"))
    assert (done.returncode, done.stderr, site.installed) == (0, "", "first")
    assert "== WARNING: whether anything could leave was not found out: as told. Cure: run '" in done.stdout


def test_packets_are_sent_outside_only_where_the_settings_allow_it(site: Site) -> None:
    first = site.version("first")
    site.run(first)
    assert "first egress test --json" in site.calls()
    with (site.state / "appliance.toml").open("a") as settings:
        settings.write("\n[egress]\noutside_test = true\n")
    site.run(first)
    assert "first egress test --outside --json" in site.calls()
