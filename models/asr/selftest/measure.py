"""Character error rates by kind of sentence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import torch

from models.asr.alignment import best, next_best
from models.asr.distance import distance
from models.asr.language import LanguageModel


class Spoken(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def features(self) -> Any: ...


def error_rates(
    model: Any, items: Iterable[Spoken], cmvn: Any, tokens: Sequence[str], language: LanguageModel | None = None
) -> dict[str, float]:
    """In percent, of every kind and of all. Without ``language``: by the sound alone, as while it is trained."""
    wrong: dict[str, int] = defaultdict(int)
    asked: dict[str, int] = defaultdict(int)
    model.eval()
    with torch.inference_mode():
        for item in items:
            got = decoded(model, item.features, cmvn, tokens, language)
            for kind in (item.kind, "all"):
                wrong[kind] += distance(item.text, got)
                asked[kind] += len(item.text)
    return {kind: round(100 * wrong[kind] / max(1, asked[kind]), 2) for kind in sorted(asked)}


def decoded(model: Any, features: Any, cmvn: Any, tokens: Sequence[str], language: LanguageModel | None = None) -> str:
    speech = ((features.float() + cmvn[0]) * cmvn[1])[None]
    prompt = model.embed(torch.tensor([[model.lid_dict["zh"], 1, 2, model.textnorm_dict["woitn"]]]))
    encoded, _ = model.encoder(torch.cat((prompt, speech), dim=1), torch.tensor([speech.shape[1] + 4]))
    scores = model.ctc.log_softmax(encoded)[0, 4:].numpy()
    found = next_best(scores, model.blank_id, 1, language)[0] if language else _alone(scores, model.blank_id)
    return "".join(tokens[t] for t in found)


def _alone(scores: Any, blank: int) -> tuple[int, ...]:
    return tuple(timed.token for timed in best(scores, blank))
