"""What the appliance adds to a question to the real server; the figure is for people, its parts are checked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vllm.server import VllmServer

pytestmark = pytest.mark.slow


def test_the_bench_measures_the_appliance_beside_the_same_questions_alone(
    vllm_server: VllmServer, tmp_path: Path
) -> None:
    settings = {"url": vllm_server.base_url, "model": vllm_server.model, "api_key_file": str(vllm_server.api_key_file)}
    state = tmp_path / "state"
    state.mkdir()
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (state / "appliance.toml").write_text("\n".join(["[llm]", *lines]), "utf-8")
    report = tmp_path / "bench.json"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "appliance.cli.main",
            "bench",
            "llm",
            "--rounds",
            os.environ.get("BENCH_ROUNDS", "2"),
            "--json",
            str(report),
        ],
        env={**os.environ, "APPLIANCE_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measures = {each["name"]: each for each in json.loads(report.read_bytes())["measures"]}
    assert set(measures) == {
        "ms_a_message",
        "ms_a_message_p95",
        "ms_added",
        "overhead",
        "cpu_ms_a_message",
        "questions_a_message",
    }
    assert measures["ms_a_message"]["ratio"] > 0
    assert measures["questions_a_message"]["value"] >= 1
    sys.stdout.write(done.stdout)
