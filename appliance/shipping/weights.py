"""Weights of local models that are brought along: only such as the catalogue names, and only whole.

Where they come from is not our business: fetch them from a hub, and list them with ``appliance models hash``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from appliance.errors import InvalidInput
from models.bundle.opening import hash_of
from models.bundle.sbom import Kind, Part
from models.catalog import loading, manifest, speech

FOLDER: Final = "bundle/models"


def gather(folders: Mapping[str, Path], say: Callable[[str], None]) -> tuple[dict[str, Path], list[Part]]:
    """Files by their place in the bundle. InvalidInput names the model and the first thing wrong with it."""
    files: dict[str, Path] = {}
    parts: list[Part] = []
    known, spoken = loading.load().models, speech.load()
    for name, folder in folders.items():
        model = known.get(name) or spoken.get(name)
        if model is None:
            raise InvalidInput(f"the catalogue has no model {name}: 'appliance models list' shows those that it has")
        say(f"weights of {name}: reading {folder}")
        if faults := manifest.check(folder, model.pickles):
            raise InvalidInput(f"weights of {name}: {faults[0].file} {faults[0].why}")
        place = f"{FOLDER}/{name}"
        files |= {f"{place}/{path.relative_to(folder).as_posix()}": path.resolve() for path in _files(folder)}
        version = getattr(model, "revision", "") or "unpinned"
        listed = hash_of(folder / manifest.MANIFEST)
        parts.append(
            Part(kind=Kind.MODEL, name=name, version=version, sha256=listed, path=place, licence=model.licence)
        )
    return files, parts


def _files(folder: Path) -> list[Path]:
    """A link within the folder is brought as the file that it names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
