"""The ladder: fast path, then each model in order, the next one where a model is gone or unsure."""

from collections.abc import Mapping

from appliance.understanding import fast_path
from appliance.understanding.model import Understood
from appliance.understanding.rules import allowed, is_complete
from models.commands import CommandModel, Context, Nothing
from models.errors import ModelError


class Understanding:
    """``models`` are asked in order, best first; ``sure`` is the confidence below which the next one is asked too."""

    def __init__(self, models: Mapping[str, CommandModel], *, sure: float = 0.5) -> None:
        self._models = dict(models)
        self._sure = sure

    def understand(self, text: str, context: Context) -> Understood:
        """Never raises for a model's sake: when all are gone, nothing was understood, with confidence 0."""
        if known := fast_path.understand(text, context):
            return known
        best = Understood(commands=(Nothing(),), confidence=0.0, source="nobody")
        for name, model in self._models.items():
            try:
                prediction = model.predict(text, context)
            except ModelError:
                continue
            if prediction.confidence > best.confidence:
                commands = allowed(prediction.commands, context)
                best = Understood(commands=commands, confidence=prediction.confidence, source=name)
            if best.confidence >= self._sure:
                break
        return best

    def is_complete(self, understood: Understood, context: Context) -> bool:
        return is_complete(understood.commands, context)
