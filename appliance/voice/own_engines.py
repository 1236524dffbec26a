"""The engines of speech that the appliance runs itself, where the settings name none: which parts they are made of.

Looks at names of folders only; whether a model is whole the engine finds out when it starts.
"""

import sys
from pathlib import Path
from typing import Final

import msgspec

from appliance.config import Settings
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL
from models.catalog.speech import SpeechRole, load

VOICE: Final = "selftest-female"
"""Of eSpeak NG; speaks where no voice is named."""
NO_HUMANS: Final = "the recogniser is the self-test model, which understands no human caller"
"""Said wherever calls are looked at."""
_WEIGHTS: Final = "model.pt"


class OwnRecogniser(msgspec.Struct, frozen=True, kw_only=True):
    python: Path
    models: Folders

    @property
    def is_self_test(self) -> bool:
        return self.models.final == SELF_TEST_MODEL


def own_recogniser(settings: Settings) -> OwnRecogniser | None:
    """None where calls are off, or another one is named."""
    voice = settings.voice
    if not voice.enabled or voice.recogniser_url:
        return None
    python = Path(voice.recogniser_python) if voice.recogniser_python else _beside(".venv-asr", "bin", "python")
    return OwnRecogniser(python=python, models=_models(settings))


def own_speaker(settings: Settings) -> Path | None:
    """The folder of eSpeak NG; None where calls are off, or another speaker is named."""
    voice = settings.voice
    if not voice.enabled or voice.speaker_url:
        return None
    return Path(voice.speaker_library) if voice.speaker_library else _beside(".espeak-ng", "espeakng_loader")


def speaker_key(settings: Settings) -> Path:
    """The file with the key of its own speaker."""
    return settings.state_path / "secrets" / "speech.key"


def better_models(settings: Settings) -> Path:
    """Where models for human callers are looked for, if no setting says where."""
    return settings.state_path / "weights"


def _models(settings: Settings) -> Folders:
    named = settings.voice.recogniser_models
    folder = Path(named) if named else better_models(settings)
    if (folder / _WEIGHTS).is_file():
        return Folders(final=folder)
    found = {role: each for role in SpeechRole if (each := _first(folder, role)) is not None}
    if SpeechRole.FINAL not in found:
        return Folders(final=folder / SpeechRole.FINAL) if named else Folders(final=SELF_TEST_MODEL)
    return Folders(**{role.value: each for role, each in found.items()})


def _first(folder: Path, role: SpeechRole) -> Path | None:
    """The one that is called after what it is for, or else the first of the catalogue that is there."""
    names = [role.value, *(model.name for model in load().values() if model.role is role)]
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _beside(*parts: str) -> Path:
    """Beside the environment that this runs in."""
    return Path(sys.prefix).parent.joinpath(*parts)
