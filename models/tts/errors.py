"""Errors of speech out: a stable code, whether a retry helps, and in the message what to do."""

from models.errors import ModelUnavailable, SpeechError


class AudioBroken(SpeechError, ModelUnavailable):
    """The stream of audio broke off, or is none. What came until then was heard."""

    code = "audio_broken"
    retryable = True


class EngineAbsent(SpeechError):
    """The program or library that a model runs in is not on this machine. The message names it and the cure."""

    code = "engine_absent"


class VoiceUnknown(SpeechError):
    """There is no voice of that name, or none that speaks so. The message lists what there is."""

    code = "voice_unknown"


class ConsentMissing(SpeechError):
    """A voice is made after a person's recording, and no consent of that person is on record that holds today."""

    code = "consent_missing"
