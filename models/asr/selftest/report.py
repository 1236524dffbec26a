"""How well the self-test model hears: ``python -m models.asr.selftest.report MODEL [SUITE...]``.

Prints character error rates in percent: of the sentences that were held back, and of the openings and answers of
conversations on the telephone, where folders of such cases are named. Those are never trained on.
"""

import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml
from funasr.frontends.wav_frontend import WavFrontend

from models.asr.language import LanguageModel
from models.asr.selftest.build import build
from models.asr.selftest.measure import error_rates
from models.asr.selftest.recordings import FRONTEND, features
from models.asr.selftest.sentences import SPOKEN, sentences
from models.asr.selftest.telephone import over_telephone, some_line
from models.asr.selftest.voice import Voice, some_manner

_MANNERS = 3
_CHANNEL = "voice"


class Said(NamedTuple):
    text: str
    kind: str
    features: Any


def held_back() -> list[tuple[str, str]]:
    return [(s.text, s.kind) for s in sentences() if s.is_held_back]


def of_suite(folder: Path) -> list[tuple[str, str]]:
    """Every opening and answer, by some voices each; ``unseen``: training said nothing in just these words."""
    learnt = {s.text for s in sentences() if not s.is_held_back}
    texts = [text for text in dict.fromkeys(_texts(folder)) for _ in range(_MANNERS)]
    return [(text, "suite, seen" if text in learnt else "suite, unseen") for text in texts]


def said(texts: Iterable[tuple[str, str]]) -> list[Said]:
    """Over a telephone, voices and lines drawn anew."""
    voice, frontend, chance = Voice(), WavFrontend(**FRONTEND), random.Random(1)  # noqa: S311 - variety, not secrecy
    items = []
    for number, (text, kind) in enumerate(texts):
        heard = over_telephone(voice.say(text, some_manner(chance)), voice.rate_hz, some_line(chance), number)
        items.append(Said(text, kind, features(frontend, heard)))
    return items


def _texts(folder: Path) -> list[str]:
    texts = []
    for path in sorted(folder.glob("*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        if case["channel"] == _CHANNEL:
            answers = [case["opening"], case["otherwise"], *case["answers"].values()]
            texts += [t for a in answers for t in (a if isinstance(a, list) else [a]) if isinstance(t, str)]
    return [text for text in texts if SPOKEN.fullmatch(text)]


def rates_of(folder: Path, texts: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Of the model in this folder, with its language."""
    model, cmvn, _ = build(folder)
    model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
    tokens = json.loads((folder / "tokens.json").read_text("utf-8"))
    return error_rates(model.float(), said(texts), cmvn, tokens, LanguageModel.opened(folder))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for texts in (held_back(), *(of_suite(Path(suite)) for suite in sys.argv[2:])):
        sys.stdout.write(json.dumps(rates_of(Path(sys.argv[1]), texts), ensure_ascii=False) + "\n")
