"""Errors of speech in: a stable code, whether a retry helps, and in the message what to do."""

from models.errors import SpeechError


class RecogniserUnavailable(SpeechError):
    """It cannot be reached, or the connection broke."""

    code = "recogniser_unavailable"
    retryable = True


class RecogniserBusy(RecogniserUnavailable):
    """It hears as many calls as it may at once."""

    code = "recogniser_busy"


class RecogniserLate(RecogniserUnavailable):
    """The final pass did not come in time."""

    code = "recogniser_late"


class ProtocolBroken(SpeechError):
    """What the other side sent is not of the protocol: another program listens there, or another version."""

    code = "recogniser_protocol_broken"


class EngineInvalid(SpeechError):
    """The worker cannot start as it is set up. The message names the folder or setting, and the cure."""

    code = "recogniser_invalid"
