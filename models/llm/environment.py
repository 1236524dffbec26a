"""What vLLM finds in its environment: that it must not look outside, where it may write, and little else.

Only named variables are handed on, so neither a proxy nor a switch of somebody's shell reaches the server.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

AIR_GAP: Final = {
    "VLLM_NO_USAGE_STATS": "1",  # exactly 1: "true" does not opt out
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_USE_MODELSCOPE": "0",
    "OTEL_SDK_DISABLED": "true",
    # Else it asks for the way to a public address to learn its own.
    "VLLM_HOST_IP": "127.0.0.1",
    "VLLM_LOOPBACK_IP": "127.0.0.1",
    # At DEBUG it writes down what customers said.
    "VLLM_LOGGING_LEVEL": "INFO",
}

HANDED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_HOME", "NVIDIA_VISIBLE_DEVICES")


def environment(
    inherited: Mapping[str, str], *, home: Path, api_key: str, cards: Sequence[int] | None
) -> dict[str, str]:
    """``cards`` are those that the server may see; None on a CPU."""
    places = {
        "HOME": str(home),
        "HF_HOME": str(home / "huggingface"),
        "VLLM_CACHE_ROOT": str(home / "cache"),
        "VLLM_CONFIG_ROOT": str(home / "config"),
    }
    seen = {"CUDA_VISIBLE_DEVICES": ",".join(map(str, cards))} if cards is not None else {}
    handed_on = {name: inherited[name] for name in HANDED_ON if name in inherited}
    return {**handed_on, **AIR_GAP, **places, **seen, "VLLM_API_KEY": api_key}
