"""The sentences as features: spoken, sent over a telephone line, and seen through FunASR's own front end.

``python -m models.asr.selftest.recordings SENTENCES FOLDER PART PARTS`` makes one part of them.
"""

import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from funasr.frontends.wav_frontend import WavFrontend

from models.asr.selftest.sentences import SEED, Sentence
from models.asr.selftest.telephone import MODEL_HZ, over_telephone, some_line
from models.asr.selftest.voice import Voice, some_manner

FRONTEND = {
    "fs": MODEL_HZ,
    "window": "hamming",
    "n_mels": 80,
    "frame_length": 25,
    "frame_shift": 10,
    "lfr_m": 7,
    "lfr_n": 6,
    "dither": 0.0,
}
_SILENT_EVERY = 80


class Recording(msgspec.Struct, frozen=True):
    sentence: Sentence
    features: Any


def read_sentences(path: Path) -> list[Sentence]:
    return [msgspec.json.decode(line, type=Sentence) for line in path.read_bytes().splitlines()]


def record(sentences: list[Sentence], part: int, parts: int) -> list[Recording]:
    """Every so often there is only the noise of the line, in which nothing is said."""
    voice, frontend = Voice(), WavFrontend(**FRONTEND)
    recordings = []
    for number in range(part, len(sentences), parts):
        sentence, chance = sentences[number], random.Random(SEED + number)  # noqa: S311 - variety, not secrecy
        samples = voice.say(sentence.said, some_manner(chance))
        if number % _SILENT_EVERY == 0 and not sentence.is_held_back:
            sentence = Sentence(text="", said="", kind="silence")
            samples = np.random.default_rng(number).standard_normal(len(samples)) * 0.1
        heard = over_telephone(samples, voice.rate_hz, some_line(chance), number)
        recordings.append(Recording(sentence, features(frontend, heard)))
    return recordings


def features(frontend: WavFrontend, samples: Any) -> Any:
    wave = torch.from_numpy(samples)[None, :]
    seen, _ = frontend(wave, [wave.shape[1]])
    return seen[0].to(torch.float16)


if __name__ == "__main__":
    torch.set_num_threads(1)
    source, folder, part, parts = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    made = record(read_sentences(source), part, parts)
    rows = [(msgspec.to_builtins(r.sentence), r.features) for r in made]
    torch.save(rows, folder / f"being-written-{part}")
    (folder / f"being-written-{part}").rename(folder / f"part-{part:02}.pt")
