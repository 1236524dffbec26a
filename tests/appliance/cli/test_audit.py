"""``appliance audit``: exit code 0 for a whole log, 1 and the first bad record for one that was touched."""

import asyncio
import json
from pathlib import Path

import pytest

from appliance.cli.main import main
from security.audit.sealer import KEY_FILE
from tests.security.audit.world import Log


@pytest.fixture
def log(database_url: str, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    return Log(database_url, tmp_path, owner_url)


@pytest.fixture
def sealed(log: Log) -> Log:
    async def seal() -> None:
        await log.append(5)
        await log.seal_what_is_pending()

    asyncio.run(seal())
    return log


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.control("P-29")
def test_a_whole_log_passes(sealed: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("verify") == 0
    assert "7 records" in capsys.readouterr().out


@pytest.mark.control("P-29", "M-20")
def test_a_touched_row_is_named_and_the_exit_code_is_one(sealed: Log, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(sealed.as_owner("DELETE FROM audit_record WHERE seq = 3", "audit_record"))
    assert exit_code("verify") == 1
    assert "record 3" in capsys.readouterr().out


def test_the_json_says_what_the_words_say(sealed: Log, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(sealed.as_owner("DELETE FROM audit_record WHERE seq = 3", "audit_record"))
    assert exit_code("verify", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["status"], found["first_bad"]) == ("tampered", 3)


@pytest.mark.control("P-29", "M-41")
def test_an_export_verifies_under_the_key_one_keeps_and_a_touched_one_does_not(sealed: Log, tmp_path: Path) -> None:
    export, key = tmp_path / "export.jsonl", str(sealed.directory / KEY_FILE)
    with sealed.sealing_beside():
        assert exit_code("export", str(export)) == 0
    assert exit_code("verify", "--export", str(export), "--key", key) == 0
    export.write_bytes(export.read_bytes().replace(b'"refund.propose"', b'"refund.execute"', 1))
    assert exit_code("verify", "--export", str(export), "--key", key) == 1


def test_an_export_never_overwrites_a_file(sealed: Log, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    with sealed.sealing_beside():
        assert exit_code("export", str(tmp_path / "there")) == 2
    assert (tmp_path / "there").read_text() == "kept"


def test_a_log_that_has_not_begun_is_said_to_be_so(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("verify") == 2
    assert "first started" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_one_clear_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert exit_code("verify", "--export", str(tmp_path / "absent")) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.control("A5")
def test_nothing_is_exported_while_the_log_seals_nothing(
    sealed: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("export", str(tmp_path / "export.jsonl")) == 1
    assert "is the appliance running?" in capsys.readouterr().err
    assert not (tmp_path / "export.jsonl").exists()
    with sealed.sealing_beside():
        assert exit_code("export", str(tmp_path / "export.jsonl")) == 0
    told = asyncio.run(
        sealed.rows(
            "SELECT convert_from(raw, 'UTF8')::jsonb ->> 'kind', outcome FROM audit_record "
            "WHERE action = 'audit.export' ORDER BY seq"
        )
    )
    assert told == [("intent", "pending"), ("outcome", "failure"), ("intent", "pending"), ("outcome", "success")]


def test_how_far_it_is_comes_before_what_was_found(sealed: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("verify", "--json", "--progress") == 0
    *progress, report = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    size = len(asyncio.run(sealed.rows("SELECT seq FROM audit_record")))
    assert progress == [{"checked": 0, "of": size}]
    assert report["records"] == size


def test_progress_is_not_taken_with_an_export(tmp_path: Path) -> None:
    assert exit_code("verify", "--progress", "--export", str(tmp_path / "log.jsonl")) == 2


def test_an_empty_file_is_no_checkpoint_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "seen").touch()
    assert exit_code("verify", "--seen", str(tmp_path / "seen")) == 2
