"""A linear classifier that was trained elsewhere: hashed features in, calibrated probabilities out. numpy only."""

from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np
import numpy.typing as npt

from models.compact.features import bucket, features, placed
from models.errors import ModelCorrupt

Floats = npt.NDArray[np.float32]


class Linear(msgspec.Struct, frozen=True):
    labels: tuple[str, ...]
    weights: Floats
    """One row a feature bucket, one column a label."""
    bias: Floats
    temperature: float

    def probabilities(self, spoken: str) -> dict[str, float]:
        found = features(spoken)
        scores = self.weights[found].sum(axis=0) / np.sqrt(len(found)) + self.bias
        scores = scores / self.temperature
        scores = np.exp(scores - scores.max())
        return dict(zip(self.labels, (scores / scores.sum()).tolist(), strict=True))

    def weights_of(self, spoken: str, label: str) -> list[float]:
        """What each character lent to the label, against the mean of all labels, through the n-grams it stands in."""
        at = self.labels.index(label)
        lent = [0.0] * len(spoken)
        for start, gram in placed(spoken):
            row = self.weights[bucket(gram)]
            share = float(row[at] - row.mean()) / len(gram)
            for place in range(start, start + len(gram)):
                lent[place] += share
        return lent


def load(path: Path, name: str, labels: tuple[str, ...], temperature: float) -> Linear:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights = arrays[f"{name}_weights"].astype(np.float32)
            bias = arrays[f"{name}_bias"].astype(np.float32)
    except (OSError, EOFError, BadZipFile, KeyError, ValueError) as error:
        raise ModelCorrupt(f"{path} cannot be read: run `python -m models.compact.train`") from error
    if weights.shape[1] != len(labels) or bias.shape != (len(labels),):
        raise ModelCorrupt(f"{path} does not fit its labels: run `python -m models.compact.train`")
    return Linear(labels=labels, weights=weights, bias=bias, temperature=temperature)
