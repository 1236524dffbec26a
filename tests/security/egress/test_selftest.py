"""The self-test fails where it must: without the guard, without a control, where a rule is missing."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from security.egress import chamber, guard, placing, probe, rules, selftest
from security.egress.evidence import Evidence, is_public, write
from security.egress.selftest import Control, Mode, Subject, Tried

pytestmark = pytest.mark.control("P-13", "P-18", "M-04")


def subject(*, is_guarded: bool = True) -> Subject:
    said = guard.said("web-1", [], "") if is_guarded else {}
    return Subject(name="web-1", python=sys.executable, environment={"PATH": os.environ["PATH"], **said})


@pytest.fixture(params=[Mode.NAMESPACE, Mode.STAND_IN])
def mode(request: pytest.FixtureRequest) -> Mode:
    if request.param is Mode.NAMESPACE and not selftest.can_make_a_namespace():
        pytest.skip("this machine lets nobody make a network namespace")
    return Mode(request.param)


def test_each_way_of_python_is_stopped_by_the_guard_and_the_controls_hold(mode: Mode) -> None:
    proof = selftest.run([subject()], mode, lambda _: None)
    assert [each.name for each in proof.controls if not each.is_good] == []
    (checked,) = proof.checked
    assert {each.outcome for each in checked.tried} == {probe.GUARD}
    assert len(checked.tried) == len(selftest.attempts()) + 2
    assert checked.arrived == 0
    assert proof.is_good


def test_a_kernel_without_ipv6_is_tried_by_the_other_ways(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "knows_ipv6", lambda: False)
    proof = selftest.run([subject()], mode, lambda _: None)
    hosts = {each.host for each in proof.checked[0].tried}
    assert (proof.is_good, [host for host in hosts if ":" in host]) == (True, [])


def test_a_process_without_the_guard_fails_the_test(mode: Mode) -> None:
    proof = selftest.run([subject(is_guarded=False)], mode, lambda _: None)
    assert not proof.is_good
    left = {each.name for each in proof.checked[0].tried if each.outcome == probe.LEFT}
    assert left >= {each.name for each in selftest.attempts()}


def test_an_interpreter_that_does_not_start_is_trouble_and_no_pass() -> None:
    broken = msgspec.structs.replace(subject(), python="/bin/false")
    proof = selftest.run([broken], Mode.STAND_IN, lambda _: None)
    assert proof.checked[0].trouble
    assert not proof.is_good


def test_without_anything_checked_nothing_is_proven() -> None:
    held = (Control(name="allowed_arrives", is_good=True, found=""),)
    assert not selftest.Proof(mode=Mode.STAND_IN, checked=(), controls=held, wall=()).is_good


def test_a_wall_that_was_not_seen_to_stop_it_is_none() -> None:
    proof = selftest.run([subject()], Mode.STAND_IN, lambda _: None)
    lost = Tried("TCP 443", "tcp", "192.0.2.1", 443, probe.NO_ANSWER, "timed out", is_good=False)
    assert not msgspec.structs.replace(proof, wall=(lost,)).is_good


def test_a_stand_in_sends_nothing() -> None:
    """It is tried where anything sent would be seen: at a listener on this machine."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        attempt = {"name": "x", "way": "tcp", "host": "127.0.0.1", "port": listener.getsockname()[1]}
        told = msgspec.json.encode({"stands_in": True, "attempts": [attempt]})
        done = subprocess.run([sys.executable, "-I", probe.__file__], input=told, capture_output=True, check=True)
        assert msgspec.json.decode(done.stdout)[0]["outcome"] == probe.LEFT
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_the_scripts_need_nothing_but_the_standard_library() -> None:
    for script in (guard, probe, chamber):
        asked = f"import runpy; runpy.run_path({script.__file__!r}, run_name='tried')"
        subprocess.run([sys.executable, "-I", "-S", "-c", asked], check=True)


def test_a_copy_in_an_engines_environment_guards_every_interpreter_of_it(tmp_path: Path) -> None:
    """Children too, and isolated ones; and nothing where no variable asks for it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "engine"], check=True)
    python = tmp_path / "engine" / "bin" / "python"
    assert not placing.is_placed(python)
    placing.place(python)
    placing.place(python)
    assert placing.is_placed(python)
    tried = (
        "import socket, subprocess, sys\n"
        "if len(sys.argv) == 1:\n"
        "    sys.exit(subprocess.run([sys.executable, '-I', __file__, 'child']).returncode)\n"
        "try:\n    socket.getaddrinfo('egress-test.invalid', 1)\n"
        "except PermissionError as refused:\n    print(type(refused).__name__)\n"
        "except OSError as other:\n    print('asked')\n"
    )
    script = tmp_path / "tried.py"
    script.write_text(tried)
    around = {"PATH": os.environ["PATH"], **guard.said("engine", [], "")}
    done = subprocess.run([python, "-I", script], env=around, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["EgressRefused"]
    asked = f"import sys; print({guard.COPIED_AS!r} in sys.modules, hasattr(sys, {guard._KEPT!r}))"
    bare = {"PATH": os.environ["PATH"]}
    done = subprocess.run([python, "-c", asked], env=bare, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


LISTED = b"""{"nftables": [{"metainfo": {}}, {"chain": {"name": "out"}},
{"rule": {"family": "inet", "table": "t", "chain": "out", "handle": 7, "comment": "all else",
 "expr": [{"counter": {"packets": %d, "bytes": 9}}, {"drop": null}]}},
{"rule": {"family": "inet", "table": "t", "chain": "out", "handle": 6,
 "expr": [{"counter": {"packets": %d, "bytes": 9}}, {"accept": null}]}}]}"""


def test_the_rule_that_stopped_it_is_known_by_its_counter() -> None:
    before, after = rules.read(LISTED % (3, 5)), rules.read(LISTED % (4, 9))
    assert rules.risen(before, after) == "nft inet t out handle 7 (all else)"
    assert rules.risen(after, after) == ""


def test_the_evidence_is_a_file_whose_hash_is_said_and_a_page(tmp_path: Path) -> None:
    from hashlib import sha256

    proof = selftest.run([subject()], Mode.STAND_IN, lambda _: None)
    made = Evidence(
        made_at="2026-11-21T10:00:00+00:00", host="<b>", version="0", is_good=proof.is_good,
        exceptions={"llm.url": "10.1.2.3:8000"}, public=(), not_tried={}, proof=proof,
    )  # fmt: skip
    file, digest = write(made, tmp_path)
    assert sha256(file.read_bytes()).hexdigest() == digest
    assert msgspec.json.decode(file.read_bytes(), type=Evidence) == made
    page = file.with_suffix(".html").read_text()
    assert digest in page
    assert "10.1.2.3:8000" in page
    assert "&lt;b&gt;" in page
    assert "通过" in page


@pytest.mark.parametrize(("place", "is_so"), [("8.8.8.8:53", True), ("10.0.0.1:53", False), ("erp.example:443", False)])
def test_a_public_address_is_known(place: str, *, is_so: bool) -> None:
    assert is_public(place) is is_so
