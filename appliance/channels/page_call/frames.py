"""What goes over the socket of a call beside sound (docs/asyncapi-call.yaml): JSON in text frames, both ways.

Sound is in binary frames: 16-bit little-endian mono at 16 kHz, in both directions.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from appliance.voice.model import FRAME_MS, frame_bytes
from appliance.web.decoding import decoder_for

PROTOCOL: Final = "appliance.call.v1"
RATE_HZ: Final = 16_000
FRAME_BYTES: Final = frame_bytes(RATE_HZ)
MOST_SOUND_BYTES: Final = 10 * FRAME_BYTES
"""A page that was busy for a moment may send that much at once."""
MOST_CHARACTERS: Final = 1_000
assert FRAME_MS == 20  # noqa: S101 - the documents say so


class State(StrEnum):
    """Whose turn it is, for the eye."""

    LISTENING = "listening"
    HEARING = "hearing"
    """Somebody speaks."""
    THINKING = "thinking"
    SPEAKING = "speaking"


class How(StrEnum):
    """How a call was left; the conversation goes on in writing whatever it was."""

    ENDED = "ended"
    PEOPLE = "people"
    """People have the conversation now, and answer in writing."""
    OUT_OF_ORDER = "out_of_order"


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class Pressed(_In, frozen=True, tag="key"):
    key: Annotated[str, Meta(pattern=r"^[0-9*#]$(?!\n)")]


class RefuseRecording(_In, frozen=True, tag="refuse_recording"):
    """As a 0 that nothing follows."""


class Played(_In, frozen=True, tag="played"):
    """All sound before that mark has left the loudspeaker."""

    mark: Annotated[str, Meta(max_length=20)]


class HangUp(_In, frozen=True, tag="hang_up"):
    pass


class _Out(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Begun(_Out, frozen=True, tag="begun"):
    is_recorded: bool
    rate_hz: int = RATE_HZ


class Mark(_Out, frozen=True, tag="mark"):
    mark: str


class Flush(_Out, frozen=True, tag="flush"):
    """What was not played yet is thrown away, with its marks."""


class Turn(_Out, frozen=True, tag="turn"):
    state: State


class Heard(_Out, frozen=True, tag="heard"):
    """The words of what is being said, as far as they are understood; each time all of them."""

    text: str
    is_final: bool


class Says(_Out, frozen=True, tag="says"):
    """The sentence that follows in sound. Made by a machine."""

    text: str


class Recording(_Out, frozen=True, tag="recording"):
    is_on: bool


class Left(_Out, frozen=True, tag="left"):
    """The last frame."""

    how: How


class Error(_Out, frozen=True, tag="error"):
    """The call was not begun. ``retryable``: later it may be."""

    code: str
    detail: str
    status: int
    retryable: bool = False


Command = Pressed | RefuseRecording | Played | HangUp
Told = Begun | Mark | Flush | Turn | Heard | Says | Recording | Left | Error

COMMANDS: Final["msgspec.json.Decoder[Command]"] = decoder_for(Command)
_encoder: Final = msgspec.json.Encoder()


def encode(frame: Told) -> str:
    return _encoder.encode(frame).decode()
