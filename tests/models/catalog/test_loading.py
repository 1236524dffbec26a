"""A catalogue file with a mistake is refused, with the file, the entry and the field."""

from pathlib import Path

import pytest

from models.catalog.loading import load
from models.errors import CatalogInvalid

MODEL = """
[[model]]
name = "ours"
role = "chat"
title = "Ours"
licence = "Apache-2.0"
hugging_face = "shop/ours"
modelscope = "shop/ours"
parameters_b = 1.0
weights_gib = 2.0
overhead_gib = 1.0
context = 8192
vllm_minimum = "0.32.0"
"""
PROFILE = """
[[profile]]
name = "ours"
device = "gpu"
title = "Ours"
card_gib = 8.0
place = [{ role = "chat", model = "ours", memory_share = 0.5, context = 4096 }]
"""


def _loaded(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ours.toml"
    file.write_text(text, "utf-8")
    load([file])
    return file


def test_a_model_and_a_profile_of_ones_own_stand_beside_those_that_ship(tmp_path: Path) -> None:
    file = _loaded(tmp_path, MODEL + PROFILE)
    catalog = load([file])
    assert {"ours", "qwen3-8b"} <= set(catalog.models)
    assert {"ours", "gpu-24g"} <= set(catalog.profiles)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (MODEL + "parameter = 1\n", "ours.toml:2: Object contains unknown field `parameter` - at `$.model[0]`"),
        (MODEL + MODEL.replace("8192", "0"), "ours.toml:15: Expected `int` >= 1 - at `$.model[1].context`"),
        (MODEL.replace("shop/ours", "ours"), "`$.model[0].hugging_face`"),
        (MODEL.replace('"chat"', '"poet"'), "Invalid enum value 'poet' - at `$.model[0].role`"),
        (MODEL.replace('licence = "Apache-2.0"\n', ""), "missing required field `licence` - at `$.model[0]`"),
        (MODEL + 'revision = "main"\n', "`$.model[0].revision`"),
        (MODEL + 'pickles = { "a.bin" = "00" }\n', "`$.model[0].pickles[...]`"),
        (MODEL + "[[", "ours.toml: "),
        (MODEL + 'unchecked = ["size"]\n', "model ours: unchecked names no field: size"),
        (MODEL + 'reasoning = "always"\n', "model ours: reasoning_parser belongs to reasoning = 'always'"),
        (MODEL + MODEL, "model ours: the name stands twice"),
        (MODEL.replace('"ours"', '"qwen3-8b"'), "model qwen3-8b: the name stands twice"),
        (PROFILE, "profile ours: there is no model ours"),
        (MODEL + PROFILE.replace('role = "chat"', 'role = "rerank"'), "profile ours: rerank ours is a model for chat"),
        (MODEL + PROFILE.replace("0.5", "0.3"), "ours needs 3.0 GiB of each of its cards and is given 2.4"),
        (MODEL + PROFILE.replace("0.5", "0.97"), "card 0 is given away to 97%; 95% is all there is"),
        (MODEL + PROFILE.replace("context = 4096", "context = 9000"), "has a context of 8192 tokens, not 9000"),
        (MODEL + PROFILE.replace("context", "cards = [1], context"), "is on cards [1], of 1"),
        (MODEL + PROFILE.replace("context", "cards = [0, 0], context"), "is on cards [0, 0], of 1"),
        (
            MODEL + PROFILE.replace('"gpu"', '"cpu"').replace("context", "cards = [0, 1], context") + "cards = 2\n",
            "cannot be spread over a CPU",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(CatalogInvalid) as refused:
        _loaded(tmp_path, text)
    assert complaint in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogInvalid, match=r"absent\.toml: cannot be read"):
        load([tmp_path / "absent.toml"])
