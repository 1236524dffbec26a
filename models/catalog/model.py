"""The entries of the catalogue as types: models, and profiles that place them on the cards of a machine.

A field that nobody could check against its source is named in the model's ``unchecked``.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$(?!\n)")]
HubId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$(?!\n)")]
Revision = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{40})?$(?!\n)")]
Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$(?!\n)")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Positive = Annotated[int, Meta(ge=1)]


class Role(StrEnum):
    CHAT = "chat"
    EMBEDDING = "embedding"
    RERANK = "rerank"
    TTS = "tts"
    """Speech out; started by ``models.tts.launcher``, not by vLLM alone."""


class Quantisation(StrEnum):
    """How the weights are stored. vLLM reads it from the model's own config.json, so it is never passed on."""

    NONE = "none"
    FP8 = "fp8"
    AWQ = "awq"


class Reasoning(StrEnum):
    """Whether the model thinks aloud before it answers, and how that is kept out of the answer."""

    NONE = "none"
    SWITCHED_OFF = "switched_off"
    """By ``enable_thinking: false`` in its chat template."""
    ALWAYS = "always"
    """It cannot be switched off; ``reasoning_parser`` takes it out of the answer."""


class Device(StrEnum):
    GPU = "gpu"
    CPU = "cpu"


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class KeyValueCache(_Entry, frozen=True, kw_only=True):
    """What one token of context costs: layers x key-value heads x head size, twice, at two bytes."""

    layers: Positive
    heads: Positive
    head_size: Positive

    @property
    def bytes_per_token(self) -> int:
        return 2 * 2 * self.layers * self.heads * self.head_size


class Model(_Entry, frozen=True, kw_only=True):
    name: Name
    role: Role
    title: str
    licence: Annotated[str, Meta(min_length=2)]
    hugging_face: HubId
    modelscope: HubId
    revision: Revision = ""
    """Of Hugging Face; empty where none was looked at."""
    parameters_b: Annotated[float, Meta(gt=0)]
    """Billions, all experts counted."""
    quantisation: Quantisation = Quantisation.NONE
    weights_gib: Annotated[float, Meta(gt=0)]
    """In the memory of the card, which is not always what the files take."""
    overhead_gib: Annotated[float, Meta(gt=0)]
    """Activations, graphs and the CUDA context beside weights and cache."""
    context: Positive
    """Tokens that it was made for, without stretching."""
    cache: KeyValueCache | None = None
    """None: the whole text is read at once and nothing is kept."""
    reasoning: Reasoning = Reasoning.NONE
    reasoning_parser: str = ""
    hf_overrides: dict[str, Any] = {}
    needs_code_of_its_own: bool = False
    """It only loads with program code from its own folder, which this product never runs."""
    vllm_minimum: Version
    pickles: dict[str, Sha256] = {}
    """Weight files in Python's pickle form that may be there, by their hash. Any other is refused."""
    note: str = ""
    unchecked: tuple[str, ...] = ()


class Placement(_Entry, frozen=True, kw_only=True):
    """One model on one card, or spread over several."""

    role: Role
    model: Name
    cards: Annotated[tuple[Annotated[int, Meta(ge=0)], ...], Meta(min_length=1)] = (0,)
    memory_share: Annotated[float, Meta(gt=0, lt=1)]
    """Of each of its cards."""
    context: Positive
    """Tokens of prompt and answer together that a request may have."""
    whole_contexts: Positive = 1
    """So many requests of full length fit at once; shorter ones accordingly more."""
    sequences: Positive = 32
    """Requests that are computed at once; more of them wait."""


class Profile(_Entry, frozen=True, kw_only=True):
    name: Name
    device: Device
    title: str
    cards: Positive = 1
    card_gib: Annotated[float, Meta(gt=0)]
    """Memory of one card; on a CPU, memory of the machine that models may have."""
    place: tuple[Placement, ...] = ()

    def placement(self, role: Role) -> Placement | None:
        return next((each for each in self.place if each.role is role), None)


class Catalog(msgspec.Struct, frozen=True):
    models: dict[str, Model]
    profiles: dict[str, Profile]
