"""What a tokenizer shows is held against the entry of its model."""

from pathlib import Path

import msgspec
import pytest

from models.catalog.loading import load
from models.errors import ModelCorrupt
from models.llm.tokenizer_check import Tokenizer, faults, look

CATALOG = load()
GOOD = Tokenizer(template=True, carries_words=True, has_switch=True, control_words=("<|im_end|>",))


def _python(folder: Path, script: str) -> Path:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"template": False}, "has no chat template"),
        ({"carries_words": False}, "leaves out what system or user say"),
        ({"has_switch": False}, "knows no enable_thinking"),
    ],
)
def test_a_chat_model_needs_a_template_that_carries_words_and_switches_thinking_off(
    changes: dict[str, bool], fault: str | None
) -> None:
    found = faults(msgspec.structs.replace(GOOD, **changes), CATALOG.models["qwen3-8b"])
    assert [fault is not None and fault in each for each in found] == ([True] if fault else [])


@pytest.mark.parametrize("name", ["qwen3-30b-a3b", "bge-m3"])
def test_a_model_that_never_thinks_or_talks_needs_no_switch(name: str) -> None:
    assert faults(msgspec.structs.replace(GOOD, has_switch=False), CATALOG.models[name]) == []


def test_what_the_probe_prints_is_read(tmp_path: Path) -> None:
    answer = msgspec.json.encode(GOOD).decode()
    assert look(tmp_path, _python(tmp_path, f"echo '{answer}'")) == GOOD


@pytest.mark.parametrize("script", ["echo 'OSError: no tokenizer.json' >&2; exit 1", "echo nonsense"])
def test_a_tokenizer_that_cannot_be_asked_is_a_fault_of_the_folder(tmp_path: Path, script: str) -> None:
    with pytest.raises(ModelCorrupt, match="the tokenizer cannot be asked: "):
        look(tmp_path, _python(tmp_path, script))


def test_without_vllm_there_is_nobody_to_ask(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="the tokenizer cannot be asked: "):
        look(tmp_path, tmp_path / "absent")
