"""The folder of the self-test model as FunASR wants it: configuration, tokens, normalisation, weights."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import yaml
from funasr.frontends.wav_frontend import load_cmvn
from funasr.models.sense_voice.model import SenseVoiceSmall

from models.asr.selftest.recordings import FRONTEND, read_sentences
from models.asr.selftest.sentences import Sentence

LANGUAGE, ITN = "<|zh|>", ("<|withitn|>", "<|woitn|>")
TAGS = (LANGUAGE, "<|NEUTRAL|>", "<|Speech|>", *ITN)
_SPECIAL = ("<blank>", "<s>", "</s>", *TAGS)
_TELEPHONE_BINS = 58
"""Of 80: above them a telephone line carries nothing."""
CONFIG: dict[str, Any] = {
    "model": "SenseVoiceSmall",
    "model_conf": {"length_normalized_loss": True, "sos": 1, "eos": 2, "ignore_id": -1},
    "encoder": "SenseVoiceEncoderSmall",
    "encoder_conf": {
        "output_size": 160,
        "attention_heads": 4,
        "linear_units": 448,
        "num_blocks": 5,
        "tp_blocks": 1,
        "dropout_rate": 0.0,
        "positional_dropout_rate": 0.0,
        "attention_dropout_rate": 0.0,
        "input_layer": "pe",
        "pos_enc_class": "SinusoidalPositionEncoder",
        "normalize_before": True,
        "kernel_size": 11,
        "sanm_shfit": 0,
        "selfattention_layer_type": "sanm",
    },
    "ctc_conf": {"dropout_rate": 0.0, "ctc_type": "builtin", "reduce": True, "ignore_nan_grad": True},
    "tokenizer": "CharTokenizer",
    "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": False},
    "frontend": "WavFrontend",
    "frontend_conf": {**FRONTEND, "cmvn_file": "am.mvn"},
    "input_size": 560,
}


def prepare(folder: Path, sentences: list[Sentence], features: list[Any]) -> None:
    """Everything but the weights: tokens from the sentences, normalisation from features of some of them."""
    folder.mkdir(parents=True, exist_ok=True)
    counted = Counter("".join(s.text for s in sentences))
    tokens = [*_SPECIAL, *sorted(counted), "<unk>"]
    (folder / "tokens.json").write_text(json.dumps(tokens, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "am.mvn").write_text(_normalisation(torch.cat(features).float()), encoding="utf-8")


def _normalisation(frames: Any) -> str:
    """FunASR adds the first row and multiplies by the second."""
    shift, scale = -frames.mean(0), 1 / frames.std(0).clamp(min=1e-3)
    scale.view(7, 80)[:, _TELEPHONE_BINS:] = 0
    rows = (("AddShift", shift), ("Rescale", scale))
    body = "".join(
        f"<{name}> 560 560\n<LearnRateCoef> 0 [ {' '.join(f'{v:.5f}' for v in row)} ]\n" for name, row in rows
    )
    return f"<Nnet>\n<Splice> 560 560\n[ 0 ]\n{body}</Nnet>\n"


def build(folder: Path) -> tuple[Any, Any, dict[str, int]]:
    """The untrained model, its normalisation and its tokens."""
    tokens = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    token_of = {token: number for number, token in enumerate(tokens)}
    model = SenseVoiceSmall(
        encoder=CONFIG["encoder"],
        encoder_conf=CONFIG["encoder_conf"],
        ctc_conf=CONFIG["ctc_conf"],
        input_size=CONFIG["input_size"],
        vocab_size=len(tokens),
        **CONFIG["model_conf"],
    )
    model.lid_int_dict = {token_of[LANGUAGE]: model.lid_dict["zh"]}
    model.textnorm_int_dict = {token_of[f"<|{name}|>"]: row for name, row in model.textnorm_dict.items()}
    return model, load_cmvn(str(folder / "am.mvn")), token_of


def saved_in(folder: Path, model: Any) -> None:
    """In half precision: it loads back as single."""
    torch.save({name: value.half() for name, value in model.state_dict().items()}, folder / "model.pt")


if __name__ == "__main__":
    some = torch.load(min(Path(sys.argv[2]).glob("part-*.pt")), weights_only=True)
    prepare(Path(sys.argv[3]), read_sentences(Path(sys.argv[1])), [features for _, features in some])
