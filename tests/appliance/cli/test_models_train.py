"""``appliance models train``: words of an enterprise's own are looked over, trained, tried, and only then in force."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from click.testing import Result as Done

from appliance import config
from appliance.cli.findings_parts import own_words
from appliance.cli.main import appliance, main
from appliance.evaluation import acceptance
from appliance.installation.model import Grade
from appliance.joints.compact_model import Standing, in_force
from appliance.understanding.model import Understood
from appliance.understanding.scoring import Case, Result, play
from appliance.understanding.service import Understanding
from models.compact import fingerprint
from models.compact import train as training
from models.compact.model import Manifest

CASE = (
    '{"id": "own-1", "text": "%s", "context": {"now": "2026-05-04T10:00:00+08:00"}, "expect": [{"type": "start_flow", '
    '"flow": "repair"}]}'
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def corpus(state: Path) -> Path:
    folder = state / "corpus"
    (folder / "intents").mkdir(parents=True)
    (folder / "suite").mkdir()
    (folder / "intents" / "repair.txt").write_text("网关(返厂|回炉)(吧|)\n", encoding="utf-8")
    return folder


@pytest.fixture
def stands_in(trained: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Training takes half a minute: the product's own model, with the record of one that learnt these words."""
    done: list[Path] = []

    def train(out: Path, own: Path, tell: Callable[[str], object]) -> Manifest:
        tell("trained")
        shutil.copytree(trained, out, dirs_exist_ok=True)
        ours = msgspec.json.decode((out / "model.json").read_bytes(), type=Manifest)
        record = msgspec.structs.replace(
            ours, fingerprint=fingerprint.of_both(own), own=fingerprint.of_own(own), own_lines={"intents/repair": 1}
        )
        (out / "model.json").write_bytes(msgspec.json.encode(record))
        done.append(out)
        return record

    monkeypatch.setattr(training, "train", train)
    return done


def _train(*words: str) -> Done:
    return CliRunner().invoke(appliance, ["models", "train", *words])


def _refusal(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        main(["models", "train", *words])
    return ended.value.code, capsys.readouterr().err


def test_without_words_it_says_where_they_belong(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = _refusal(capsys)
    assert (code, f"{state}/corpus holds no words: write some as docs/own-corpus.md describes" in said) == (2, True)


def test_without_words_an_installation_trains_nothing(state: Path) -> None:
    assert _train("--if-stale").exit_code == 0
    assert in_force(config.load()).standing is Standing.PRODUCT


@pytest.mark.control("G-03")
def test_personal_data_is_refused(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (corpus / "intents" / "repair.txt").write_text("网关返厂，电话13800138000\n", encoding="utf-8")
    code, said = _refusal(capsys, "--check")
    assert (code, "intents/repair.txt:1: looks like personal data (PHONE): leave it out" in said) == (2, True)


def test_what_passes_is_in_force_until_the_words_change(corpus: Path, stands_in: list[Path]) -> None:
    (corpus / "suite" / "mine.jsonl").write_text(CASE % "手机要返修", encoding="utf-8")
    assert _stands() == (Standing.UNTRAINED, Grade.WARNING)
    done = _train("--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["taken"], report["own_lines"]) == (0, True, {"intents/repair": 1})
    assert [(suite["suite"], suite["cases"] > 0) for suite in report["suites"]] == [("product", True), ("own", True)]
    assert _stands() == (Standing.OWN, Grade.OK)
    assert (_train("--if-stale").exit_code, len(stands_in)) == (0, 1)

    (corpus / "intents" / "repair.txt").write_text("网关(返厂|回炉|检修)\n", encoding="utf-8")
    assert _stands() == (Standing.OTHER_WORDS, Grade.WARNING)


def test_a_newer_product_counts_before_words_of_before(
    corpus: Path, stands_in: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _train().exit_code == 0
    monkeypatch.setattr(fingerprint, "of_product", lambda: "another")
    assert _stands() == (Standing.OTHER_PRODUCT, Grade.WARNING)


def test_a_model_that_cannot_be_read_is_said(corpus: Path, stands_in: list[Path], state: Path) -> None:
    assert _train().exit_code == 0
    (state / "models" / "compact" / "weights.npz").write_bytes(b"")
    assert _stands() == (Standing.CORRUPT, Grade.WRONG)


@pytest.mark.usefixtures("stands_in")
def test_one_that_does_worse_is_not_taken(corpus: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (corpus / "suite" / "mine.jsonl").write_text(CASE % "手机要返修", encoding="utf-8")
    played: list[str] = []

    async def forgetful(cases: list[Case], understanding: Understanding) -> list[Result]:
        """The new one, which is asked second, understands nothing of the enterprise's."""
        played.append(cases[0].id)
        results = await play(cases, understanding)
        nothing = Understood(commands=(), confidence=0.5, source="compact")
        is_new = played.count("own-1") == 2
        return [msgspec.structs.replace(each, understood=nothing) for each in results] if is_new else results

    monkeypatch.setattr(acceptance, "play", forgetful)
    done = _train()
    assert done.exit_code == 1
    assert "own: 0.0% of whole cases right, before 100.0%; became wrong: own-1" in done.stdout
    assert "the model of before stays in force" in done.stdout
    assert list((state / "models").iterdir()) == []


@pytest.mark.slow
def test_words_are_really_learnt(corpus: Path) -> None:
    (corpus / "intents" / "repair.txt").write_text("(我要|帮我|)(走|办)回旋(吧|)\n", encoding="utf-8")
    (corpus / "suite" / "mine.jsonl").write_text(CASE % "我要办回旋", encoding="utf-8")
    report = json.loads(_train("--json").stdout)
    own = report["suites"][1]
    assert (own["exact_before"], own["exact_after"], own["became_right"]) == (0.0, 1.0, ["own-1"])


def _stands() -> tuple[Standing, Grade]:
    settings = config.load()
    return in_force(settings).standing, asyncio.run(own_words(settings))[0]
