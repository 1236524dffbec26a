"""CosyVoice 3's own runtime: its protocol, for the client, in the place of OpenAI's.

It takes a form and streams bare samples. It asks for no key: keep it on a network that nobody else is on.
"""

import base64
from typing import Final

from models.tts.client import Asked, Speech
from models.tts.errors import VoiceUnknown

PATH: Final = "/inference_zero_shot"
_ADDRESS: Final = "data:audio/wav;base64,"


def runtime(speech: Speech) -> Asked:
    """Speed and emotion are words before the recording's text already. Raises VoiceUnknown for a voice without one."""
    if speech.ref_audio is None or speech.ref_text is None or not speech.ref_audio.startswith(_ADDRESS):
        raise VoiceUnknown("CosyVoice speaks after a recording, and this voice has none")
    recording = base64.b64decode(speech.ref_audio.removeprefix(_ADDRESS))
    return Asked(
        path=PATH,
        form={"tts_text": speech.input, "prompt_text": speech.ref_text},
        files={"prompt_wav": ("recording.wav", recording, "audio/wav")},
    )
