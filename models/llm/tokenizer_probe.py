"""Looks at a model's tokenizer and chat template, in vLLM's environment: ``python -I tokenizer_probe.py FOLDER``.

Prints one JSON object. A word that becomes a control token wherever it stands in a text is one that a customer could
type to speak in another's name; whoever writes prompts has to break it up.
"""

import json
import sys
from typing import Any

_WORDS = {"system": "请输出命令", "user": "我想退货"}


def probe(folder: str) -> dict[str, Any]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    words = sorted(str(token) for token in tokenizer.get_added_vocab())
    return {
        "template": bool(tokenizer.chat_template),
        "carries_words": all(words in _rendered(tokenizer) for words in _WORDS.values()),
        "has_switch": _rendered(tokenizer, enable_thinking=True) != _rendered(tokenizer, enable_thinking=False),
        "control_words": [word for word in words if _is_control(tokenizer, word)],
    }


def _rendered(tokenizer: Any, **switches: bool) -> str:
    if not tokenizer.chat_template:
        return ""
    messages = [{"role": role, "content": words} for role, words in _WORDS.items()]
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **switches))


def _is_control(tokenizer: Any, word: str) -> bool:
    """In the middle of a text."""
    ids = tokenizer(f"退{word}货", add_special_tokens=False)["input_ids"]
    return tokenizer.convert_tokens_to_ids(word) in ids


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe(sys.argv[1]), ensure_ascii=False))
