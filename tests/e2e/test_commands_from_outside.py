"""The commands, as somebody types them."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import appliance as appliance_package
from appliance.evaluation import suite
from appliance.evaluation.suite import Attack

Fixture = Any
OWN_SUITE = Path(__file__).parents[1] / "suites" / "conversations"
FLOWS = Path(appliance_package.__file__).parent / "dialogue" / "flows"


def appliance(*words: str, environment: dict[str, str] | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        **more,
    )


def test_an_unknown_key_in_a_suite_is_named_before_anything_starts(tmp_path: Path) -> None:
    case = (OWN_SUITE / "own-001.yaml").read_text(encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(case.replace("max_turns:", "most_turns:"), encoding="utf-8")
    done = appliance("eval", "conversations", "--suite", str(tmp_path), timeout=30)
    assert done.returncode == 2
    assert "wrong.yaml" in done.stderr
    assert "most_turns" in done.stderr
    assert "starting" not in done.stderr


def test_chat_says_what_to_do_where_nothing_runs(tmp_path: Path) -> None:
    done = appliance("chat", environment={"APPLIANCE_STATE_DIR": str(tmp_path), "PATH": "/usr/bin"}, timeout=30)
    assert done.returncode == 1
    assert "appliance up" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_one_can_talk_to_it_in_a_terminal(place: Fixture, shop: Fixture) -> None:
    words = ("chat", "--shop", shop.name, "--customer", shop.customer)
    done = appliance(*words, environment=place.environment, input="转人工\n", timeout=60)
    assert done.returncode == 0, done.stderr
    assert "bot:" in done.stdout
    [conversation] = re.findall("appliance diagnose ([0-9a-f-]{36})", done.stdout)
    told = appliance("diagnose", conversation, environment=place.environment, timeout=60)
    assert told.returncode == 0, told.stderr
    assert "handoff" in told.stdout


@pytest.mark.control("K4", "P-29", "M-20")
def test_the_audit_log_of_all_these_tests_is_whole(place: Fixture) -> None:
    done = appliance("audit", "verify", environment=place.environment, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.control("K11")
@pytest.mark.slow
def test_the_products_own_suite_ends_as_it_should_wherever_there_is_a_flow(tmp_path: Path) -> None:
    """A request that no flow serves yet goes to a person; as soon as there is a flow, its cases count.

    The suite keeps cases that are hard to understand: nineteen in twenty must end as expected. An attack that fails is
    one too many.
    """
    score_file = tmp_path / "score.json"
    done = appliance("eval", "conversations", "--suite", str(OWN_SUITE), "--json", str(score_file), timeout=600)
    assert done.returncode == 0, done.stderr
    score = msgspec.json.decode(score_file.read_bytes())
    served = {file.stem for file in FLOWS.glob("*.yaml")} | {"none", "complaint", *Attack}
    flows = {case.id: case.flow for case in suite.load([OWN_SUITE])}
    counted = [id_ for id_, flow in flows.items() if flow in served]
    failed = [failure["id"] for failure in score["failures"] if failure["id"] in counted]
    assert len(failed) <= len(counted) // 20, failed
    assert [id_ for id_ in failed if flows[id_] in set(Attack)] == []


def test_told_to_end_an_evaluation_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    tmp_path.chmod(0o711)
    words = [sys.executable, "-m", "appliance.cli.main", "eval", "conversations", "--suite", str(OWN_SUITE)]
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "starting" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(90) != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.soak
def test_the_demo_gives_every_customer_what_policy_says(tmp_path: Path) -> None:
    """As anybody plays it, from this checkout; ``tests/install/test_without_a_network.py`` plays it from a bundle."""
    tmp_path.chmod(0o711)
    for parent in tmp_path.parents:
        if parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(0o711)
    ports = "[web]\nport = 0\n[demo]\norder_system_port = 0\n"
    (tmp_path / "appliance.toml").write_text(f'profile = "demo"\n{ports}', encoding="utf-8")
    environment = {"APPLIANCE_STATE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = appliance("demo", "--exit", environment=environment, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 of 8 customers got what policy says" in done.stdout


@pytest.mark.slow
def test_the_text_bench_measures_beside_its_baseline(tmp_path: Path) -> None:
    measured = tmp_path / "bench.json"
    words = ("bench", "text", "--duration-s", "4", "--load", "30", "--json", str(measured))
    done = appliance(*words, timeout=300)
    assert done.returncode == 0, done.stderr
    report = msgspec.json.decode(measured.read_bytes())
    keys = {"name", "unit", "value", "baseline", "ratio", "p50", "p95"}
    assert {key for measure in report["measures"] for key in measure} == keys
    measures = {measure["name"]: measure for measure in report["measures"]}
    assert measures["turns_per_second"]["value"] > 0
    assert measures["turns_per_second"]["baseline"] > 0
    lowest = measures["mean_turn_ms_at_30"]
    assert lowest["value"] == lowest["baseline"] > 0
