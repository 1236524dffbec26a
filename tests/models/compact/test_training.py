import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from models.compact import fingerprint
from models.compact import train as training
from models.compact.examples import Example, drafts, examples
from models.compact.model import CompactModel, Manifest
from models.compact.train import _weights

ONE_IN = 20
PART = f"""
import sys
from pathlib import Path
from models.compact import train
drawn = train.examples
train.examples = lambda folder, own: drawn(folder, own)[::{ONE_IN}]
train.train(Path(sys.argv[1]))
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Words of a shop that sells what no other does."""
    folder = tmp_path / "corpus"
    (folder / "intents").mkdir(parents=True)
    (folder / "intents" / "repair.txt").write_text("网关(返厂|回炉)\n", encoding="utf-8")
    return folder


def test_what_is_not_there_is_stale(tmp_path: Path) -> None:
    assert training.is_stale(tmp_path)


def test_what_was_just_trained_is_current(trained: Path) -> None:
    assert not training.is_stale(trained)


def test_a_model_without_the_words_of_its_own_is_stale(trained: Path, own: Path) -> None:
    assert training.is_stale(trained, own)


def test_a_model_trained_with_other_words_is_stale(trained: Path, own: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(trained, model)
    manifest = msgspec.json.decode((model / "model.json").read_bytes(), type=Manifest)
    of_these = msgspec.structs.replace(manifest, fingerprint=fingerprint.of_both(own), own=fingerprint.of_own(own))
    (model / "model.json").write_bytes(msgspec.json.encode(of_these))
    assert not training.is_stale(model, own)
    (own / "intents" / "repair.txt").write_text("网关(返厂|回炉|检修)\n", encoding="utf-8")
    assert training.is_stale(model, own)


def test_an_empty_corpus_of_its_own_is_none(tmp_path: Path) -> None:
    assert fingerprint.of_own(tmp_path) == ""
    assert fingerprint.of_both(tmp_path) == fingerprint.of_product()


def test_the_corpus_writes_the_same_examples_each_time() -> None:
    assert examples("reasons") == examples("reasons")


def test_words_of_ones_own_change_nothing_of_the_products(own: Path) -> None:
    added = [example for example in examples("intents", own) if example.is_own]
    assert {example.label for example in added} == {"repair"}
    assert [example for example in examples("intents", own) if not example.is_own] == examples("intents")


def test_a_line_is_drawn_as_before_when_others_are_written_around_it(own: Path) -> None:
    line = "{part}(坏|裂)了(，|)(给我|)(修|返厂)(吧|)"
    (own / "intents" / "repair.txt").write_text(f"{line}\n", encoding="utf-8")
    alone = [example.text for example in drafts("intents", own)]
    (own / "intents" / "repair.txt").write_text(f"网关返厂\n{line}\n网关回炉\n", encoding="utf-8")
    (own / "intents" / "exchange.txt").write_text("换网关\n", encoding="utf-8")
    among = [example.text for example in drafts("intents", own) if example.where == "intents/repair.txt:2"]
    assert among == alone


def test_words_of_ones_own_weigh_at_most_half_of_the_products(own: Path) -> None:
    lines = "\n".join(f"(甲|乙|丙|丁|戊)号网关(返厂|回炉)第{n}回(吧|呗|哈)" for n in range(400))
    (own / "intents" / "repair.txt").write_text(lines, encoding="utf-8")
    drawn = examples("intents", own)
    weights = Counter[bool]()
    for example, weight in zip(drawn, _weights(drawn), strict=True):
        if example.label == "repair":
            weights[example.is_own] += weight
    assert weights[True] == pytest.approx(weights[False] / 2)


@pytest.mark.slow
def test_one_example_in_twenty_gives_the_same_weights_in_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with another order of sets."""
    here, there = tmp_path / "here", tmp_path / "there"

    def part(folder: str, own: Path | None) -> list[Example]:
        return examples(folder, own)[::ONE_IN]

    monkeypatch.setattr(training, "examples", part)
    training.train(here)
    other = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run([sys.executable, "-c", PART, there], check=True, capture_output=True, env=other)
    assert (there / "weights.npz").read_bytes() == (here / "weights.npz").read_bytes()


@pytest.mark.slow
@pytest.mark.soak
def test_the_same_corpus_gives_the_same_weights(trained: Path, tmp_path: Path) -> None:
    training.train(tmp_path)
    assert (tmp_path / "weights.npz").read_bytes() == (trained / "weights.npz").read_bytes()


def test_how_good_each_classifier_is_on_unseen_lines_stands_in_the_model(model: CompactModel) -> None:
    assert set(model.held_out) == {"intent", "reason"}
    assert all(part.accuracy > 0.75 and part.ece < 0.05 for part in model.held_out.values())
