"""vLLM-Omni finds its speech tokenizer at home, and so asks nobody for it."""

import hashlib
from pathlib import Path

import pytest

from models.errors import ModelCorrupt
from models.tts.speech_tokenizer import FILE, PLACE, lay

CONTENT = b"onnx"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / FILE).write_bytes(CONTENT)
    return folder


def test_it_is_a_link_where_s3tokenizer_looks(weights: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    lay(weights, home, SHA256)
    assert str(PLACE) == ".cache/s3tokenizer/speech_tokenizer_v3_25hz.onnx"
    assert (home / PLACE).readlink() == weights / FILE


def test_it_is_laid_anew_over_what_lay_there(weights: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / PLACE
    link.parent.mkdir(parents=True)
    link.write_bytes(b"half of it")
    lay(weights, tmp_path / "home", SHA256)
    assert link.read_bytes() == CONTENT
    moved = weights.rename(tmp_path / "moved")
    lay(moved, tmp_path / "home", SHA256)
    assert link.read_bytes() == CONTENT


def test_weights_without_it_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=f"{FILE} is missing"):
        lay(tmp_path, tmp_path / "home")


def test_another_file_is_refused_since_it_would_be_written_over(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=f"SHA-256 {SHA256}"):
        lay(weights, tmp_path / "home")
    assert not (tmp_path / "home").exists()
