"""What FunASR finds in its environment: that it must not look outside, and little else.

Set before anything of it is imported; a worker's own processes inherit it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from models.llm.environment import HANDED_ON

AIR_GAP: Final = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    # No way out, even for a library that asks nobody.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
    # Else waiting threads keep the cores busy that others need.
    "OMP_WAIT_POLICY": "passive",
}


def environment(inherited: Mapping[str, str], *, home: Path, threads: int, card: int | None) -> dict[str, str]:
    """``card`` is the one that the worker may see; None on a CPU."""
    handed_on = {name: inherited[name] for name in HANDED_ON if name in inherited}
    places = {"HOME": str(home), "MODELSCOPE_CACHE": str(home / "modelscope"), "HF_HOME": str(home / "huggingface")}
    seen = "" if card is None else str(card)
    return {**handed_on, **AIR_GAP, **places, "CUDA_VISIBLE_DEVICES": seen, "OMP_NUM_THREADS": str(threads)}
