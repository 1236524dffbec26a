"""The compact command model: two linear classifiers and the rules around them, on one CPU core.

Loads what ``models.compact.train`` wrote. Never decides money, eligibility or status.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from models.commands import Context, KnownLine, KnownOrder, Prediction
from models.compact.calibration import calibrated
from models.compact.evidence import shown
from models.compact.judge import Judge
from models.compact.linear import Linear, load
from models.compact.message import understand
from models.compact.normalise import normalise
from models.errors import ModelCorrupt

FORMAT = "compact/2"
DEFAULT_DIRECTORY = Path(__file__).parents[2] / "var" / "models" / "compact"
"""In the checkout: the same for whoever trains and whoever predicts."""
SUITE = Path(__file__).with_name("suite")
"""Cases that no corpus line was written from, by which every newly trained model is tried."""


_NOBODY = Context(
    now=datetime(2026, 1, 1, tzinfo=UTC),
    orders=(KnownOrder(order_id="1", status="delivered", lines=(KnownLine(line_id="1", title="鞋 黑"),)),),
)
"""Someone to warm up on: tables are read and patterns compiled before the first customer."""


class HeldOut(msgspec.Struct, frozen=True):
    """How a classifier did on examples of corpus lines that it was not trained on."""

    examples: int
    accuracy: float
    ece: float
    """Expected calibration error: how far what it says of its sureness lies from how often it is right."""


class Task(msgspec.Struct, frozen=True):
    labels: tuple[str, ...]
    temperature: float
    held_out: HeldOut


class Manifest(msgspec.Struct, frozen=True):
    """``product`` and ``own`` are the hashes of what it was trained from, ``fingerprint`` that of both."""

    format: str
    fingerprint: str
    tasks: dict[str, Task]
    product: str
    own: str
    own_lines: dict[str, int]
    """How many lines of an enterprise's corpus each label had."""


def manifest_of(directory: Path) -> Manifest:
    path = directory / "model.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelCorrupt(f"{path} cannot be read: run `python -m models.compact.train --out {directory}`") from error
    if manifest.format != FORMAT:
        raise ModelCorrupt(f"{path} has format {manifest.format}, not {FORMAT}: train it again")
    return manifest


class CompactModel:
    """Thread-safe: nothing is written after loading."""

    def __init__(self, intent: Linear, reason: Linear, version: str, held_out: Mapping[str, HeldOut]) -> None:
        self._intent, self.reason = intent, reason
        self.held_out = held_out
        self.version = version
        """Begins like the hash of the corpus and code that it was trained from."""

    @classmethod
    def load(cls, directory: Path = DEFAULT_DIRECTORY) -> "CompactModel":
        manifest = manifest_of(directory)
        tasks = manifest.tasks
        intent, reason = (
            load(directory / "weights.npz", name, tasks[name].labels, tasks[name].temperature)
            for name in ("intent", "reason")
        )
        model = cls(intent, reason, manifest.fingerprint[:12], {name: task.held_out for name, task in tasks.items()})
        model.predict("", _NOBODY)
        model.predict("鞋子开胶了，我要退货", _NOBODY)
        return model

    def predict(self, text: str, context: Context) -> Prediction:
        words, judge = normalise(text), Judge(self._intent, self.reason)
        reading = understand(words, context, judge)
        commands = shown(reading.commands, words, context, judge)
        return Prediction(commands=commands, confidence=round(calibrated(reading.confidence), 3))
