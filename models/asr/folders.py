"""Whether a folder holds a speech model that may be loaded: complete, undamaged, nothing in it that would be run."""

from pathlib import Path

from models.asr.errors import EngineInvalid
from models.catalog import manifest
from models.errors import ModelCorrupt

_NEEDED = ("config.yaml", "model.pt")
_WEIGHTS = "model.pt"


def check(folder: Path) -> None:
    """EngineInvalid, with the cure. Reads every file.

    Weights in pickle form are let in here, as long as the manifest lists them: torch loads them as weights alone, which
    runs no code.
    """
    absent = [name for name in _NEEDED if not (folder / name).is_file()]
    if absent:
        raise EngineInvalid(f"{folder}: {absent[0]} is not there; a FunASR model has {' and '.join(_NEEDED)}")
    programs = sorted(path.name for path in folder.rglob("*.py"))
    if programs:
        raise EngineInvalid(
            f"{folder}: {programs[0]} is program code, which is never run from a model's folder; remove it"
        )
    try:
        faults = manifest.check(folder, {_WEIGHTS: listed_hash(folder)})
    except ModelCorrupt as corrupt:
        raise EngineInvalid(str(corrupt)) from corrupt
    if faults:
        raise EngineInvalid(f"{folder}: {faults[0].file} {faults[0].why}; fetch the model again")


def listed_hash(folder: Path) -> str:
    listed = (folder / manifest.MANIFEST).read_text("utf-8", "replace") if (folder / manifest.MANIFEST).exists() else ""
    return next((line[:64] for line in listed.splitlines() if line[64:] == f"  {_WEIGHTS}"), "")
