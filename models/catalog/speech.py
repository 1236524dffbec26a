"""Models for speech in, which run in FunASR and not in vLLM: their names, what they may be used for, their size.

They stand apart from ``models.toml``, whose entries have a context and a cache and are placed on cards.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from models.catalog.model import HubId, Name, Sha256
from models.errors import CatalogInvalid

SHIPPED = Path(__file__).with_name("speech.toml")


class SpeechRole(StrEnum):
    """The option of the worker that a folder of it belongs to."""

    FINAL = "final"
    ONLINE = "online"
    PAUSES = "pauses"
    PUNCTUATION = "punctuation"


class SpeechModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    role: SpeechRole
    title: str
    licence: Annotated[str, Meta(min_length=2)]
    hugging_face: HubId
    modelscope: HubId
    parameters_m: Annotated[float, Meta(gt=0)]
    """Millions."""
    weights_gib: Annotated[float, Meta(gt=0)]
    takes_hotwords: bool = False
    pickles: dict[str, Sha256] = {}
    """Weight files in Python's pickle form, by their hash, where it is known."""
    note: str = ""
    unchecked: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: tuple[SpeechModel, ...]


def load(path: Path = SHIPPED) -> dict[str, SpeechModel]:
    """By name. Raises CatalogInvalid with file and field."""
    try:
        listed = msgspec.toml.decode(path.read_bytes(), type=_File).model
    except OSError as unreadable:
        raise CatalogInvalid(f"{path}: cannot be read ({type(unreadable).__name__})") from unreadable
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise CatalogInvalid(f"{path}: {wrong}") from wrong
    named = {model.name: model for model in listed}
    if len(named) < len(listed):
        raise CatalogInvalid(f"{path}: a name stands twice; names are unique")
    for model in listed:
        unknown = sorted(set(model.unchecked) - set(SpeechModel.__struct_fields__))
        if unknown:
            raise CatalogInvalid(f"{path}: model {model.name}: unchecked names no field: {', '.join(unknown)}")
    return named
