"""``appliance egress test`` against a running appliance: its evidence, its record, its exit codes."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from appliance.cli.egress import egress
from appliance.cli.main import main
from appliance.db import Database

pytestmark = pytest.mark.control("P-13", "P-18")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Path:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    return tmp_path


async def test_the_test_passes_here_and_egress_tested_is_on_record(state: Path, db: Database) -> None:
    done = await asyncio.to_thread(CliRunner().invoke, egress, ["test", "--json"])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = msgspec.json.decode(done.stdout)
    assert told["evidence"]["exceptions"] == {}
    assert {each["subject"] for each in told["evidence"]["proof"]["checked"]} >= {"supervisor", "worker", "web-1"}
    async with db.system() as conn:
        query = "SELECT event FROM audit_pending WHERE event ->> 'action' = %s"
        ((event,),) = await (await conn.execute(query, ("egress.tested",))).fetchall()
    (file,) = (state / "evidence").glob("*.json")
    assert event["detail"]["sha256"] == told["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert event["detail"]["passed"] == "true"
    assert file.with_suffix(".html").is_file()


def test_what_could_not_be_recorded_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    done = CliRunner().invoke(egress, ["test"])
    assert done.exit_code == 1
    assert "not recorded" in done.output
    assert list((tmp_path / "evidence").glob("*.json"))


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--outside"], "egress.outside_test"), (["--engine", "vllm"], "NAME=PYTHON")]
)
def test_what_was_not_allowed_is_not_tried(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["egress", "test", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
