"""FunASR's architectures with random weights: ``make_models.py FOLDER SHARE``. They load, stream and say nonsense.

SHARE 1 is their full size; a smaller one has fewer blocks. Runs in FunASR's environment, without the product.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
import yaml
from funasr import AutoModel

_FRONTEND = {"fs": 16000, "window": "hamming", "n_mels": 80, "frame_length": 25, "frame_shift": 10}
_SANM = {
    "output_size": 512, "attention_heads": 4, "linear_units": 2048, "dropout_rate": 0.1,
    "positional_dropout_rate": 0.1, "attention_dropout_rate": 0.1, "input_layer": "pe",
    "pos_enc_class": "SinusoidalPositionEncoder", "normalize_before": True, "kernel_size": 11, "sanm_shfit": 0,
    "selfattention_layer_type": "sanm",
}  # fmt: skip
_CHUNKS = {
    "chunk_size": [12, 15], "stride": [8, 10], "pad_left": [0, 0],
    "encoder_att_look_back_factor": [4, 4], "decoder_att_look_back_factor": [1, 1],
}  # fmt: skip
_CHARACTERS = {"tokenizer": "CharTokenizer", "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": True}}
_TAGS = ["<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>", "<|withitn|>"]


def _paraformer(share: float) -> dict[str, Any]:
    return {
        "model": "Paraformer",
        "model_conf": {"ctc_weight": 0.0, "lsm_weight": 0.1, "length_normalized_loss": True, "predictor_bias": 1},
        "encoder": "SANMEncoder",
        "encoder_conf": {**_SANM, "num_blocks": max(2, int(50 * share))},
        "decoder": "ParaformerSANMDecoder",
        "decoder_conf": _decoder(share, 0),
        "predictor": "CifPredictorV2",
        "predictor_conf": {"idim": 512, "threshold": 1.0, "l_order": 1, "r_order": 1, "tail_threshold": 0.45},
        "frontend": "WavFrontend",
        "frontend_conf": {**_FRONTEND, "lfr_m": 7, "lfr_n": 6, "dither": 0.0},
        "input_size": 560,
        **_CHARACTERS,
    }


def _decoder(share: float, shift: int) -> dict[str, Any]:
    blocks = max(2, int(16 * share))
    return {
        "attention_heads": 4, "linear_units": 2048, "num_blocks": blocks, "att_layer_num": blocks, "kernel_size": 11,
        "sanm_shfit": shift, "dropout_rate": 0.1, "positional_dropout_rate": 0.1, "self_attention_dropout_rate": 0.1,
        "src_attention_dropout_rate": 0.1,
    }  # fmt: skip


def _paraformer_online(share: float) -> dict[str, Any]:
    whole = _paraformer(share)
    return {
        **whole,
        "model": "ParaformerStreaming",
        "encoder": "SANMEncoderChunkOpt",
        "encoder_conf": {**whole["encoder_conf"], "input_layer": "pe_online", **_CHUNKS},
        "decoder_conf": _decoder(share, 5),
        "frontend": "WavFrontendOnline",
    }


def _sense_voice(share: float) -> dict[str, Any]:
    return {
        "model": "SenseVoiceSmall",
        "model_conf": {"length_normalized_loss": True, "sos": 1, "eos": 2, "ignore_id": -1},
        "encoder": "SenseVoiceEncoderSmall",
        "encoder_conf": {**_SANM, "num_blocks": max(2, int(50 * share)), "tp_blocks": max(1, int(20 * share))},
        "ctc_conf": {"dropout_rate": 0.0, "ctc_type": "builtin", "reduce": True, "ignore_nan_grad": True},
        "frontend": "WavFrontend",
        "frontend_conf": {**_FRONTEND, "lfr_m": 7, "lfr_n": 6, "dither": 0.0},
        "input_size": 560,
        "tokenizer": "CharTokenizer",
        "tokenizer_conf": {"unk_symbol": "<unk>", "split_with_space": False},
    }


def _fsmn_vad() -> dict[str, Any]:
    return {
        "model": "FsmnVADStreaming",
        "model_conf": {
            "sample_rate": 16000, "detect_mode": 1, "snr_mode": 0, "max_end_silence_time": 800,
            "max_start_silence_time": 3000, "do_start_point_detection": True, "do_end_point_detection": True,
            "window_size_ms": 200, "sil_to_speech_time_thres": 150, "speech_to_sil_time_thres": 150,
            "speech_2_noise_ratio": 1.0, "do_extend": 1, "lookback_time_start_point": 200,
            "lookahead_time_end_point": 100, "max_single_segment_time": 60000, "snr_thres": -100.0,
            "noise_frame_num_used_for_snr": 100, "decibel_thres": -100.0, "speech_noise_thres": 0.6,
            "fe_prior_thres": 0.0001, "silence_pdf_num": 1, "sil_pdf_ids": [0], "speech_noise_thresh_low": -0.1,
            "speech_noise_thresh_high": 0.3, "output_frame_probs": False, "frame_in_ms": 10, "frame_length_ms": 25,
        },
        "encoder": "FSMN",
        "encoder_conf": {
            "input_dim": 400, "input_affine_dim": 140, "fsmn_layers": 4, "linear_dim": 250, "proj_dim": 128,
            "lorder": 20, "rorder": 0, "lstride": 1, "rstride": 0, "output_affine_dim": 140, "output_dim": 248,
        },
        "frontend": "WavFrontendOnline",
        "frontend_conf": {**_FRONTEND, "lfr_m": 5, "lfr_n": 1, "dither": 0.0},
    }  # fmt: skip


def _punctuation() -> dict[str, Any]:
    return {
        "model": "CTTransformer",
        "model_conf": {
            "ignore_id": 0, "embed_unit": 256, "att_unit": 256, "dropout_rate": 0.1, "sentence_end_id": 3,
            "punc_list": ["<unk>", "_", "，", "。", "？", "、"], "punc_weight": [1.0] * 6,
        },
        "encoder": "SANMEncoder",
        "encoder_conf": {
            **_SANM, "input_size": 256, "output_size": 256, "attention_heads": 8, "linear_units": 1024, "num_blocks": 4,
        },
        **_CHARACTERS,
    }  # fmt: skip


def _make(folder: Path, config: dict[str, Any], characters: int, values: int) -> None:
    folder.mkdir(parents=True)
    has_sound = "frontend" in config
    if has_sound:
        rows = "".join(
            f"<{name}> {values} {values}\n<LearnRateCoef> 0 [ {' '.join([value] * values)} ]\n"
            for name, value in (("AddShift", "-10"), ("Rescale", "0.2"))
        )
        (folder / "am.mvn").write_text(f"<Nnet>\n{rows}</Nnet>\n")
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), "utf-8")
    if characters:
        tokens = ["<blank>", "<s>", "</s>", *_TAGS, *(chr(0x4E00 + n) for n in range(characters)), "<unk>"]
        (folder / "tokens.json").write_text(json.dumps(tokens, ensure_ascii=False), "utf-8")
    torch.save({}, folder / "model.pt")
    model, _ = AutoModel.build_model(model=str(folder), device="cpu", disable_update=True, trust_remote_code=False)
    torch.save({name: value.half() for name, value in model.state_dict().items()}, folder / "model.pt")


if __name__ == "__main__":
    place, share = Path(sys.argv[1]), float(sys.argv[2])
    torch.manual_seed(1)
    _make(place / "paraformer", _paraformer(share), 8300, 560)
    _make(place / "paraformer-online", _paraformer_online(share), 8300, 560)
    _make(place / "sense-voice", _sense_voice(share), 8300, 560)
    _make(place / "fsmn-vad", _fsmn_vad(), 0, 400)
    _make(place / "ct-punc", _punctuation(), 8300, 0)
