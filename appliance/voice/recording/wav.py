"""A recording as a file that every player plays: stereo, 16 bits, the caller left and the bot right, labelled. Pure."""

import io
import wave
from collections.abc import Sequence
from typing import Final

from appliance.voice.model import SAMPLE_BYTES
from appliance.voice.recording import ulaw
from appliance.voice.recording.model import RATE_HZ
from appliance.voice.recording.reel import Cut
from security import aigc

MEDIA_TYPE: Final = "audio/wav"


def stereo(cuts: Sequence[Cut], label: aigc.Metadata) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE_HZ)
        for cut in cuts:
            file.writeframesraw(ulaw.decode(ulaw.interleave(cut.caller, cut.bot)))
    return aigc.with_wav_label(out.getvalue(), label)
