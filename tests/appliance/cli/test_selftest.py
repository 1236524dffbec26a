"""``appliance selftest`` and ``chat --voice`` as a script sees them: what is wrong is said, with an exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from appliance.cli import selftest
from appliance.cli.main import appliance, main
from appliance.installation.model import Finding, Grade

GOOD = Finding("hearing", Grade.OK, "0.0% of characters wrong")
LOUD = Finding("recogniser", Grade.WARNING, "the self-test model", "put others there")
WRONG = Finding("calls", Grade.WRONG, "it did not start", "mend it")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, found: list[Finding], *words: str) -> Result:
    async def tried(*_: Any) -> list[Finding]:
        return found

    monkeypatch.setattr(selftest, "_speaking", tried)
    monkeypatch.setattr(selftest, "_writing", tried)
    return CliRunner().invoke(appliance, ["selftest", *words])


@pytest.mark.parametrize("words", [(), ("voice",)])
def test_a_warning_passes_and_is_shown(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    done = run(monkeypatch, [GOOD, LOUD], *words)
    assert (done.exit_code, "the self-test has passed" in done.stdout, "put others there" in done.stdout) == (
        0,
        True,
        True,
    )


@pytest.mark.parametrize("words", [(), ("voice",)])
def test_one_thing_wrong_fails(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    done = run(monkeypatch, [GOOD, WRONG], *words)
    assert (done.exit_code, "has NOT passed" in done.stdout) == (1, True)


def test_a_script_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, [GOOD, WRONG], "voice", "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["passed"]) == (1, False)
    assert said["findings"][1] == {
        "check": "calls",
        "grade": "wrong",
        "found": "it did not start",
        "cure": "mend it",
        "needed": "",
        "may_pass": False,
    }


def test_engines_that_are_not_installed_are_one_finding(state: Path) -> None:
    (state / "appliance.toml").write_text('[voice]\nspeaker_library = "/not/here"\n', encoding="utf-8")
    done = CliRunner().invoke(appliance, ["selftest", "voice", "--json"])
    said = json.loads(done.stdout)
    (finding,) = said["findings"]
    assert (done.exit_code, finding["check"], finding["grade"]) == (1, "calls", "wrong")
    assert "./install.sh voice" in finding["found"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--say", "a.wav"], "--from, --say and --to are about calls"),
        (["--voice", "--customer", "U1"], "nobody is known on the telephone"),
        (["--voice"], "no appliance runs in"),
    ],
)
def test_a_call_that_cannot_be_is_one_clear_line(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chat", *words])
    said = capsys.readouterr().err
    assert (ended.value.code in (1, 2), why in said, said.count("\n")) == (True, True, 1)
