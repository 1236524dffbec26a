"""Errors of speech in: a stable code, whether a retry helps, and in the message what to do."""

from typing import ClassVar

from models.errors import ModelError


class RecogniserUnavailable(ModelError):
    """It cannot be reached, or the connection broke."""

    code: ClassVar[str] = "recogniser_unavailable"
    retryable: ClassVar[bool] = True


class RecogniserBusy(RecogniserUnavailable):
    """It hears as many calls as it may at once."""

    code = "recogniser_busy"


class RecogniserLate(RecogniserUnavailable):
    """The final pass did not come in time."""

    code = "recogniser_late"


class ProtocolBroken(ModelError):
    """What the other side sent is not of the protocol: another program listens there, or another version."""

    code = "recogniser_protocol_broken"


class EngineInvalid(ModelError):
    """The worker cannot start as it is set up. The message names the folder or setting, and the cure."""

    code = "recogniser_invalid"
