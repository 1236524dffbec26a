"""Errors of this package: a stable code, and whether a retry helps."""

from typing import ClassVar


class ModelError(Exception):
    code: ClassVar[str] = "model_error"
    retryable: ClassVar[bool] = False


class ModelUnavailable(ModelError):
    """The model does not answer now; another may."""

    code = "model_unavailable"
    retryable = True


class ModelCorrupt(ModelError):
    """A model's files are missing, damaged or of another version. The message names the file and the cure."""

    code = "model_corrupt"


class CatalogInvalid(ModelError):
    """The catalogue of models contradicts itself or is not readable. The message names file, entry and field."""

    code = "catalog_invalid"
