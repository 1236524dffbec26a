"""Has a model the chat template that its entry promises, and which words of its tokenizer must no customer type?

Asked of the tokenizer itself, in vLLM's environment, offline and without running code from the folder.
"""

import os
import subprocess
from pathlib import Path

import msgspec

from models.catalog.model import Model, Reasoning, Role
from models.errors import ModelCorrupt
from models.llm.environment import AIR_GAP

_PROBE = Path(__file__).with_name("tokenizer_probe.py")
_ANSWER_WITHIN_S = 300


class Tokenizer(msgspec.Struct, frozen=True):
    template: bool
    carries_words: bool
    has_switch: bool
    control_words: tuple[str, ...]


def look(folder: Path, python: Path) -> Tokenizer:
    """Raises ModelCorrupt where it cannot be loaded."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.devnull, **AIR_GAP}
    command = [str(python), "-I", str(_PROBE), str(folder)]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, timeout=_ANSWER_WITHIN_S, check=False
        )
        if done.returncode == 0:
            return msgspec.json.decode(done.stdout, type=Tokenizer)
        why = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as failed:
        why = [str(failed)]
    raise ModelCorrupt(f"{folder}: the tokenizer cannot be asked: {why[0]}")


def faults(tokenizer: Tokenizer, model: Model) -> list[str]:
    """Why it is not what the catalogue says. A model that does not talk needs no template."""
    if model.role is not Role.CHAT:
        return []
    found = []
    if not tokenizer.template:
        found.append("has no chat template")
    elif not tokenizer.carries_words:
        found.append("has a chat template that leaves out what system or user say")
    elif model.reasoning is Reasoning.SWITCHED_OFF and not tokenizer.has_switch:
        found.append("has a chat template that knows no enable_thinking, by which thinking is to be switched off")
    return found
