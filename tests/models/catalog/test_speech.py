"""The models for speech in that are known."""

from pathlib import Path

import pytest

from models.catalog.speech import SHIPPED, SpeechRole, load
from models.errors import CatalogInvalid


def test_there_is_a_model_for_every_part_of_hearing() -> None:
    models = load()
    assert {model.role for model in models.values()} == set(SpeechRole)
    assert any(model.takes_hotwords for model in models.values())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('role = "pauses"', 'role = "silence"', "silence"),
        ('name = "ct-punc"', 'name = "fsmn-vad"', "stands twice"),
        ('unchecked = ["weights_gib"]', 'unchecked = ["weight"]', "names no field: weight"),
        ("parameters_m = 0.4", "parameters_m = 0", "parameters_m"),
    ],
)
def test_a_mistake_is_refused_with_what_is_wrong(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    wrong = tmp_path / "speech.toml"
    wrong.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(CatalogInvalid, match=says):
        load(wrong)
