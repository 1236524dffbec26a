"""The pass of a SenseVoiceSmall, read from its probabilities: FunASR's own gives neither alternatives nor, for every
tokenizer, times."""

from typing import Any

import torch

from models.asr.alignment import Timed, aligned, best, next_best
from models.asr.heard import Word
from models.asr.language import LanguageModel
from models.asr.spoken import Pass, without_tags

_PROMPTS = 4
"""Language, emotion, event and figures are decoded in the first frames, before the text."""
_FRAME_MS = 60


def heard(
    loaded: Any, samples: Any, wants_figures: bool, alternatives: int, language: LanguageModel | None = None
) -> Pass:
    """``loaded`` is FunASR's AutoModel of it; ``language`` of the same tokens."""
    model, tokenizer, frontend = loaded.model, loaded.kwargs["tokenizer"], loaded.kwargs["frontend"]
    with torch.inference_mode():
        scores = _scores(model, frontend, samples, "withitn" if wants_figures else "woitn")
    tags = tokenizer.decode(scores[:_PROMPTS].argmax(-1).tolist())
    spoken = scores[_PROMPTS:].float().cpu().numpy()
    readings = next_best(spoken, model.blank_id, alternatives + 1, language) if alternatives or language else []
    timed = aligned(spoken, readings[0], model.blank_id) if language else best(spoken, model.blank_id)
    text, _, _ = without_tags(tokenizer.decode([t.token for t in timed]))
    _, emotion, event = without_tags(tags)
    texts = (without_tags(tokenizer.decode(list(other)))[0] for other in (readings if timed else ()))
    return Pass(
        text=text,
        words=_words(timed, tokenizer),
        alternatives=tuple(dict.fromkeys(t for t in texts if t != text))[:alternatives],
        emotion=emotion,
        event=event,
    )


def _scores(model: Any, frontend: Any, samples: Any, figures: str) -> Any:
    wave = torch.from_numpy(samples)[None]
    features, _ = frontend(wave, [wave.shape[1]])
    place = model.embed.weight.device
    prompts = torch.tensor([[model.lid_dict["zh"], 1, 2, model.textnorm_dict[figures]]], device=place)
    seen = torch.cat((model.embed(prompts), features.to(place)), dim=1)
    encoded, _ = model.encoder(seen, torch.tensor([seen.shape[1]], device=place))
    return model.ctc.log_softmax(encoded)[0]


def _words(timed: list[Timed], tokenizer: Any) -> tuple[Word, ...]:
    """Characters or pieces of words; what is no sound, such as punctuation, is none."""
    words = []
    for token, start, end in timed:
        text = without_tags(tokenizer.decode([token]))[0].strip("▁ ")
        if text and any(c.isalnum() for c in text):
            words.append(Word(text, start * _FRAME_MS, end * _FRAME_MS))
    return tuple(words)
