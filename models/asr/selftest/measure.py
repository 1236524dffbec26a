"""Character error rates by kind of sentence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import torch


class Spoken(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def features(self) -> Any: ...


def distance(wanted: str, got: str) -> int:
    """How many characters must be put in, taken out or exchanged."""
    row = list(range(len(got) + 1))
    for i, one in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def error_rates(model: Any, items: Iterable[Spoken], cmvn: Any, tokens: Sequence[str]) -> dict[str, float]:
    """In percent, of every kind and of all."""
    wrong: dict[str, int] = defaultdict(int)
    asked: dict[str, int] = defaultdict(int)
    model.eval()
    with torch.inference_mode():
        for item in items:
            got = decoded(model, item.features, cmvn, tokens)
            for kind in (item.kind, "all"):
                wrong[kind] += distance(item.text, got)
                asked[kind] += len(item.text)
    return {kind: round(100 * wrong[kind] / max(1, asked[kind]), 2) for kind in sorted(asked)}


def decoded(model: Any, features: Any, cmvn: Any, tokens: Sequence[str]) -> str:
    speech = ((features.float() + cmvn[0]) * cmvn[1])[None]
    language, itn = model.lid_dict["zh"], model.textnorm_dict["woitn"]
    prompt = model.embed(torch.tensor([[language, 1, 2, itn]]))
    encoded, _ = model.encoder(torch.cat((prompt, speech), dim=1), torch.tensor([speech.shape[1] + 4]))
    best = torch.unique_consecutive(model.ctc.log_softmax(encoded)[0, 4:].argmax(-1))
    return "".join(tokens[t] for t in best.tolist() if t != model.blank_id)
