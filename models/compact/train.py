"""Trains the compact model from the corpus beside it: ``python -m models.compact.train [--out DIR] [--if-stale]``.

Writes ``weights.npz`` and ``model.json`` (labels, temperatures, the hash of corpus and code). The same corpus gives
the same files. Never writes pickles.
"""

import argparse
import hashlib
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models.commands import Flow
from models.compact.features import BUCKETS, features
from models.compact.labels import INTENTS, NO_REASON, Act
from models.compact.model import DEFAULT_DIRECTORY, FORMAT, Manifest, Task
from models.compact.normalise import normalise
from models.compact.templates import Writer, read

_SEED = 20260501
_BRANCHING = 14
_LEAST, _MOST = 3, 90
_OPENERS = (
    "你好，",
    "在吗，",
    "亲，",
    "麻烦问下，",
    "喂，",
    "那个",
    "您好",
    "客服你好 ",
    "我说，",
    "哎，",
    "老板，",
    "请问",
)
_CLOSERS = (
    "，谢谢",
    "，急",
    "！",
    "！！",
    "。",
    "啊",
    "哈",
    "呢",
    "，麻烦了",
    "，快点",
    " 谢谢亲",
    "～",
    "，在线等",
    "嘛",
)
_BARE = frozenset({"nothing", "affirm", "deny", "chitchat", "repeat"})
_REASONLESS = frozenset(
    {*Act, *Flow}
    - {
        *(Act.INFORM, Act.FAULT_UNCLEAR, Act.ANGER, Act.THREAT),
        *(Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.EXCHANGE, Flow.RESEND, Flow.REPAIR, Flow.CANCEL_ORDER),
        *(Flow.PRICE_PROTECTION, Flow.COMPLAINT, Flow.URGE_SHIPMENT),
    }
)
_HERE = Path(__file__).parent


class Example(NamedTuple):
    text: str
    label: str
    where: str
    """The corpus line that it was written from."""


Array = npt.NDArray[np.float64]


def _roughen(text: str, label: str, chance: random.Random) -> str:
    """As customers type: without punctuation, with spaces for it, with a greeting before or thanks behind."""
    if label not in _BARE and chance.random() < 0.15:
        text = chance.choice(_OPENERS) + text
    if label not in _BARE and chance.random() < 0.2:
        text = text + chance.choice(_CLOSERS)
    kind = chance.random()
    if kind < 0.2:
        text = text.replace("，", "")
    elif kind < 0.35:
        text = text.replace("，", " ")
    return text


def _within_request(words: str, writer: Writer, chance: random.Random) -> str:
    """A reason as it stands in a request: with what it is about before it, with what is wanted behind it."""
    if chance.random() < 0.4:
        words = writer.word("head") + chance.choice(("", "，", " ")) + words
    if chance.random() < 0.4:
        words = words + chance.choice(("", "，", " ", "，，")) + writer.word("tail")
    return words


def _without_reason(writer: Writer, chance: random.Random) -> list[str]:
    """What customers say that gives no reason at all: most of the other corpus."""
    plain = [s for s in read("intents") if s.label in _REASONLESS and "{r}" not in s.line]
    return [_roughen(writer.write(chance.choice(plain)), s.label, chance) for s in plain for _ in range(4)]


def examples(folder: str) -> list[Example]:
    """Drawn from the templates: the more choices a line holds, the more often it is drawn."""
    writer, chance = Writer(_SEED), random.Random(_SEED)  # noqa: S311 - variety, not secrecy
    drawn: dict[str, Example] = {}
    for source in read(folder):
        choices = source.line.count("|") + _BRANCHING * source.line.count("{") // 2
        for _ in range(min(_MOST, max(_LEAST, choices * 3))):
            words = writer.write(source)
            if folder == "reasons":
                words = _within_request(words, writer, chance)
            text = normalise(_roughen(words, source.label, chance)).spoken
            if text:
                drawn.setdefault(text, Example(text, source.label, source.where))
    if folder == "reasons":
        for number, words in enumerate(_without_reason(writer, chance)):
            text = normalise(words).spoken
            drawn.setdefault(text, Example(text, NO_REASON, f"{NO_REASON}/{number // 4}"))
    return sorted(example for text, example in drawn.items() if text)


def _matrix(texts: Iterable[str]) -> csr_matrix:
    rows = [features(text) for text in texts]
    columns = np.fromiter((c for row in rows for c in row), dtype=np.int32)
    starts = np.cumsum([0, *[len(row) for row in rows]])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(len(row))) for row in rows])
    return csr_matrix((values, columns, starts), shape=(len(rows), BUCKETS))


def _common(matrix: csr_matrix) -> npt.NDArray[np.int64]:
    """Buckets that more than one example fills: the others teach nothing and cost most of the time."""
    return np.flatnonzero(np.bincount(matrix.indices, minlength=BUCKETS) > 1)


def _fit(matrix: csr_matrix, labels: npt.NDArray[np.str_]) -> LogisticRegression:
    """Labels with few examples weigh more, by the root: how much is written of one is not how often it is said."""
    names, counts = np.unique(labels, return_counts=True)
    weights = dict(zip(names.tolist(), np.sqrt(counts.mean() / counts).tolist(), strict=True))
    model = LogisticRegression(C=12.0, max_iter=120, tol=1e-3, class_weight=weights)
    with threadpool_limits(1):  # sums in another order would give other weights
        model.fit(matrix, labels)
    return model


def _tried(matrix: csr_matrix, labels: npt.NDArray[np.str_], lines: npt.NDArray[np.str_]) -> tuple[float, float]:
    """The softmax temperature under which examples of unseen corpus lines are likeliest; how many of them are right."""
    train, test = next(GroupKFold(n_splits=6, shuffle=True, random_state=_SEED).split(matrix, labels, lines))
    model = _fit(matrix[train], labels[train])
    scores = model.decision_function(matrix[test])
    index = {label: i for i, label in enumerate(model.classes_)}
    right = np.array([index[label] for label in labels[test]])

    def loss(temperature: float) -> float:
        scaled = scores / temperature
        top = scaled.max(axis=1, keepdims=True)
        logs = scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True))
        return float(-logs[np.arange(len(right)), right].mean())

    accuracy = float((scores.argmax(axis=1) == right).mean())
    best = min((t / 10 for t in range(4, 41)), key=loss)
    print(f"  held-out accuracy {accuracy:.3f}, temperature {best:.1f}", file=sys.stderr)  # noqa: T201 - a command's own output
    return best, round(accuracy, 4)


def fingerprint() -> str:
    """Hash of everything that shapes the weights."""
    digest = hashlib.sha256(FORMAT.encode())
    names = ("features.py", "labels.py", "normalise.py", "templates.py", "train.py")
    parts = [*(_HERE / name for name in names), *(_HERE / "tables").rglob("*"), *(_HERE / "corpus").rglob("*.txt")]
    for path in sorted(p for p in parts if p.is_file()):
        digest.update(path.relative_to(_HERE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def train(out: Path) -> Manifest:
    arrays: dict[str, npt.NDArray[np.float16] | npt.NDArray[np.float32]] = {}
    tasks: dict[str, Task] = {}
    for name, folder in (("intent", "intents"), ("reason", "reasons")):
        drawn = examples(folder)
        labels = np.array([example.label for example in drawn])
        lines = np.array([example.where for example in drawn])
        matrix = _matrix(example.text for example in drawn)
        kept = _common(matrix)
        matrix = matrix[:, kept]
        print(f"{name}: {len(drawn)} examples, {len(set(labels))} labels", file=sys.stderr)  # noqa: T201
        temperature, accuracy = _tried(matrix, labels, lines)
        model = _fit(matrix, labels)
        weights = np.zeros((BUCKETS, len(model.classes_)), dtype=np.float16)
        weights[kept] = model.coef_.T
        arrays[f"{name}_weights"] = weights
        arrays[f"{name}_bias"] = model.intercept_.astype(np.float32)
        named = tuple(str(c) for c in model.classes_)
        tasks[name] = Task(labels=named, temperature=temperature, accuracy=accuracy)
    if set(tasks["intent"].labels) != set(INTENTS):
        raise SystemExit(f"corpus and labels differ: {set(tasks['intent'].labels) ^ set(INTENTS)}")
    manifest = Manifest(format=FORMAT, fingerprint=fingerprint(), tasks=tasks)
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / "weights.npz", **arrays)  # type: ignore[arg-type]
    (out / "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def is_stale(out: Path) -> bool:
    try:
        manifest = msgspec.json.decode((out / "model.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return True
    return manifest.fingerprint != fingerprint() or not (out / "weights.npz").is_file()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.compact.train", description="Train the compact model.")
    parser.add_argument("--out", type=Path, default=DEFAULT_DIRECTORY, help="where it is written (%(default)s)")
    parser.add_argument("--if-stale", action="store_true", help="do nothing where corpus and code have not changed")
    arguments = parser.parse_args()
    if arguments.if_stale and not is_stale(arguments.out):
        return 0
    train(arguments.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
