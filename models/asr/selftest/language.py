"""Writes beside the self-test model which character follows which in its sentences: ``python -m
models.asr.selftest.language FOLDER``."""

import json
import sys
from pathlib import Path

from models.asr.language import LanguageModel, counted
from models.asr.selftest.sentences import wording


def language(folder: Path) -> LanguageModel:
    """Of the tokens that lie there. A sentence with another character is left out."""
    tokens = json.loads((folder / "tokens.json").read_text("utf-8"))
    token_of = {token: number for number, token in enumerate(tokens)}
    known = ([token_of[c] for c in text] for text in wording() if token_of.keys() >= set(text))
    return LanguageModel(counted(known), len(tokens))


if __name__ == "__main__":
    language(Path(sys.argv[1])).write(Path(sys.argv[1]))
