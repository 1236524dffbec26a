"""Which token is likely after which, where a recogniser's folder says so: it tells apart what sounds alike."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

FILE: Final = "language.npz"
EDGE: Final = 65_535
"""Before the first token of a sentence, and after its last."""
ORDER: Final = 3

Gram = tuple[int, ...]


class LanguageModel:
    """From how often up to three tokens come in a row; the longer rows weigh as much as was seen of them.

    Interpolated as by Witten and Bell (1991): the more different tokens follow a row, the more its shorter end counts.
    """

    def __init__(self, counts: Mapping[Gram, int], tokens: int) -> None:
        """``tokens``: how many there are altogether."""
        self._counts = counts
        self._tokens = tokens
        self._followed: dict[Gram, int] = defaultdict(int)
        self._followers: dict[Gram, int] = defaultdict(int)
        for gram, count in counts.items():
            self._followed[gram[:-1]] += count
            self._followers[gram[:-1]] += 1
        self.log_probability = cache(self._log_probability)

    @classmethod
    def opened(cls, folder: Path) -> "LanguageModel | None":
        """None where the folder has none. FunASR's own models have none in this form."""
        if not (folder / FILE).exists():
            return None
        counts: dict[Gram, int] = {}
        with np.load(folder / FILE, allow_pickle=False) as kept:
            for length in range(1, ORDER + 1):
                rows = map(tuple, kept[f"rows{length}"].tolist())
                counts.update(zip(rows, kept[f"counts{length}"].tolist(), strict=True))
            return cls(counts, int(kept["tokens"]))

    def write(self, folder: Path) -> None:
        kept = {"tokens": np.array(self._tokens)}
        for length in range(1, ORDER + 1):
            rows = sorted(gram for gram in self._counts if len(gram) == length)
            kept[f"rows{length}"] = np.array(rows, dtype=np.uint16).reshape(len(rows), length)
            kept[f"counts{length}"] = np.array([self._counts[gram] for gram in rows], dtype=np.uint32)
        np.savez_compressed(folder / FILE, allow_pickle=False, **kept)

    def of_next(self, before: Gram, token: int) -> float:
        """Logarithm of the probability that ``token`` follows; ``before``: all of the sentence so far."""
        return self.log_probability(((EDGE,) * (ORDER - 1) + before)[1 - ORDER :], token)

    def _log_probability(self, row: Gram, token: int) -> float:
        probability = 1 / self._tokens
        for length in range(ORDER):
            end = row[len(row) - length :]
            followers = self._followers.get(end)
            if followers is None:
                break
            seen = self._counts.get((*end, token), 0)
            probability = (seen + followers * probability) / (self._followed[end] + followers)
        return math.log(probability)


def counted(sentences: Iterable[Sequence[int]]) -> dict[Gram, int]:
    counts: dict[Gram, int] = defaultdict(int)
    for sentence in sentences:
        marked = (EDGE,) * (ORDER - 1) + tuple(sentence) + (EDGE,)
        for end in range(ORDER, len(marked) + 1):
            for length in range(1, ORDER + 1):
                counts[marked[end - length : end]] += 1
    return counts
