from pathlib import Path

import pytest

from models.compact import train as training


def test_what_is_not_there_is_stale(tmp_path: Path) -> None:
    assert training.is_stale(tmp_path)


def test_what_was_just_trained_is_current(trained: Path) -> None:
    assert not training.is_stale(trained)


def test_another_corpus_makes_it_stale(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "fingerprint", lambda: "another")
    assert training.is_stale(trained)


def test_the_corpus_writes_the_same_examples_each_time() -> None:
    assert training.examples("reasons") == training.examples("reasons")


@pytest.mark.slow
def test_the_same_corpus_gives_the_same_weights(trained: Path, tmp_path: Path) -> None:
    training.train(tmp_path)
    assert (tmp_path / "weights.npz").read_bytes() == (trained / "weights.npz").read_bytes()
