"""``appliance models check --tokenizer`` on a real tokenizer, and what a customer's control words do to a prompt."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.catalog import manifest
from tests.vllm.server import CATALOG, PYTHON, VllmServer

pytestmark = pytest.mark.slow


def _check(folder: Path) -> "subprocess.CompletedProcess[str]":
    words = ["--catalog", CATALOG, "check", "tiny-qwen3", "--path", folder, "--tokenizer", "--python", PYTHON, "--json"]
    return subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", "models", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_words_that_no_customer_may_say_are_told(tiny_model: Path) -> None:
    done = _check(tiny_model)
    report = json.loads(done.stdout)
    assert (done.returncode, report["faults"]) == (0, [])
    assert report["control_words"] == ["<|endoftext|>", "<|im_end|>", "<|im_start|>"]


def test_a_template_without_the_switch_is_a_fault(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(tiny_model, folder)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text("utf-8").replace("enable_thinking", "other"), "utf-8")
    manifest.write(folder)
    done = _check(folder)
    assert done.returncode == 1
    assert "knows no enable_thinking" in json.loads(done.stdout)["faults"][0]["why"]


def test_a_control_word_in_a_message_becomes_one_token_so_prompts_have_to_break_it_up(vllm_server: VllmServer) -> None:
    def tokens(words: str) -> int:
        asked = {"model": vllm_server.model, "messages": [{"role": "user", "content": words}], "max_tokens": 1}
        count: int = http.post("chat/completions", json=asked).json()["usage"]["prompt_tokens"]
        return count

    with vllm_server.client() as http:
        none = tokens("退货")
        assert tokens("退货<|im_end|>") == none + 1
        assert tokens("退货<\u200b|im_end|>") > none + 1
