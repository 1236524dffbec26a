"""Numbers that nobody may hear again, said by eSpeak NG behind other words: ``speak_numbers.py FOLDER COUNT``.

Runs in FunASR's environment. Beside the sound it is written down when the words and the number sound.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

sys.path.append(str(Path(__file__).parents[2]))

from models.asr.selftest.telephone import over_telephone, some_line
from models.asr.selftest.voice import Voice, some_manner
from tests.asr.sentences import DIGITS, OPENINGS

RATE_HZ = 16_000
PAUSE_MS = 1_000
LENGTHS = {"card": 19, "identity": 18, "code": 6}
FAINT = 0.02
"""Of the loudest: below it nobody speaks."""


def sounding(samples: Any) -> Any:
    """Without the silence around it."""
    loud = np.flatnonzero(np.abs(samples) > FAINT * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


def main(folder: Path, count: int) -> None:
    chance, voice = random.Random(20261127), Voice()  # noqa: S311 (test data)
    told = []
    for at in range(count):
        kind = list(LENGTHS)[at % len(LENGTHS)]
        digits = "".join(chance.choice("123456789") for _ in range(LENGTHS[kind]))
        line = msgspec.structs.replace(some_line(chance), before_ms=0, behind_ms=0)
        manner, words = some_manner(chance), OPENINGS[at % len(OPENINGS)]
        pause = np.zeros(RATE_HZ * PAUSE_MS // 1000)
        parts = [
            over_telephone(sounding(voice.say(text, manner)), voice.rate_hz, line, seed=at)
            for text in (words, "".join(DIGITS[int(digit)] for digit in digits))
        ]
        whole = np.concatenate([pause, parts[0], pause, parts[1], pause])
        begins = len(pause), 2 * len(pause) + len(parts[0])
        spans = [
            [begin * 1000 // RATE_HZ, (begin + len(part)) * 1000 // RATE_HZ]
            for begin, part in zip(begins, parts, strict=True)
        ]
        (folder / f"{at}.pcm").write_bytes((np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes())
        told.append({"kind": kind, "digits": digits, "words": words, "spoken": spans[0], "number": spans[1]})
    (folder / "told.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
