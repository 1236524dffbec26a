"""Opens the call's own small models: from this machine's disk, whole, and on one thread each."""

import hashlib
import os
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError

MODELS = Path(__file__).with_name("models.toml")
INSTALLED = Path(sys.prefix) / "share" / "aftersales-appliance" / "voice"
"""Where the installation puts them."""
AIR_GAP: Final = {"ORT_DISABLE_TELEMETRY": "1"}
"""ONNX Runtime since 1.29 reports models and machine to its maker, from C, where no guard of ours sees it. Read once,
when it is loaded (Microsoft, pull request 27379)."""


class VoiceNotInstalled(ConfigurationError):
    code = "voice_not_installed"


class Pinned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str
    wheel: str
    inside: str
    sha256: str
    licence: str


def pinned() -> dict[str, Pinned]:
    return msgspec.convert(tomllib.loads(MODELS.read_text(encoding="utf-8")), dict[str, Pinned])


def session(name: str, folder: Path = INSTALLED) -> Any:
    """Raises VoiceNotInstalled: what is missing, and the cure."""
    os.environ |= AIR_GAP
    try:
        import onnxruntime
    except ImportError as missing:
        raise VoiceNotInstalled("calls need the package onnxruntime: run ./install.sh voice") from missing
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(_whole(name, folder), options, providers=["CPUExecutionProvider"])


def _whole(name: str, folder: Path) -> bytes:
    model = pinned()[name]
    path = folder / model.file
    if not path.is_file():
        raise VoiceNotInstalled(f"the model {path} is not there: run ./install.sh voice")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise VoiceNotInstalled(f"{path} is not the model that was tested: remove it and run ./install.sh voice")
    return content
