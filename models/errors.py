"""Errors of this package: a stable code, and whether a retry helps."""

from typing import ClassVar

from models.question import Question


class ModelError(Exception):
    code: ClassVar[str] = "model_error"
    retryable: ClassVar[bool] = False
    questions: tuple[Question, ...] = ()
    """What the model was asked before it failed."""


class ModelUnavailable(ModelError):
    """The model does not answer now; another may."""

    code = "model_unavailable"
    retryable = True


class ModelLate(ModelUnavailable):
    """It did not answer by the deadline."""

    code = "model_late"


class ModelBusy(ModelUnavailable):
    """As many questions as it may be asked at once are under way."""

    code = "model_busy"


class ModelResting(ModelUnavailable):
    """It failed so often of late that it is not asked for a while."""

    code = "model_resting"


class AnswerTooLarge(ModelUnavailable):
    """The server sent more than any answer holds; the rest is not read."""

    code = "answer_too_large"


class ModelRefused(ModelError):
    """It will not answer this question: too long, or not as it wants to be asked."""

    code = "model_refused"


class AnswerCut(ModelError):
    """The answer reached its longest length before its end."""

    code = "answer_cut"


class AnswerUnusable(ModelError):
    """The answer is no list of commands, or none of them holds. The message says why, for the one repair."""

    code = "answer_unusable"


class ModelCorrupt(ModelError):
    """A model's files are missing, damaged or of another version. The message names the file and the cure."""

    code = "model_corrupt"


class CatalogInvalid(ModelError):
    """The catalogue of models contradicts itself or is not readable. The message names file, entry and field."""

    code = "catalog_invalid"


class SpeechError(ModelError):
    """Of hearing and speaking; nothing of it is about a question."""

    code = "speech_error"
