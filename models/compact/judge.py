"""Both classifiers together, with the labels of one message remembered while it is read."""

import msgspec

from models.commands import Flow
from models.compact import guard
from models.compact.labels import Act
from models.compact.linear import Linear
from models.compact.normalise import say

FLOWS = frozenset(Flow)
_SURELY_ANGRY = 0.9


class Verdict(msgspec.Struct, frozen=True):
    label: str
    probability: float
    all: dict[str, float]

    @property
    def flow(self) -> Flow | None:
        return Flow(self.label) if self.label in FLOWS else None

    def of(self, *labels: str) -> float:
        return sum(self.all.get(label, 0.0) for label in labels)


class Judge:
    """Not shared between messages."""

    def __init__(self, intent: Linear, reason: Linear) -> None:
        self.of_intent = intent
        self.reason = reason
        self._known: dict[str, Verdict] = {}

    def intent(self, plain: str) -> Verdict:
        spoken = say(plain.replace("□", ""))
        if spoken not in self._known:
            found = self.of_intent.probabilities(spoken)
            label = max(found, key=found.__getitem__)
            self._known[spoken] = Verdict(label=label, probability=found[label], all=found)
        return self._known[spoken]

    def is_angry(self, plain: str, least: float) -> bool:
        """Words of anger and ``least`` probability, or a classifier that is very sure: a human takes over on this."""
        probability = self.intent(plain).of(Act.ANGER)
        return probability >= _SURELY_ANGRY or (probability > least and guard.sounds_angry(plain))
