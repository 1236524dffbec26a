"""Trains the compact model: ``python -m models.compact.train [--own FOLDER] [--out DIR] [--if-stale]``.

Writes ``weights.npz`` and ``model.json`` (labels, temperatures, the hashes of corpora and code). The same corpora give
the same files. Never writes pickles.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models.compact import fingerprint
from models.compact.examples import Example, examples
from models.compact.features import BUCKETS, features
from models.compact.labels import INTENTS
from models.compact.model import DEFAULT_DIRECTORY, FORMAT, HeldOut, Manifest, Task, manifest_of
from models.compact.templates import read
from models.errors import ModelCorrupt

_MOST_OWN = 0.5
"""What an enterprise adds to a label weighs at most so much of what the product says of it."""
_BINS = 10
_FOLDS = 6
"""One line of so many is kept from the model that the temperature is fitted with; its place decides which."""
Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]
Tell = Callable[[str], object]


def _matrix(texts: Iterable[str]) -> csr_matrix:
    rows = [features(text) for text in texts]
    columns = np.fromiter((c for row in rows for c in row), dtype=np.int32)
    starts = np.cumsum([0, *[len(row) for row in rows]])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(len(row)), np.float32) for row in rows])
    return csr_matrix((values, columns, starts), shape=(len(rows), BUCKETS))


def _common(matrix: csr_matrix) -> npt.NDArray[np.int64]:
    """Buckets that more than one example fills: the others teach nothing and cost most of the time."""
    return np.flatnonzero(np.bincount(matrix.indices, minlength=BUCKETS) > 1)


def _weights(drawn: Sequence[Example]) -> Array:
    """One for each of ours; an enterprise's are bounded, label by label."""
    ours = Counter(example.label for example in drawn if not example.is_own)
    own = Counter(example.label for example in drawn if example.is_own)
    bound = {label: min(1.0, _MOST_OWN * ours[label] / count) for label, count in own.items()}
    return np.array([bound[example.label] if example.is_own else 1.0 for example in drawn])


def _fit(matrix: csr_matrix, labels: Words, weights: Array) -> LogisticRegression:
    """Labels with few examples weigh more, by the root: how much is written of one is not how often it is said."""
    names, counts = np.unique(labels, return_counts=True)
    rare = dict(zip(names.tolist(), np.sqrt(counts.mean() / counts).tolist(), strict=True))
    model = LogisticRegression(C=12.0, max_iter=120, tol=1e-3, class_weight=rare)
    with threadpool_limits(1):  # sums in another order would give other weights
        model.fit(matrix, labels, sample_weight=weights)
    return model


def _calibrated(matrix: csr_matrix, labels: Words, lines: Words, weights: Array) -> tuple[float, HeldOut]:
    """The softmax temperature under which examples of unseen corpus lines are likeliest, and how good they are then."""
    is_unseen = np.array([crc32(line.encode()) % _FOLDS == 0 for line in lines])
    train, test = np.flatnonzero(~is_unseen), np.flatnonzero(is_unseen)
    model = _fit(matrix[train], labels[train], weights[train])
    scores = model.decision_function(matrix[test])
    index = {label: i for i, label in enumerate(model.classes_)}
    right = np.array([index[label] for label in labels[test]])

    def loss(temperature: float) -> float:
        return float(-np.log(_softmax(scores / temperature)[np.arange(len(right)), right]).mean())

    best = min((t / 10 for t in range(4, 41)), key=loss)
    said = _softmax(scores / best)
    hits = said.argmax(axis=1) == right
    return best, HeldOut(
        examples=len(right),
        accuracy=round(float(hits.mean()), 4),
        ece=round(_ece(said.max(axis=1), hits), 4),
    )


def _softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Array = raised / raised.sum(axis=1, keepdims=True)
    return np.maximum(shares, np.finfo(np.float64).tiny)


def _ece(said: Array, hits: npt.NDArray[np.bool_]) -> float:
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    gaps = (abs(float(said[bins == b].sum() - hits[bins == b].sum())) for b in range(_BINS))
    return sum(gaps) / len(said)


def train(out: Path, own: Path | None = None, tell: Tell = lambda line: print(line, file=sys.stderr)) -> Manifest:  # noqa: T201 - a command's own output
    """Both classifiers, from the product's corpus and what lies in ``own``. CorpusError where that cannot be read."""
    arrays: dict[str, npt.NDArray[np.float16] | npt.NDArray[np.float32]] = {}
    tasks: dict[str, Task] = {}
    for name, folder in (("intent", "intents"), ("reason", "reasons")):
        drawn = examples(folder, own)
        tell(f"{name}: {len(drawn)} examples, {len({e.label for e in drawn})} labels")
        task, weights, bias = _classifier(drawn)
        tell(f"  on unseen lines: accuracy {task.held_out.accuracy:.3f}, calibration error {task.held_out.ece:.3f}")
        arrays |= {f"{name}_weights": weights, f"{name}_bias": bias}
        tasks[name] = task
    if set(tasks["intent"].labels) != set(INTENTS):
        raise SystemExit(f"corpus and labels differ: {set(tasks['intent'].labels) ^ set(INTENTS)}")
    manifest = _manifest(tasks, own)
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / "weights.npz", **arrays)  # type: ignore[arg-type]
    (out / "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _classifier(drawn: Sequence[Example]) -> tuple[Task, npt.NDArray[np.float16], npt.NDArray[np.float32]]:
    labels = np.array([example.label for example in drawn])
    lines = np.array([example.where for example in drawn])
    matrix = _matrix(example.text for example in drawn)
    kept = _common(matrix)
    matrix = matrix[:, kept]
    bounded = _weights(drawn)
    temperature, held_out = _calibrated(matrix, labels, lines, bounded)
    model = _fit(matrix, labels, bounded)
    weights = np.zeros((BUCKETS, len(model.classes_)), dtype=np.float16)
    weights[kept] = model.coef_.T
    task = Task(labels=tuple(str(c) for c in model.classes_), temperature=temperature, held_out=held_out)
    return task, weights, model.intercept_.astype(np.float32)


def _manifest(tasks: dict[str, Task], own: Path | None) -> Manifest:
    added = [f"{f}/{s.label}" for f in fingerprint.FOLDERS for s in (read(f, own) if own else ())]
    return Manifest(
        format=FORMAT,
        fingerprint=fingerprint.of_both(own),
        tasks=tasks,
        product=fingerprint.of_product(),
        own=fingerprint.of_own(own),
        own_lines=dict(sorted(Counter(added).items())),
    )


def is_stale(out: Path, own: Path | None = None) -> bool:
    """Not there, or trained from other words than these."""
    try:
        manifest = manifest_of(out)
    except ModelCorrupt:
        return True
    return manifest.fingerprint != fingerprint.of_both(own) or not (out / "weights.npz").is_file()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.compact.train", description="Train the compact model.")
    parser.add_argument("--out", type=Path, default=DEFAULT_DIRECTORY, help="where it is written (%(default)s)")
    parser.add_argument("--own", type=Path, help="a corpus to add to the product's")
    parser.add_argument("--if-stale", action="store_true", help="do nothing where corpora and code have not changed")
    arguments = parser.parse_args()
    if arguments.if_stale and not is_stale(arguments.out, arguments.own):
        return 0
    train(arguments.out, arguments.own)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
