"""How well the self-test model hears: ``python -m models.asr.selftest.report RECORDINGS MODEL [SUITE...]``.

Prints character error rates in percent: of the recordings that were held back, and of the openings and answers of
conversations on the telephone, where folders of such cases are named. Those are never trained on.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml
from funasr.frontends.wav_frontend import WavFrontend

from models.asr.selftest.build import build
from models.asr.selftest.measure import error_rates
from models.asr.selftest.recordings import FRONTEND, features
from models.asr.selftest.sentences import SPOKEN, sentences
from models.asr.selftest.telephone import over_telephone, some_line
from models.asr.selftest.train import read_recordings
from models.asr.selftest.voice import Voice, some_manner

_MANNERS = 3
_CHANNEL = "voice"


class Said(NamedTuple):
    text: str
    kind: str
    features: Any


def of_suite(folder: Path) -> list[Said]:
    """Every opening and answer, by some voices each; ``unseen``: training said nothing in just these words."""
    learnt = {s.text for s in sentences() if not s.is_held_back}
    voice, frontend, chance = Voice(), WavFrontend(**FRONTEND), random.Random(1)  # noqa: S311 - variety, not secrecy
    said = []
    for text in dict.fromkeys(_texts(folder)):
        for number in range(_MANNERS):
            heard = over_telephone(voice.say(text, some_manner(chance)), voice.rate_hz, some_line(chance), number)
            kind = "suite, seen" if text in learnt else "suite, unseen"
            said.append(Said(text, kind, features(frontend, heard)))
    return said


def _texts(folder: Path) -> list[str]:
    texts = []
    for path in sorted(folder.glob("*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        if case["channel"] == _CHANNEL:
            answers = [case["opening"], case["otherwise"], *case["answers"].values()]
            texts += [t for a in answers for t in (a if isinstance(a, list) else [a]) if isinstance(t, str)]
    return [text for text in texts if SPOKEN.fullmatch(text)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    recordings, folder = Path(sys.argv[1]), Path(sys.argv[2])
    model, cmvn, _ = build(folder)
    model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
    items: list[Any] = [i for i in read_recordings(recordings) if i.is_held_back]
    items += [s for suite in sys.argv[3:] for s in of_suite(Path(suite))]
    tokens = json.loads((folder / "tokens.json").read_text("utf-8"))
    sys.stdout.write(json.dumps(error_rates(model.float(), items, cmvn, tokens), ensure_ascii=False) + "\n")
