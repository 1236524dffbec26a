"""Audio and speech as a call knows them: frames, words that were heard, prompts that are spoken, who is on the line."""

from enum import StrEnum

import msgspec

FRAME_MS = 20
EAR_HZ = 16_000
"""The rate at which speech is detected and recognised, whatever the line's own."""
SAMPLE_BYTES = 2
"""16-bit little-endian, mono: the only form in which audio travels between the parts."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """What the line says of itself before anybody has spoken. A number is a hint, never a proof."""

    number: str = ""
    called: str = ""
    """The number that was dialled: it says which shop is meant."""
    headers: dict[str, str] = {}
    """What the switchboard passed on of the call's SIP headers."""
    outbound: str = ""
    """Of a call that we made: what the switchboard was given to name it by. ``number`` is then who was rung."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said in one go, cut into sentences: what was heard of it is counted by whole sentences."""

    id: int
    sentences: tuple[str, ...]
    may_interrupt: bool = True
    is_quote: bool = False
    """A yes to it counts only after all of it was heard."""
    is_notice: bool = False
    """It offers the key by which a recording is refused."""


class Sounds(StrEnum):
    """How a voice sounds to the recogniser, where that says anything. A guess, and nothing is decided by it."""

    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    FEARFUL = "fearful"
    DISGUSTED = "disgusted"
    SURPRISED = "surprised"


def tone_of_voice(tag: str | None) -> Sounds | None:
    """Of a recogniser's own word; None where it is neutral, missing, or one that nobody knows."""
    try:
        return Sounds((tag or "").lower())
    except ValueError:
        return None


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller said in one turn. ``digits`` were pressed; a turn has words or digits."""

    text: str = ""
    alternatives: tuple[str, ...] = ()
    digits: str = ""
    from_ms: int | None = None
    """Where in the caller's sound the words begin, and where they end; None: the recogniser did not say."""
    until_ms: int | None = None
    sounds: Sounds | None = None


class Exit(StrEnum):
    """How a call is left."""

    HANG_UP = "hang_up"
    TRANSFER = "transfer"
    """The switchboard goes on with it."""


def frame_bytes(rate_hz: int) -> int:
    return rate_hz * FRAME_MS // 1000 * SAMPLE_BYTES
