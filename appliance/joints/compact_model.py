"""Which compact model is in force: the one trained with an enterprise's own words, or the product's."""

import logging
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.config import Settings
from appliance.config_understanding import UnderstandingSettings
from models.compact import fingerprint
from models.compact.model import DEFAULT_DIRECTORY, CompactModel, Manifest, manifest_of
from models.errors import ModelCorrupt

_log = logging.getLogger(__name__)


class Standing(StrEnum):
    PRODUCT = "product"
    """There are no words of an enterprise's own."""
    OWN = "own"
    UNTRAINED = "untrained"
    """There are, and no model was trained with them."""
    OTHER_WORDS = "other_words"
    """They have changed since; until they are trained the model of before goes on."""
    OTHER_PRODUCT = "other_product"
    """The product has changed since: its own model counts until they are trained again."""
    CORRUPT = "corrupt"


class InForce(msgspec.Struct, frozen=True):
    directory: Path
    standing: Standing


def corpus_dir(settings: Settings) -> Path:
    return settings.state_path / settings.understanding.corpus_dir


def model_dir(settings: Settings) -> Path:
    return settings.state_path / settings.understanding.model_dir


def absolute(settings: Settings) -> UnderstandingSettings:
    """For an appliance with another state directory that is to understand as this one does."""
    return UnderstandingSettings(corpus_dir=str(corpus_dir(settings)), model_dir=str(model_dir(settings)))


def in_force(settings: Settings) -> InForce:
    own, directory = fingerprint.of_own(corpus_dir(settings)), model_dir(settings)
    if not own:
        return InForce(DEFAULT_DIRECTORY, Standing.PRODUCT)
    if not (directory / "model.json").exists():
        return InForce(DEFAULT_DIRECTORY, Standing.UNTRAINED)
    try:
        CompactModel.load(directory)
        standing = _standing(manifest_of(directory), own)
    except ModelCorrupt:
        return InForce(DEFAULT_DIRECTORY, Standing.CORRUPT)
    return InForce(DEFAULT_DIRECTORY if standing is Standing.OTHER_PRODUCT else directory, standing)


def compact_model(settings: Settings) -> CompactModel:
    """The one in force. Says in the log where it is not the one that the words would give; so does the doctor."""
    found = in_force(settings)
    if found.standing not in (Standing.PRODUCT, Standing.OWN):
        _log.warning("compact_model.not_current", extra={"standing": found.standing.value})
    return CompactModel.load(found.directory)


def _standing(manifest: Manifest, own: str) -> Standing:
    if manifest.product != fingerprint.of_product():
        return Standing.OTHER_PRODUCT
    return Standing.OWN if manifest.own == own else Standing.OTHER_WORDS
